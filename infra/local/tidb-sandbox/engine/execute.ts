import { executeBrie } from '../brie/execute.ts';
import { formatSecurely } from '../brie/format.ts';
import { parseBrie } from '../brie/parser.ts';
import type { BrieStatement } from '../brie/statement.ts';
import type { Select, Statement, TableName } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import { parseStatement } from '../sql/parse-statement.ts';
import type { RowSource } from '../sql/result-set.ts';
import { StatementCursor } from '../sql/statement-cursor.ts';
import { assertNever } from '../storage/cell.ts';
import type { TableInfo } from '../storage/schema.ts';
import type { TidbVersion } from '../tidb-version.ts';
import type { Scope } from './compile.ts';
import { BIGINT, UNSIGNED_BIGINT } from './compiled.ts';
import { executeSchemaChange } from './execute-ddl.ts';
import { interruptible } from './faults.ts';
import { alterUsers, createUsers, dropUsers, grantOrRevoke } from './grants.ts';
import { executeInsert } from './insert.ts';
import { kill } from './kill.ts';
import { executeSelect, sleepSeconds } from './select.ts';
import type { Session } from './session.ts';
import { executeSettings } from './settings.ts';
import { executeShow, requireDatabase } from './show.ts';
import { showDdlJobs } from './show-ddl-jobs.ts';
import { sourceOf } from './sources.ts';
import { isSystemDatabase } from './system-tables.ts';
import { executeDelete, executeUpdate } from './update.ts';

/** The answer to a statement. */
export type Answer =
  | { readonly kind: 'ok'; readonly affectedRows: bigint; readonly insertId: bigint; readonly info: string }
  | { readonly kind: 'rows'; readonly source: RowSource };

/** A parsed statement, which may be executed many times. */
export type Prepared = PreparedFacts &
  (
    | { readonly family: 'brie'; readonly statement: BrieStatement }
    | { readonly family: 'sql'; readonly statement: Statement }
  );

interface PreparedFacts {
  /** Number of `?`. */
  readonly parameters: number;
  /** The text without secrets, for the process list. */
  readonly info: string;
}

type Parameters = Scope['parameters'];

const ok = { kind: 'ok', affectedRows: 0n, insertId: 0n, info: '' } as const satisfies Answer;
const hiddenKinds = new Set(['createUser', 'alterUser', 'set']);

export function prepare(text: string, version: TidbVersion): Prepared {
  const cursor = new StatementCursor(text);
  const brie = parseBrie(cursor, version);
  if (brie) return { family: 'brie', statement: brie, parameters: 0, info: formatSecurely(brie) };
  const { statement, parameters } = parseStatement(cursor);
  return { family: 'sql', statement, parameters, info: secureText(statement, text) };
}

/** Passwords are hidden, as in TiDB (SecureText). */
function secureText(statement: Statement, text: string): string {
  if (!hiddenKinds.has(statement.kind)) return text;
  const isPlainSet = statement.kind === 'set' && statement.settings.every((setting) => setting.kind !== 'password');
  return isPlainSet ? text : `${text.trimStart().split(/\s+/, 2).join(' ')} ***`;
}

/** Runs a statement. The answer's rows are computed while they are read. Throws SqlError. */
export async function execute(prepared: Prepared, parameters: Parameters, session: Session): Promise<Answer> {
  if (prepared.family === 'brie') {
    session.commit();
    const result = await executeBrie(prepared.statement, session);
    return result ? { kind: 'rows', source: result } : ok;
  }
  const { statement } = prepared;
  if (statement.kind === 'select') {
    const seconds = sleepSeconds(statement, { session, parameters });
    if (seconds !== undefined) return sleep(seconds, statement, session);
  }
  return executeNow(statement, parameters, session);
}

/** An interrupted SLEEP returns 1, like a function that has failed, without an error (builtinSleepSig in pkg/expression/builtin_miscellaneous.go). */
async function sleep(seconds: number, { items }: Select, session: Session): Promise<Answer> {
  const interrupted = session.running?.interrupted ?? session.clientGone;
  const answer = await interruptible(seconds * 1000, interrupted).then(
    () => 0n,
    () => 1n,
  );
  const [item] = items;
  const name = item?.kind === 'expression' ? item.name : '';
  return { kind: 'rows', source: { columns: [{ name, type: BIGINT }], rows: [[answer]] } };
}

