import type { TidbRelease } from '../backup/backup-record.ts';
import { type BackupScope, foldedTable, isInScope, quotedName, type TableName } from '../backup/backup-scope.ts';
import { quoteInput, quoteSome } from '../shared/errors.ts';
import type { NodeFailureName } from '../workflow/failure-table.ts';
import { NodeFailure } from '../workflow/node-failure.ts';
import { parseTidbVersion } from './tidb-version.ts';

/** What a restore leaves that did not come to its end. If a part of it stays, the next one fails, or loses rows (8.5.5 and later). */
export const CLEAR_RESTORE =
  'drop the tables that it restored and the databases `__TiDB_BR_Temporary_…`, and on TiDB 8.5.5 and later delete its row from mysql.tidb_restore_registry (`br abort` clears these two)';

/** What interrupted restores have left in a cluster, beside tables. */
export interface RestoreLeftovers {
  /** Databases that BR made for itself. */
  databases: string[];
  /** Rows of `mysql.tidb_restore_registry`, by id; `undefined` if the account may not read it. */
  registered: string[] | undefined;
}

/** What is left, and how to clear it; `undefined` if nothing is. */
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
    `a restore into the cluster was interrupted, or still runs, and another one would fail or lose rows: it has left ${left}`,
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
 * A part of either that is not known is left to RESTORE.
 * @throws NodeFailure ClusterIncompatible
 */
export function assertCompatible(backup: TidbRelease, cluster: TidbRelease): void {
  const [from, to] = [parsed(backup), parsed(cluster)];
  if (from !== undefined && to !== undefined && from.major > to.major) {
    throw new NodeFailure(
      'ClusterIncompatible',
      `the backup is of TiDB ${backup.tidbVersion}, and the cluster is ${cluster.tidbVersion}; restore it into one of v${from.major} or later`,
    );
  }
  const [wanted, present] = [backup.newCollationEnabled, cluster.newCollationEnabled];
  if (wanted === undefined || present === undefined || wanted === present) return;
  throw new NodeFailure(
    'ClusterIncompatible',
    `new_collation_enabled is ${present} in the cluster and ${wanted} in the backup; restore it into a cluster that was made with new_collations_enabled_on_first_bootstrap = ${wanted}, as it cannot be changed later`,
  );
}

function parsed({ tidbVersion }: TidbRelease) {
  return tidbVersion === undefined ? undefined : parseTidbVersion(tidbVersion);
}

/** The first of them, as they may stand in a message. */
export function quoteTables(tables: readonly TableName[]): string {
  return quoteSome(tables.map(({ database, table }) => `${database}.${table}`));
}

/** RESTORE would find out too, on some releases, but may name only the first one that it comes to. @throws NodeFailure TablesInTheWay */
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
    `${inTheWay.length} tables of the backup exist in the cluster already; drop them (DROP TABLE, DROP VIEW or DROP SEQUENCE), or restore into another cluster: ${quoteTables(inTheWay)}`,
  );
}

/**
 * An incremental restore repeats DDL in the words in which it was written: `DROP TABLE a, b` of a part that holds `a` drops `b` too.
 * @throws NodeFailure TablesInTheWay
 */
export function assertEmptyForPart(present: readonly TableName[]): void {
  const [first] = present;
  if (first === undefined) return;
  throw new NodeFailure(
    'TablesInTheWay',
    `a part of an incremental backup is restored into an empty cluster only, because TiDB repeats DDL as it was written, which may change other tables; this one holds ${present.length} tables, such as ${quoteInput(`${first.database}.${first.table}`)}. Restore into a new cluster, or a part of a full backup`,
  );
}

/** @throws NodeFailure ClusterNotEmpty */
export function assertEmpty(tables: readonly TableName[], what: string): void {
  const [first] = tables;
  if (first === undefined) return;
  const example = quoteInput(`${first.database}.${first.table}`);
  throw new NodeFailure('ClusterNotEmpty', `${what}, and holds ${tables.length} tables, such as ${example}`);
}
