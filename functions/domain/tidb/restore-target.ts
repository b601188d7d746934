import type { TidbRelease } from '../backup/backup-record.ts';
import { type BackupScope, foldedTable, isInScope, quotedName, type TableName } from '../backup/backup-scope.ts';
import { quoteInput, quoteSome } from '../shared/errors.ts';
import type { NodeFailureName } from '../workflow/failure-table.ts';
import { NodeFailure } from '../workflow/node-failure.ts';
import { parseTidbVersion } from './tidb-version.ts';

/**
 * What an interrupted restore leaves behind. If any of it stays, the next restore fails, or loses rows (8.5.5 and
 * later).
 */
export const CLEAR_RESTORE =
  'drop the tables that it restored and the databases `__TiDB_BR_Temporary_…`, and on TiDB 8.5.5 and later delete its row from mysql.tidb_restore_registry (`br abort` clears these two)';

/** What interrupted restores left in a cluster, besides tables. */
export interface RestoreLeftovers {
  /** BR's temporary databases. */
  databases: string[];
  /** Ids of rows in `mysql.tidb_restore_registry`; `undefined` if the account may not read it. */
  registered: string[] | undefined;
}

/** What is left, and how to remove it; `undefined` if nothing is. */
export function leftBehind(leftovers: RestoreLeftovers): string | undefined {
  const steps = stepsToClear(leftovers);
  if (steps.length === 0) return undefined;
  const abort = leftovers.registered?.length ? ', or br abort with the parameters of that restore' : '';
  return `${described(leftovers)}; drop the tables that it restored, then run ${steps.join('; ')}${abort}`;
}

/** @throws NodeFailure RestoreLeftovers */
export function assertNoLeftovers(
  leftovers: RestoreLeftovers,
  name: Extract<NodeFailureName, 'RestoreLeftovers' | 'ClusterNotEmpty'> = 'RestoreLeftovers',
): void {
  const left = leftBehind(leftovers);
  if (left === undefined) return;
  throw new NodeFailure(
    name,
    `a restore into the cluster was interrupted or is still running, so another one would fail or lose rows; it left ${left}`,
  );
}

function described({ databases, registered = [] }: RestoreLeftovers): string {
  return [
    ...(databases.length > 0 ? [quoteSome(databases)] : []),
    ...(registered.length > 0 ? [`${registered.length} rows in mysql.tidb_restore_registry`] : []),
  ].join(' and ');
}

function stepsToClear({ databases, registered = [] }: RestoreLeftovers): string[] {
  return [
    ...databases.map((name) => `DROP DATABASE ${quotedName(name)}`),
    ...(registered.length > 0
      ? [`DELETE FROM mysql.tidb_restore_registry WHERE id IN (${registered.join(', ')})`]
      : []),
  ];
}

/**
 * Unknown versions and settings are left to RESTORE to check.
 * @throws NodeFailure ClusterIncompatible
 */
export function assertCompatible(backup: TidbRelease, cluster: TidbRelease): void {
  const [from, to] = [parsed(backup), parsed(cluster)];
  if (from !== undefined && to !== undefined && from.major > to.major) {
    throw new NodeFailure(
      'ClusterIncompatible',
      `the backup is of TiDB ${backup.tidbVersion}, but the cluster is ${cluster.tidbVersion}; restore it into v${from.major} or later`,
    );
  }
  const [wanted, present] = [backup.newCollationEnabled, cluster.newCollationEnabled];
  if (wanted === undefined || present === undefined || wanted === present) return;
  throw new NodeFailure(
    'ClusterIncompatible',
    `new_collation_enabled is ${present} in the cluster, but ${wanted} in the backup; restore it into a cluster that was created with new_collations_enabled_on_first_bootstrap = ${wanted}, which cannot be changed later`,
  );
}

function parsed({ tidbVersion }: TidbRelease) {
  return tidbVersion === undefined ? undefined : parseTidbVersion(tidbVersion);
}

/** The first few, for use in a message. */
export function quoteTables(tables: readonly TableName[]): string {
  return quoteSome(tables.map(({ database, table }) => `${database}.${table}`));
}

/**
 * RESTORE would find them too, on some releases, but may name only the first.
 * @throws NodeFailure TablesInTheWay
 */
export function assertNoTableInTheWay(
  restored: readonly TableName[],
  scope: BackupScope | undefined,
  present: readonly TableName[],
): void {
  const wanted = new Set(restored.filter((table) => isInScope(scope, table)).map(foldedTable));
  const inTheWay = present.filter((table) => wanted.has(foldedTable(table)));
  if (inTheWay.length === 0) return;
  throw new NodeFailure(
    'TablesInTheWay',
    `${inTheWay.length} tables of the backup already exist in the cluster; drop them (DROP TABLE, DROP VIEW or DROP SEQUENCE), or restore into another cluster: ${quoteTables(inTheWay)}`,
  );
}

/**
 * An incremental restore repeats DDL as it was written: `DROP TABLE a, b` in a restore of `a` alone drops `b`, too.
 * @throws NodeFailure TablesInTheWay
 */
export function assertEmptyForPart(present: readonly TableName[]): void {
  const [first] = present;
  if (first === undefined) return;
  throw new NodeFailure(
    'TablesInTheWay',
    `a part of an incremental backup can be restored only into an empty cluster, because TiDB repeats DDL as it was written, which may change other tables; this cluster holds ${present.length} tables, such as ${quoteInput(`${first.database}.${first.table}`)}. Restore into a new cluster, or restore a part of a full backup`,
  );
}

/** @throws NodeFailure ClusterNotEmpty */
export function assertEmpty(tables: readonly TableName[], what: string): void {
  const [first] = tables;
  if (first === undefined) return;
  const example = quoteInput(`${first.database}.${first.table}`);
  throw new NodeFailure('ClusterNotEmpty', `${what}, but holds ${tables.length} tables, such as ${example}`);
}
