import type { Select } from '../sql/ast.ts';
import { notSupported } from '../sql/errors.ts';
import type { TableInfo } from '../storage/schema.ts';
import type { Account } from './account-store.ts';
import type { Scope } from './compile.ts';
import type { Session } from './session.ts';
import { systemTable } from './system-tables.ts';
import { noColumns, type Source, TableSource } from './table-source.ts';
import { viewSource } from './views.ts';

/** What a SELECT reads with the privileges of `account`; `undefined` if it names no table. */
export function sourceOf(
  { from }: Select,
  session: Session,
  account: Account,
  parameters: Scope['parameters'] = [],
): Source | undefined {
  if (!from) return undefined;
  const { table: name, alias } = from;
  const database = session.database(name.database);
  const made = systemTable(database, name.name, session);
  const isOpenToAll = database.toLowerCase() === 'information_schema';
  if (isOpenToAll && !made) throw notSupported(`table ${database}.${name.name}`);
  if (made) {
    if (!isOpenToAll) session.checkTablePrivilege('SELECT', database, name.name, account);
    return made;
  }
  const stored = session.table(name, 'SELECT', account);
  if (stored.definition.view) return viewSource(stored, session, sourceOf);
  if (stored.definition.sequence) throw notSupported('selecting from a sequence');
  if (session.running) session.running.readsTiflash = readsTiflash(stored, session);
  const scope: Scope = { session, parameters, column: noColumns };
  return new TableSource(stored, session.reader(), alias ?? name.name, scope);
}

/** TiDB's optimizer chooses among the engines that the session allows; here TiFlash wins if it has the table. */
function readsTiflash({ definition }: TableInfo, session: Session): boolean {
  const engines = session.variables.get('tidb_isolation_read_engines').split(',');
  return (definition.tiflashReplicas ?? 0) > 0 && engines.includes('tiflash');
}
