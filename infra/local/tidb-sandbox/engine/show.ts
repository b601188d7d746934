import { showBrieTasks } from '../brie/show-tasks.ts';
import type { AccountName, Filter, Show, TableName } from '../sql/ast.ts';
import { unknownDatabase } from '../sql/errors.ts';
import { assertNever, type Cell } from '../storage/cell.ts';
import { fromStored } from '../storage/row-codec.ts';
import type { ColumnType } from '../storage/schema.ts';
import { typeName } from '../types/type-name.ts';
import type { Scope } from './compile.ts';
import { readVariable } from './compile.ts';
import { BIGINT, type Row, UNSIGNED_BIGINT } from './compiled.ts';
import { defaultText } from './create-table-text.ts';
import { grantStatements, quotedName, requireAccount } from './grants.ts';
import { likePattern } from './like.ts';
import { processList } from './process-list.ts';
import { filterRows } from './select.ts';
import type { Session } from './session.ts';
import { type Listing, showCreate, showCreateDatabase, texts } from './show-create.ts';
import { columnExtra, databasesShown, systemTable, systemTableNames } from './system-tables.ts';
import { columnKey, type SourceColumn } from './table-source.ts';
import { variableNames } from './variables.ts';
import { tableType } from './visible-tables.ts';

const TEXT: ColumnType = { kind: 'varchar', length: 256 };
const LONG_TEXT: ColumnType = { kind: 'text', size: 'long' };
const SHORT_INFO = 100;

export function executeShow(show: Show, statement: Pick<Scope, 'session' | 'parameters'>): Listing {
  const listing = list(show, statement.session);
  return { columns: listing.columns, rows: filtered(listing, show.filter, statement) };
}

/** LIKE applies to the first column, WHERE to any. */
function filtered(listing: Listing, { like, where }: Filter, statement: Pick<Scope, 'session' | 'parameters'>) {
  if (where) return filterRows(listing, where, statement);
  if (like === undefined) return listing.rows;
  const matches = likePattern(like, '\\', true);
  return listing.rows.filter(([first]) => matches.test(String(first)));
}

function list(show: Show, session: Session): Listing {
  switch (show.of) {
    case 'databases':
      return {
        columns: texts('Database'),
        rows: databasesShown(session, (name) => session.account.showsDatabase(name)).map((name) => [name]),
      };
    case 'tables':
      return tables(session, session.database(show.database), show.full);
    case 'tableStatus':
      return tableStatus(session, session.database(show.database));
    case 'columns':
      return columns(session, show.table, show.full);
    case 'indexes':
      return indexes(session, show.table);
    case 'createTable':
    case 'createView':
    case 'createSequence':
      return showCreate(session, show.table, show.of);
    case 'createDatabase':
      return showCreateDatabase(requireDatabase(session, show.database), show.ifNotExists);
    case 'variables':
      return {
        columns: texts('Variable_name', 'Value'),
        rows: variableNames(session.cluster.version).map((name) => [
          name,
          readVariable(name, show.global ? 'global' : 'session', session),
        ]),
      };
    case 'status':
      return { columns: texts('Variable_name', 'Value'), rows: status(session) };
    case 'warnings':
      return warnings(session, () => true);
    case 'errors':
      return warnings(session, (level) => level === 'Error');
    case 'processlist':
      return processes(session, show.full);
    case 'backups':
      return brieTasks('BACKUP', session);
    case 'restores':
      return brieTasks('RESTORE', session);
    case 'grants':
      return grants(session, show.account);
    case 'createUser':
      return createUser(session, show.account);
    case 'engines':
      return {
        columns: texts('Engine', 'Support', 'Comment', 'Transactions', 'XA', 'Savepoints'),
        rows: [
          ['InnoDB', 'DEFAULT', 'Supports transactions, row-level locking, and foreign keys', 'YES', 'YES', 'YES'],
        ],
      };
    case 'charset':
      return {
        columns: [...texts('Charset', 'Description', 'Default collation'), { name: 'Maxlen', type: BIGINT }],
        rows: [['utf8mb4', 'UTF-8 Unicode', 'utf8mb4_bin', 4n]],
      };
    case 'collation':
      return {
        columns: texts('Collation', 'Charset', 'Id', 'Default', 'Compiled', 'Sortlen'),
        rows: [['utf8mb4_bin', 'utf8mb4', '46', 'Yes', 'Yes', '1']],
      };
    default:
      return assertNever(show);
  }
}

