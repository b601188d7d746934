import type { TableInfo } from '../storage/schema.ts';
import type { Tso } from '../storage/tso.ts';
import { formatTidbVersion, parseTidbVersion } from '../tidb-version.ts';
import { type BackupFile, type BackupMeta, type BackupTable, checksumOfTable, filesOfTable } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { openStorage } from './external-storage.ts';
import type { BrieJob, JobOutcome } from './job.ts';
import { readBackupMeta } from './read-meta.ts';
import { equalChecksums } from './row-checksum.ts';
import { includesDatabase, includesTable, isSchemaIncluded } from './scope.ts';
import { locationOfTikv } from './storage-url.ts';
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
  const data = openStorage(locationOfTikv(location, options.sendCredentials), cluster.externalStorage, signal);
  try {
    const meta = await readBackupMeta(storage);
    const restoreTs = cluster.storage.currentTso();
    checkVersion(meta, job);
    if (meta.startVersion === 0n) checkNoTableExists(meta, job, restoreTs);
    else checkChain(meta, job);
    const restores = createSchemas(meta, job);
    await restoreTables(job, data, restores);
    await verifyChecksums(meta, job, restores);
    cluster.restoredUpTo = meta.endVersion;
    return { size: sizeOf(restores.flatMap(({ files }) => files)), backupTs: meta.endVersion, restoreTs };
  } finally {
    storage.close();
    data.close();
  }
}

/** CheckVersionForBackup in br/pkg/version/version.go: one major release back is let through. */
function checkVersion(meta: BackupMeta, { cluster }: BrieJob): void {
  if (parseTidbVersion(meta.clusterVersion).major - cluster.version.major <= 1) return;
  throw new BrError(
    `backup with cluster version ${meta.clusterVersion} cannot be restored at cluster of version ${formatTidbVersion(cluster.version)}: major version mismatches`,
    'Common:ErrVersionMismatch',
  );
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

/** An incremental backup holds changes only: they make sense on top of its base and nothing else. */
function checkChain(meta: BackupMeta, { cluster }: BrieJob): void {
  if (cluster.restoredUpTo === meta.startVersion) return;
  const last =
    cluster.restoredUpTo === undefined
      ? 'no backup was restored'
      : `the last one restored ends at ${cluster.restoredUpTo}`;
  throw new BrError(
    `the incremental backup begins at TSO ${meta.startVersion}, but in this cluster ${last}`,
    'Restore:ErrRestoreInvalidBackup',
  );
}

function createSchemas(meta: BackupMeta, { scope, cluster: { storage } }: BrieJob): TableRestore[] {
  for (const name of meta.dropped.databases) {
    const isThere = storage.findDatabase(name, storage.currentTso()) !== undefined;
    if (isThere && includesDatabase(scope, name)) storage.dropDatabase(name);
  }
  for (const { database, name } of meta.dropped.tables) {
    const table = storage.findTable(database, name, storage.currentTso());
    if (table !== undefined && includesTable(scope, database, name)) storage.dropTable(table);
  }
  return meta.schemas
    .filter((schema) => isSchemaIncluded(scope, schema))
    .flatMap(({ database, table }): TableRestore[] => {
      if (storage.findDatabase(database, storage.currentTso()) === undefined) storage.createDatabase(database);
      if (table === undefined) return [];
      const existing = storage.findTable(database, table.name, storage.currentTso());
      const files = filesOfTable(table.id, meta.files);
      const target = createTable(storage, database, table, existing);
      storage.raiseNextRowId(target, table.nextRowId);
      return [{ table: target, files, replacesRows: existing !== undefined, backedUpId: table.id }];
    });
}

function createTable(
  storage: BrieJob['cluster']['storage'],
  database: string,
  { name, definition }: BackupTable,
  existing: TableInfo | undefined,
): TableInfo {
  if (existing === undefined) return storage.createTable(database, name, definition);
  const isSame = JSON.stringify(existing.definition) === JSON.stringify(definition);
  return isSame ? existing : storage.alterTable(existing, definition);
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
