import { hasFeature, parseTidbVersion } from '../tidb-version.ts';
import type { BackupMeta } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import type { BrieJob } from './job.ts';
import { dropDatabase } from './restored-schemas.ts';
import { includesDatabase } from './scope.ts';
import type { BrieCluster } from './session.ts';
import { nameInBackup, SYSTEM_DATABASES } from './temporary-names.ts';

/** Tables of the cluster itself, which a restore leaves alone (unRecoverableTable in br/pkg/restore/snap_client/systable_restore.go). */
const UNRECOVERABLE: ReadonlySet<string> = new Set(['mysql.tidb', 'mysql.tidb_restore_registry']);

const BATCH_ROWS = 128;

/**
 * The end of every restore (RestoreSystemSchemas): rows of the backup's `mysql` replace those with the same key, and its accounts take
 * effect at the next login; then the temporary databases are dropped.
 */
export function restoreSystemTables(meta: BackupMeta, { cluster, scope, options }: BrieJob): void {
  for (const database of SYSTEM_DATABASES) {
    if (options.withSystemTables && includesDatabase(scope, database)) replaceRows(database, meta, cluster);
  }
  cluster.reloadAccounts();
  for (const database of SYSTEM_DATABASES) dropDatabase(nameInBackup(database), cluster.storage);
}

function replaceRows(database: string, meta: BackupMeta, cluster: BrieCluster): void {
  const { storage } = cluster;
  const now = storage.currentTso();
  for (const restored of storage.listTables(nameInBackup(database), now)) {
    const name = `${database}.${restored.name}`;
    const target = storage.findTable(database, restored.name, now);
    if (target === undefined || target.definition.view || UNRECOVERABLE.has(name)) continue;
    checkCompatibility(restored.name, meta, cluster);
    for (const batch of storage.scan(restored, { at: now }, BATCH_ROWS)) storage.applyChanges(target, batch);
  }
}

/** The collations changed in between, so the tables do not fit; that shows only when the rows are written. */
function checkCompatibility(table: string, { clusterVersion }: BackupMeta, { version }: BrieCluster): void {
  const backup = parseTidbVersion(clusterVersion);
  if (hasFeature(backup, 'newSystemTables') === hasFeature(version, 'newSystemTables')) return;
  const temporary = nameInBackup('mysql');
  throw new BrError(
    `error during merging temporary tables into system tables, table: ${table}: failed to execute REPLACE INTO \`mysql\`.\`${table}\` SELECT * FROM \`${temporary}\`.\`${table}\`;`,
    'Common:ErrUnknown',
  );
}