function brieTasks(kind: 'BACKUP' | 'RESTORE', session: Session): Listing {
  const { columns: described, rows } = showBrieTasks(kind, session);
  const decoded = rows.map((row) => described.map(({ type }, at) => fromStored(type, row[at] ?? null)));
  return { columns: described, rows: decoded };
}

/** Throws 1049 or 1044 if the account cannot see the database. */
export function requireDatabase(session: Session, name: string): string {
  const isOpenToAll = name.toLowerCase() === 'information_schema';
  if (!isOpenToAll && !session.account.showsDatabase(name)) throw session.databaseDenied(name);
  if (isOpenToAll) return name;
  const database = session.cluster.storage.findDatabase(name, session.schemaTs());
  if (!database) throw unknownDatabase(name);
  return database.name;
}

function tables(session: Session, name: string, full: boolean): Listing {
  const database = requireDatabase(session, name);
  const isMadeUp = database.toLowerCase() === 'information_schema';
  const listed = isMadeUp
    ? systemTableNames().map((table) => [table, 'SYSTEM VIEW'])
    : visibleTables(session, database);
  const heading = texts(`Tables_in_${database}`, ...(full ? ['Table_type'] : []));
  return { columns: heading, rows: listed.map(([table, type]) => (full ? [table ?? '', type ?? ''] : [table ?? ''])) };
}

/** With their types. */
function visibleTables(session: Session, database: string): [string, string][] {
  const found = session.cluster.storage.listTables(database, session.schemaTs());
  return found
    .filter((table) => session.account.seesTable(database, table.name))
    .map((table) => [table.name, tableType(table)]);
}

function tableStatus(session: Session, name: string): Listing {
  const database = requireDatabase(session, name);
  const { storage } = session.cluster;
  const at = session.schemaTs();
  const found = storage.listTables(database, at).filter((table) => session.account.seesTable(database, table.name));
  return {
    columns: [
      ...texts('Name', 'Engine'),
      { name: 'Rows', type: BIGINT },
      { name: 'Auto_increment', type: UNSIGNED_BIGINT },
      ...texts('Collation', 'Comment'),
    ],
    rows: found.map((table) => [
      table.name,
      'InnoDB',
      storage.rowCount(table, session.cluster.statisticsTs()),
      table.definition.columns.some((column) => column.autoIncrement) ? storage.nextRowId(table) : null,
      'utf8mb4_bin',
      table.definition.comment,
    ]),
  };
}

function columns(session: Session, name: TableName, full: boolean): Listing {
  const { version } = session.cluster;
  const heading = full
    ? texts('Field', 'Type', 'Collation', 'Null', 'Key', 'Default', 'Extra', 'Privileges', 'Comment')
    : texts('Field', 'Type', 'Null', 'Key', 'Default', 'Extra');
  const system = systemTable(session.database(name.database), name.name, session);
  if (system) {
    return {
      columns: heading,
      rows: system.columns.map((column) => described(column, typeName(column.type, version), full)),
    };
  }
  const { database, name: table, definition } = session.findTable(name);
  if (!session.account.seesColumns(database, table)) throw session.commandDenied('SELECT', table);
  const rows = definition.columns.map((column): Row => {
    const nullable = column.nullable ? 'YES' : 'NO';
    const facts = [nullable, columnKey(definition, column), defaultText(column) ?? null, columnExtra(column)];
    if (!full) return [column.name, typeName(column.type, version), ...facts];
    const isText = ['char', 'varchar', 'text', 'enum'].includes(column.type.kind);
    const privileges = 'select,insert,update,references';
    return [
      column.name,
      typeName(column.type, version),
      isText ? 'utf8mb4_bin' : null,
      ...facts,
      privileges,
      column.comment,
    ];
  });
  return { columns: heading, rows };
}

