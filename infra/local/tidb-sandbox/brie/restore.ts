import type { Tso } from '../storage/tso.ts';
import { hasFeature } from '../tidb-version.ts';
import { type BackupFile, type BackupMeta, type BackupSchema, checksumOfTable, filesOfTable } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { replayDdl } from './ddl-replay.ts';
import type { ExternalStorage } from './external-storage.ts';
import type { BrieJob, JobOutcome } from './job.ts';
import { openStorage } from './open-storage.ts';
import { readBackupIndex, readBackupMeta } from './read-meta.ts';
import { RestoreCheckpoint } from './restore-checkpoint.ts';
import { RestoreRegistry } from './restore-registry.ts';
import { checkNoLogBackup, checkRequirements } from './restore-requirements.ts';
import { changedByRestore, makeDatabase, makeTables } from './restored-schemas.ts';
import { equalChecksums } from './row-checksum.ts';
import { isDatabaseIncluded, isSchemaIncluded } from './scope.ts';
import { restoreSystemTables } from './system-tables.ts';
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
    checkRequirements(index, cluster);
    const meta = await readBackupMeta(index, storage);
    const restoreTs = cluster.storage.currentTso();
    const restores = await asRegistered(job, meta, (checkpoint) => restore(job, meta, data, checkpoint));
    return { size: sizeOf(restores.flatMap(({ files }) => files)), backupTs: meta.endVersion, restoreTs };
  } finally {
    storage.close();
    data.close();
  }
}

/** However a started restore ends, it leaves its checkpoint and its registration; only success removes them. */
async function asRegistered<Result>(
  job: BrieJob,
  meta: BackupMeta,
  work: (checkpoint: RestoreCheckpoint) => Promise<Result>,
): Promise<Result> {
  const checkpoint = await RestoreCheckpoint.open(job, meta);
  const schemas = meta.schemas.filter((schema) => isSchemaIncluded(job.scope, schema));
  // BR does not check that the cluster holds the base of an incremental backup.
  if (meta.startVersion === 0n && !checkpoint.isResumed) checkNoTableExists(schemas, job);
  const registry = new RestoreRegistry(job);
  registry.register(meta, schemas);
  await checkpoint.begin();
  try {
    const result = await work(checkpoint);
    registry.remove();
    await checkpoint.remove();
    return result;
  } catch (error) {
    registry.leave(await checkpoint.leave());
    throw error;
  }
}

async function restore(
  job: BrieJob,
  meta: BackupMeta,
  data: ExternalStorage,
  checkpoint: RestoreCheckpoint,
): Promise<TableRestore[]> {
  const schemas = meta.schemas.filter((schema) => isSchemaIncluded(job.scope, schema));
  await replayDdl(meta.ddlJobs, restoredTables(schemas), job);
  const restores = createSchemas(meta, schemas, job, checkpoint);
  // The cluster's clock continues from the backup's.
  job.cluster.storage.advanceTso(meta.endVersion);
  await restoreTables(job, data, restores, checkpoint, rowsTsOf(meta, job));
  await verifyChecksums(meta, job, restores, checkpoint);
  restoreSystemTables(meta, job);
  return restores;
}

/**
 * Rows keep their timestamps (here: the snapshot's), so that an incremental backup on a later base leaves them out. Rows of an incremental
 * backup got new timestamps until releases refused DDL that fills indexes.
 */
function rowsTsOf({ startVersion, endVersion }: BackupMeta, { cluster }: BrieJob): Tso | undefined {
  return startVersion === 0n || hasFeature(cluster.version, 'refusesBackfills') ? endVersion : undefined;
}

/** Names every table in the way, each followed by a space, as BR does. */
function checkNoTableExists(schemas: readonly BackupSchema[], { cluster }: BrieJob): void {
  if (!hasFeature(cluster.version, 'refusesExistingTables')) return;
  const now = cluster.storage.currentTso();
  const existing = schemas
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
  { isResumed }: RestoreCheckpoint,
): TableRestore[] {
  const existed = new Set(
    schemas.filter(({ database, table }) => table && storage.findTable(database, table.name, storage.currentTso())),
  );
  // Includes the database of a restored table even if the backup lacks it.
  const databases = meta.schemas.map(({ database }) => database).filter((name) => isDatabaseIncluded(scope, name));
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
    return [{ table: target, files, replacesRows: existed.has(schema) && !isResumed, backedUpId: table.id }];
  });
}

async function verifyChecksums(
  meta: BackupMeta,
  { cluster: { storage, version }, options, progress, signal }: BrieJob,
  restores: readonly TableRestore[],
  checkpoint: RestoreCheckpoint,
): Promise<void> {
  // An incremental backup has no checksum over rows that came from its base.
  if (!options.checksum || meta.startVersion !== 0n) return;
  progress.start('Checksum', Math.max(1, restores.length));
  const trustsCheckpoint = hasFeature(version, 'restoreRegistry');
  for (const { table, backedUpId, files } of restores) {
    if (trustsCheckpoint && checkpoint.hadStarted(files)) continue;
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