function executeNow(statement: Statement, parameters: Parameters, session: Session): Answer {
  switch (statement.kind) {
    case 'select':
      return {
        kind: 'rows',
        source: executeSelect(statement, sourceOf(statement, session, session.account, parameters), {
          session,
          parameters,
        }),
      };
    case 'insert': {
      const table = writable(statement.table, 'INSERT', session);
      if (statement.mode === 'replace') session.checkTablePrivilege('DELETE', table.database, table.name);
      if (statement.onDuplicate.length > 0) session.checkTablePrivilege('UPDATE', table.database, table.name);
      const source =
        statement.source.kind === 'select'
          ? sourceOf(statement.source, session, session.account, parameters)
          : undefined;
      const result = executeInsert(statement, table, source, { session, parameters });
      if (result.insertId !== 0n) session.lastInsertId = result.insertId;
      return { kind: 'ok', ...result };
    }
    case 'update': {
      const { matched, changed } = executeUpdate(statement, writable(statement.table, 'UPDATE', session), {
        session,
        parameters,
      });
      const info = `Rows matched: ${matched}  Changed: ${changed}  Warnings: ${session.warnings.length}`;
      return { ...ok, affectedRows: session.countsFoundRows ? matched : changed, info };
    }
    case 'delete':
      return {
        ...ok,
        affectedRows: executeDelete(statement, writable(statement.table, 'DELETE', session), { session, parameters }),
      };
    case 'createDatabase':
    case 'dropDatabase':
    case 'createTable':
    case 'dropTables':
    case 'truncate':
    case 'alterTable':
    case 'renameTables':
    case 'createView':
    case 'createSequence':
    case 'dropViews':
    case 'dropSequences':
      session.commit();
      executeSchemaChange(statement, session);
      return ok;
    case 'show':
      return { kind: 'rows', source: executeShow(statement.show, { session, parameters }) };
    case 'set':
      executeSettings(statement.settings, { session, parameters });
      return ok;
    case 'use':
      session.currentDatabase = requireDatabase(session, statement.database);
      return ok;
    case 'begin':
      session.beginTransaction();
      return ok;
    case 'commit':
      session.commit();
      return ok;
    case 'rollback':
      session.rollback();
      return ok;
    case 'kill':
      kill(statement, session);
      return ok;
    case 'adminChecksum':
      return { kind: 'rows', source: checksum(statement.tables, session) };
    case 'adminShowDdlJobs':
      return { kind: 'rows', source: showDdlJobs(statement, { session, parameters }) };
    case 'createUser':
      createUsers(statement, statement.ifNotExists, session);
      return ok;
    case 'alterUser':
      alterUsers(statement, statement.ifExists, session);
      return ok;
    case 'dropUser':
      dropUsers(statement.accounts, statement.ifExists, session);
      return ok;
    case 'grant':
    case 'revoke':
      grantOrRevoke(statement, session);
      return ok;
    // Privileges and counters are always up to date here.
    case 'flush':
    case 'nothing':
      return ok;
    default:
      return assertNever(statement);
  }
}

/** A table that accepts writes. */
function writable(name: TableName, privilege: 'INSERT' | 'UPDATE' | 'DELETE', session: Session): TableInfo {
  const table = session.table(name, privilege);
  const { view, sequence } = table.definition;
  if (isSystemDatabase(table.database) && table.name !== 'tidb_restore_registry') {
    throw notSupported(`writing to ${table.database}.${table.name}`);
  }
  if (view || sequence) {
    const verb = `${privilege.toLowerCase()}${privilege === 'INSERT' ? ' into' : ''}`;
    throw new SqlError(1105, `${verb} ${view ? 'view' : 'sequence'} ${table.name} is not supported now`);
  }
  return table;
}

/** At the session's snapshot, if it has one. */
function checksum(tables: readonly TableName[], session: Session): RowSource {
  const at = session.reader().startTs;
  const found = tables.map((name) => session.findTable(name));
  if (!session.account.hasGlobal('SUPER')) throw new SqlError(8121, "privilege check for 'Super' fail");
  const rows = found.map((table) => {
    if (table.definition.temporary) {
      throw new SqlError(8006, '`admin checksum table` is unsupported on temporary tables.');
    }
    const { crc64Xor, totalKvs, totalBytes } = session.cluster.storage.checksum(table, at);
    return [table.database, table.name, crc64Xor, totalKvs, totalBytes];
  });
  return {
    columns: [
      { name: 'Db_name', type: { kind: 'varchar', length: 64 } },
      { name: 'Table_name', type: { kind: 'varchar', length: 64 } },
      { name: 'Checksum_crc64_xor', type: UNSIGNED_BIGINT },
      { name: 'Total_kvs', type: UNSIGNED_BIGINT },
      { name: 'Total_bytes', type: UNSIGNED_BIGINT },
    ],
    rows,
  };
}

/** Throws where `USE` would, for COM_INIT_DB and the handshake. */
export function useDatabase(name: string, session: Session): void {
  session.currentDatabase = requireDatabase(session, name);
}