function described({ name }: SourceColumn, type: string, full: boolean): Row {
  return full ? [name, type, null, 'YES', '', null, '', 'select', ''] : [name, type, 'YES', '', null, ''];
}

function indexes(session: Session, name: TableName): Listing {
  const { database, definition, name: table } = session.findTable(name);
  if (!session.account.seesTable(database, table)) throw session.commandDenied('SELECT', table);
  const rows = definition.indexes.flatMap((index) =>
    index.columnIds.map((id, at): Cell[] => {
      const column = definition.columns.find((each) => each.id === id);
      const nullable = column?.nullable ? 'YES' : '';
      const nonUnique = index.unique ? 0n : 1n;
      return [table, nonUnique, index.name, BigInt(at + 1), column?.name ?? '', 'A', nullable, 'BTREE', index.comment];
    }),
  );
  return {
    columns: [
      { name: 'Table', type: TEXT },
      { name: 'Non_unique', type: BIGINT },
      { name: 'Key_name', type: TEXT },
      { name: 'Seq_in_index', type: BIGINT },
      ...texts('Column_name', 'Collation', 'Null', 'Index_type', 'Index_comment'),
    ],
    rows,
  };
}

function status(session: Session): Row[] {
  return [
    ['Ssl_cipher', session.cipher],
    ['Threads_connected', String(session.server.sessions.size)],
    ['server_id', session.server.address],
  ];
}

function warnings(session: Session, isShown: (level: string) => boolean): Listing {
  return {
    columns: [
      { name: 'Level', type: TEXT },
      { name: 'Code', type: BIGINT },
      { name: 'Message', type: LONG_TEXT },
    ],
    rows: session.warnings
      .filter(({ level }) => isShown(level))
      .map(({ level, code, message }) => [level, BigInt(code), message]),
  };
}

function processes(session: Session, full: boolean): Listing {
  const shown = processList(session.server.sessions.values(), session);
  return {
    columns: [
      { name: 'Id', type: UNSIGNED_BIGINT },
      ...texts('User', 'Host', 'db', 'Command'),
      { name: 'Time', type: BIGINT },
      { name: 'State', type: TEXT },
      { name: 'Info', type: LONG_TEXT },
    ],
    rows: shown.map(({ id, user, host, database, command, seconds, state, info }) => {
      const text = full || info === null ? info : info.slice(0, SHORT_INFO);
      return [id, user, host, database, command, seconds, state, text];
    }),
  };
}

function grants(session: Session, name: AccountName | undefined): Listing {
  const account = requireAccount(session, name);
  if (account !== session.account) session.checkDatabasePrivilege('SELECT', 'mysql');
  const rows = grantStatements(account).map((text) => [text]);
  return { columns: [{ name: `Grants for ${account.user}@${account.host}`, type: LONG_TEXT }], rows };
}

function createUser(session: Session, name: AccountName | undefined): Listing {
  const account = requireAccount(session, name);
  if (account !== session.account) session.checkTablePrivilege('SELECT', 'mysql', 'User');
  const { attempts, lockDays } = account.failedLogins;
  const text = [
    `CREATE USER ${quotedName(account)} IDENTIFIED WITH '${account.plugin}' REQUIRE ${account.requires}`,
    `PASSWORD EXPIRE${account.passwordExpired ? '' : ' DEFAULT'} ACCOUNT ${account.locked ? 'LOCK' : 'UNLOCK'}`,
    ...(attempts > 0 || lockDays !== 0
      ? [`FAILED_LOGIN_ATTEMPTS ${attempts} PASSWORD_LOCK_TIME ${lockDays < 0 ? 'UNBOUNDED' : lockDays}`]
      : []),
  ].join(' ');
  return { columns: [{ name: `CREATE USER for ${account.user}@${account.host}`, type: LONG_TEXT }], rows: [[text]] };
}
