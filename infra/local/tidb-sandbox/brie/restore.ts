import type { Tso } from '../storage/tso.ts';
import { formatTidbVersion, parseTidbVersion } from '../tidb-version.ts';
import {
  type BackupFile,
  type BackupIndex,
  type BackupMeta,
  type BackupSchema,
  checksumOfTable,
  filesOfTable,
} from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { replayDdl } from './ddl-replay.ts';
import { openStorage } from './external-storage.ts';
import type { BrieJob, JobOutcome } from './job.ts';
import { readBackupIndex, readBackupMeta } from './read-meta.ts';
import { changedByRestore, makeDatabase, makeTables } from './restored-schemas.ts';
import { equalChecksums } from './row-checksum.ts';
import { includesDatabase, isSchemaIncluded } from './scope.ts';
import { type BrieCluster, formatNewCollation } from './session.ts';
import { restoreTables, type TableRestore } from './table-restore.ts';
import { checksumTable } from './table-scan.ts';

export interface RestoreOutcome extends JobOutcome {
  /** TSO at which the restore began. */
  readonly restoreTs: Tso;
}

/** Runs a RESTORE (RunRestore in br/pkg/task/restore.go). Tables are created first, and stay if it fails later. */
export async function runRestore(job: BrieJob): Promise<RestoreOutcome> {
  const { cluster, location, options, signal } = job;
  const storage = openStorage(location, cluster.externalStorage, signal);
  const data = storage.asSeenByTikv(options.sendCredentials);
  try {
    checkNoLogBackup(cluster);
    const index = await readBackupIndex(storage);
    checkNoChangefeed(cluster);
    checkVersion(index, job);
    checkCollation(index, cluster);
    const meta = await readBackupMeta(index, storage);
    const restoreTs = cluster.storage.currentTso();
    // That the cluster holds the base of an incremental backup is not checked.
    if (meta.startVersion === 0n) checkNoTableExists(meta, job, restoreTs);
    const schemas = meta.schemas.filter((schema) => isSchemaIncluded(job.scope, schema));
    await replayDdl(meta.ddlJobs, restoredTables(schemas), job);
    const restores = createSchemas(meta, schemas, job);
    await restoreTables(job, data, restores);
    await verifyChecksums(meta, job, restores);
    return { size: sizeOf(restores.flatMap(({ files }) => files)), backupTs: meta.endVersion, restoreTs };
  } finally {
    storage.close();
    data.close();
  }
}

function checkNoLogBackup({ replication: { logBackupTask } }: BrieCluster): void {
  if (logBackupTask === undefined) return;
  throw new Error(
    `failed to check task exists: log backup task is running: ${logBackupTask}, please stop the task before restore, and after PITR operation finished, create log-backup task again and create a full backup on this cluster`,
  );
}

/** checkIncompatibleChangefeed in br/pkg/task/stream.go */
function checkNoChangefeed({ replication: { changefeeds } }: BrieCluster): void {
  if (changefeeds.length === 0) return;
  throw new Error(
    `found CDC changefeed(s): cluster/namespace: default/default changefeed(s): [${changefeeds.join(' ')}], please remove changefeed(s) before restore`,
  );
}

/** CheckVersionForBackup in br/pkg/version/version.go: one major release back is let through, and a backup that does not say its own. */
function checkVersion({ clusterVersion }: BackupIndex, { cluster }: BrieJob): void {
  if (clusterVersion === '' || parseTidbVersion(clusterVersion).major - cluster.version.major <= 1) return;
  throw new BrError(
    `backup with cluster version ${clusterVersion} cannot be restored at cluster of version ${formatTidbVersion(cluster.version)}: major version mismatches`,
    'Common:ErrVersionMismatch',
  );
}

/** CheckNewCollationEnable in br/pkg/task/restore.go */
function checkCollation({ newCollation: upstream }: BackupIndex, cluster: BrieCluster): void {
  const name = 'new_collation_enabled';
  const downstream = formatNewCollation(cluster);
  if (upstream === downstream) return;
  const reason =
    upstream === ''
      ? `the value '${name}' not found in backupmeta. you can use "SELECT VARIABLE_VALUE FROM mysql.tidb WHERE VARIABLE_NAME='${name}';" to manually check the config. if you ensure the value '${name}' in backup cluster is as same as restore cluster, use --check-requirements=false to skip this check`
      : `the config '${name}' not match, upstream:${upstream}, downstream: ${downstream}`;
  throw new BrError(reason, 'Common:ErrUnknown');
}

/** Names every table in the way, each with a space behind it, as BR does. */
function checkNoTableExists(meta: BackupMeta, { scope, cluster }: BrieJob, now: Tso): void {
  const existing = meta.schemas
    .filter((schema) => isSchemaIncluded(scope, schema))
    .flatMap(({ database, table }) => (table === undefined ? [] : [{ database, name: table.name }]))
    .filter(({ database, name }) => cluster.storage.findTable(database, name, now) !== undefined);
  if (existing.length === 0) return;
  const names = existing.map(({ database, name }) => `${database}.${name} `).join('');
  throw new BrError(`table already exists: ${names}`, 'Restore:ErrTablesAlreadyExisted');
}

function restoredTables(schemas: readonly BackupSchema[]) {
  return schemas.flatMap(({ database, table }) => (table ? [{ database, id: table.id, name: table.name }] : []));
}

function createSchemas(
  meta: BackupMeta,
  schemas: readonly BackupSchema[],
  { scope, cluster: { storage, tiflashStores } }: BrieJob,
): TableRestore[] {
  const existed = new Set(
    schemas.filter(({ database, table }) => table && storage.findTable(database, table.name, storage.currentTso())),
  );
  // Also the database of a table that is restored, and not in the backup.
  const databases = meta.schemas.map(({ database }) => database).filter((name) => includesDatabase(scope, name));
  for (const database of new Set(databases)) makeDatabase(database, storage);
  for (const [database, ofDatabase] of Map.groupBy(schemas, (schema) => schema.database)) {
    const tables = ofDatabase.flatMap(({ table }) =>
      table ? [{ ...table, definition: changedByRestore(table.definition, tiflashStores) }] : [],
    );
    makeTables('create tables', database, tables, storage);
  }
  return schemas.flatMap((schema): TableRestore[] => {
    const { database, table } = schema;
    const target = table && storage.findTable(database, table.name, storage.currentTso());
    if (!target) return [];
    storage.raiseNextRowId(target, table.nextRowId);
    const files = filesOfTable(table.id, meta.files);
    return [{ table: target, files, replacesRows: existed.has(schema), backedUpId: table.id }];
  });
}

async function verifyChecksums(
  meta: BackupMeta,
  { cluster: { storage }, options, progress, signal }: BrieJob,
  restores: readonly TableRestore[],
): Promise<void> {
  // The sum of a table that the base left rows in is not in an incremental backup.
  if (!options.checksum || meta.startVersion !== 0n) return;
  progress.start('Checksum', Math.max(1, restores.length));
  for (const { table, backedUpId } of restores) {
    const actual = await checksumTable(storage, table, storage.currentTso(), signal);
    if (!equalChecksums(actual, checksumOfTable(backedUpId, meta.files))) {
      throw new BrError('failed to validate checksum', 'Restore:ErrRestoreChecksumMismatch');
    }
    progress.advance(1);
  }
  if (restores.length === 0) progress.advance(1);
}

function sizeOf(files: readonly BackupFile[]): bigint {
  return files.reduce((sum, file) => sum + file.size, 0n);
}
