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
 * BACKUP of a missing database, or only of empty ones, succeeds and holds nothing: a backup that its user would rely
 * on.
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
    `${quoteSome(scope.databases)} hold no tables, so TiDB would back up nothing; name a database with tables in the scope`,
  );
}

/**
 * RESTORE of something that is not in the backup succeeds, too.
 * @throws NodeFailure ScopeNotFound
 */
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
  return new NodeFailure('ScopeNotFound', `${what} ${quoteSome(missing)}; remove them from the scope`);
}
