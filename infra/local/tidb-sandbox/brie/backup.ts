import type { TableInfo } from '../storage/schema.ts';
import type { Tso } from '../storage/tso.ts';
import { formatTidbVersion } from '../tidb-version.ts';
import {
  type BackupFile,
  type BackupMeta,
  type BackupSchema,
  checksumOfTable,
  encodeBackupMeta,
} from './backup-meta.ts';
import { BackupTarget } from './backup-target.ts';
import { BrError } from './brie-error.ts';
import type { Progress } from './checkpoint.ts';
import type { BrieJob, JobOutcome } from './job.ts';
import { equalChecksums } from './row-checksum.ts';
import { selectSchemas } from './scope.ts';
import { formatNewCollation } from './session.ts';
import { checkBase, checkGcSafePoint, chooseSnapshot } from './snapshot.ts';
import { backUpTables, type TablePlan } from './table-backup.ts';
import { checksumTable } from './table-scan.ts';
import { nameInBackup } from './temporary-names.ts';

/** Runs a BACKUP (RunBackup in br/pkg/task/backup.go). `lockId` is unique in the cluster. */
export async function runBackup(job: BrieJob, lockId: string): Promise<JobOutcome> {
  const target = new BackupTarget(job, lockId);
  try {
    const resumed = await target.claim();
    const backupTs = snapshotOf(job, resumed);
    if (job.options.lastBackup !== undefined) checkBase(job.options.lastBackup, backupTs, job.cluster.storage);
    const releaseSafePoint = job.cluster.storage.holdSafePoint((job.options.lastBackup ?? backupTs) - 1n);
    try {
      return await backUp(job, target, backupTs, resumed);
    } catch (error) {
      await target.abandon();
      throw error;
    } finally {
      releaseSafePoint();
    }
  } finally {
    target.close();
  }
}

/** A resumed backup keeps its old snapshot, unless GC has removed it. */
function snapshotOf({ options, cluster }: BrieJob, resumed: Progress | undefined): Tso {
  if (resumed === undefined) return chooseSnapshot(options.snapshot, cluster.storage, cluster.clock());
  checkGcSafePoint(cluster.storage, resumed.backupTs);
  return resumed.backupTs;
}

async function backUp(
  job: BrieJob,
  target: BackupTarget,
  backupTs: Tso,
  resumed: Progress | undefined,
): Promise<JobOutcome> {
  const { lastBackup } = job.options;
  const plans = planTables(job, backupTs);
  const schemas = schemasOf(job, backupTs);
  const ddlJobs = lastBackup === undefined ? [] : job.cluster.storage.ddlHistory.between(lastBackup, backupTs);
  const nothing = schemas.length === 0;
  const files = nothing ? [] : await writeFiles(job, target, plans, backupTs, resumed);
  if (!nothing) await verifyChecksums(job, schemas, plans, files, backupTs);
  const meta: BackupMeta = {
    clusterId: job.cluster.id,
    clusterVersion: formatTidbVersion(job.cluster.version),
    startVersion: lastBackup ?? 0n,
    endVersion: backupTs,
    files,
    schemas,
    ddlJobs: nothing ? [] : ddlJobs,
    newCollation: formatNewCollation(job.cluster),
  };
  for (const { name, content } of encodeBackupMeta(meta)) await target.meta.write(name, content);
  await target.checkpoint.remove();
  return { size: files.reduce((sum, file) => sum + file.size, 0n), backupTs };
}

async function writeFiles(
  job: BrieJob,
  target: BackupTarget,
  plans: readonly TablePlan[],
  backupTs: Tso,
  resumed: Progress | undefined,
): Promise<BackupFile[]> {
  await (resumed === undefined ? target.checkpoint.begin(backupTs) : target.checkpoint.lock());
  target.holdLock();
  return backUpTables(job, target, plans, resumed?.tables ?? new Map());
}

/** Changes since the base in every table. Rows that RESTORE wrote carry the timestamps of their backup. */
function planTables({ scope, cluster, options }: BrieJob, backupTs: Tso): TablePlan[] {
  const { lastBackup: since } = options;
  const range = { at: backupTs, ...(since !== undefined && { since }) };
  return tablesOf(selectSchemas(scope, cluster.storage, backupTs)).map((table) => ({ table, range }));
}

/** Empty databases appear only if the backup also has a table: without a key to copy, BR omits the schemas. */
function schemasOf({ scope, cluster }: BrieJob, backupTs: Tso): BackupSchema[] {
  const selected = selectSchemas(scope, cluster.storage, backupTs);
  if (tablesOf(selected).length === 0) return [];
  return selected.flatMap(({ database, tables }): BackupSchema[] => {
    const name = nameInBackup(database);
    if (tables.length === 0) return [{ database: name }];
    return tables.map((table): BackupSchema => {
      // A cached table is backed up like any other.
      const { cached: _, ...definition } = table.definition;
      const nextRowId = cluster.storage.nextRowId(table);
      return { database: name, table: { id: table.id, name: table.name, definition, nextRowId } };
    });
  });
}

function tablesOf(databases: readonly { readonly tables: readonly TableInfo[] }[]): TableInfo[] {
  return databases.flatMap(({ tables }) => tables);
}

/** With CHECKSUM, reads every table again and compares it with its files; an incremental backup has nothing to compare with. */
async function verifyChecksums(
  { cluster, options, progress, signal }: BrieJob,
  schemas: readonly BackupSchema[],
  plans: readonly TablePlan[],
  files: readonly BackupFile[],
  backupTs: Tso,
): Promise<void> {
  progress.start('Checksum', schemas.length);
  const isVerified = options.checksum && options.lastBackup === undefined;
  for (const { table } of isVerified ? plans : []) {
    const expected = await checksumTable(cluster.storage, table, backupTs, signal);
    if (!equalChecksums(expected, checksumOfTable(table.id, files))) {
      throw new BrError(`${table.database}.${table.name}`, 'Backup:ErrBackupChecksumMismatch');
    }
    progress.advance(1);
  }
  progress.advance(isVerified ? schemas.length - plans.length : schemas.length);
}
