import {
  type BackupScope,
  foldedTable,
  isInScope,
  type TableName,
  tablesOf,
} from '../../domain/backup/backup-scope.ts';
import { quoteSome } from '../../domain/shared/errors.ts';
import type { BackupContents, TidbControl } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';

/**
 * BACKUP of a database that is missing succeeds and holds nothing, and so does one of empty databases alone: a backup that its user would
 * count upon.
 * @throws NodeFailure ScopeNotFound
 */
export async function assertInCluster(
  scope: BackupScope | undefined,
  control: Pick<TidbControl, 'userDatabases' | 'userTables'>,
): Promise<void> {
  if (scope === undefined) return;
  const missing = scope.databases
    ? missingDatabases(scope.databases, await control.userDatabases())
    : missingTables(scope, await control.userTables());
  if (missing.length > 0) throw notFound('the cluster does not have', missing);
  if (scope.databases === undefined) return;
  const tables = await control.userTables();
  if (tables.some((table) => isInScope(scope, table))) return;
  throw new NodeFailure(
    'ScopeNotFound',
    `${quoteSome(scope.databases)} hold no table, so TiDB would back up nothing at all; its scope must name a database with tables`,
  );
}

/** So does RESTORE of what is not in the backup. @throws NodeFailure ScopeNotFound */
export function assertInBackup(scope: BackupScope | undefined, held: BackupContents): void {
  if (scope === undefined) return;
  const missing = scope.databases
    ? missingDatabases(scope.databases, held.databases)
    : missingTables(scope, held.tables);
  if (missing.length > 0) throw notFound('the backup does not hold', missing);
}

function missingDatabases(wanted: readonly string[], present: readonly string[]): string[] {
  const there = new Set(present.map((name) => name.toLowerCase()));
  return wanted.filter((name) => !there.has(name.toLowerCase()));
}

function missingTables(scope: BackupScope, present: readonly TableName[]): string[] {
  const there = new Set(present.map(foldedTable));
  return tablesOf(scope)
    .filter((name) => !there.has(foldedTable(name)))
    .map(({ database, table }) => `${database}.${table}`);
}

function notFound(what: string, missing: readonly string[]): NodeFailure {
  return new NodeFailure('ScopeNotFound', `${what} ${quoteSome(missing)}; its scope must name what is there`);
}
