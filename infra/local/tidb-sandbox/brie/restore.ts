import type { Tso } from '../storage/tso.ts';
import { type BackupFile, type BackupMeta, type BackupSchema, checksumOfTable, filesOfTable } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { replayDdl } from './ddl-replay.ts';
import { openStorage } from './external-storage.ts';
import type { BrieJob, JobOutcome } from './job.ts';
import { readBackupIndex, readBackupMeta } from './read-meta.ts';
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
    // That the cluster holds the base of an incremental backup is not checked.
    if (meta.startVersion === 0n) checkNoTableExists(meta, job, restoreTs);
    const schemas = meta.schemas.filter((schema) => isSchemaIncluded(job.scope, schema));
    await replayDdl(meta.ddlJobs, restoredTables(schemas), job);
    const restores = createSchemas(meta, schemas, job);
    await restoreTables(job, data, restores);
    await verifyChecksums(meta, job, restores);
    restoreSystemTables(meta, job);
    return { size: sizeOf(restores.flatMap(({ files }) => files)), backupTs: meta.endVersion, restoreTs };
  } finally {
    storage.close();
    data.close();
  }
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
