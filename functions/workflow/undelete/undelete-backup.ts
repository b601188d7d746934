import * as z from 'zod/mini';
import { contentsOfBackupMeta } from '../../domain/backup/backup-meta.ts';
import { attemptLocation, type FinishedBackup, ownFolder } from '../../domain/backup/backup-record.ts';
import { MANIFEST } from '../../domain/backup/manifest.ts';
import { NOTES_FOLDER } from '../../domain/backup/table-notes.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { BackupStore, ClusterStore, WorkflowStore } from '../../domain/shared/stores.ts';
import {
  BACKUP_META,
  type BackupFiles,
  isNeverDeletedByBr,
  type Rewind,
  type RewoundFiles,
} from '../../domain/storage/backup-files.ts';
import { below, displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { MalformedMessage } from '../../domain/tidb/protobuf-fields.ts';
import { type EndOperationDeps, endRestore } from '../../domain/workflow/end-operation.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { STEPS } from '../../domain/workflow/steps.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { linksOf } from '../restore/look-before-restore.ts';

/** The workflow's input, and what an earlier run has brought back. */
export const undeleteBackupInput = z.object({
  ...operationInput.shape,
  undelete: z.optional(z.object({ broughtBack: z.number() })),
});
type UndeleteBackupInput = z.infer<typeof undeleteBackupInput>;

export interface Undelete {
  /** If not, its time was over, and another run goes on. */
  isDone: boolean;
  /** How many files were not as the backup had written them. */
  broughtBack: number;
  /** How many files the backup has now. */
  files?: number;
}

export interface UndeleteBackupDeps extends EndOperationDeps {
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>;
  backups: Pick<BackupStore, 'get' | 'holdForRestore' | 'releaseFromRestore' | 'recordUndelete'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus' | 'recordSuccess'>;
  files: Pick<BackupFiles, 'keepsVersions' | 'rewind' | 'read' | 'isEmpty'>;
  clock: Pick<Clock, 'now'>;
  /** Aborts when this run has to end; the next one goes on. */
  timeIsUp: AbortSignal;
}

/**
 * Node `undeleteBackup`: takes the cluster and the backup, whose files somebody has deleted or overwritten; brings them back from the
 * versions that the bucket keeps, and proves that the backup is whole. Doing it again goes on.
 * @throws NodeFailure ClusterBusy, BackupNotRestorable, ConfigInvalid, FilesLost, FolderNotOwned, OperationSuperseded
 */
export async function undeleteBackup(input: UndeleteBackupInput, deps: UndeleteBackupDeps): Promise<Undelete> {
  const { backups, workflows, files, clock, timeIsUp } = deps;
  const { workFlowId, backupId, clusterId } = input;
  const workflow = { workFlowId, flowName: 'UndeleteBackup', bizId: clusterId } as const;
  const known = await workflows.get(workFlowId);
  let broughtBack = input.undelete?.broughtBack ?? 0;
  if (known?.succeededAt !== undefined) {
    await endRestore(input, 'UndeleteBackup', deps);
    return { isDone: true, broughtBack };
  }
  if (!(await workflows.setStatus(workflow, 'Processing', timestamp(clock), known?.step))) {
    throw new NodeFailure('OperationSuperseded', 'the workflow was taken back, or has ended');
  }
  const record = await held(input, deps);
  await takeCluster(input, deps);
  const location = attemptLocation(record, record.finishedAttempt);
  if (ownFolder(record) === undefined) {
    throw new NodeFailure('FolderNotOwned', `${displayPath(record.location)} is not the folder of this backup alone`);
  }
  if (!(await files.keepsVersions(location))) {
    throw new NodeFailure(
      'ConfigInvalid',
      `${displayPath(location)} is in a store that keeps no versions, so that what was deleted is gone; switch versioning on to be able to bring back what is deleted from now on`,
    );
  }
  // Whether anything was wrong with the files is what lifts a verdict: it has to be known after a death, too.
  let wasDamaged = known?.step === STEPS.bringingBack;
  const onChange = async (count: number) => {
    broughtBack += count;
    if (!wasDamaged) await workflows.setStatus(workflow, 'Processing', timestamp(clock), STEPS.bringingBack);
    wasDamaged = true;
  };
  const rewind = { newest: [MANIFEST], signal: timeIsUp, onChange };
  let rewound: RewoundFiles;
  try {
    rewound = await files.rewind(location, { ...rewind, ...stateWanted(record) });
    // What its tables hold is noted after its end, by nobody but the service.
    await files.rewind(below(record.location, NOTES_FOLDER), { ...rewind, asOf: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (timeIsUp.aborted) return { isDone: false, broughtBack };
    throw error;
  }
  assertWhole(record, rewound);
  await linksOf([record], files);
  // Nobody has counted the files: those that have no data are told by the metadata.
  if (record.fileCount === undefined) await assertMetadataWhole(location, files);
  const { evidence } = record;
  await backups.recordUndelete(backupId, {
    refutedBy: wasDamaged && evidence?.result === 'failed' ? evidence.workFlowId : undefined,
    filesAsOf: rewound.lastCopied === undefined ? undefined : new Date(rewound.lastCopied).toISOString(),
    at: timestamp(clock),
  });
  await workflows.recordSuccess(workFlowId, timestamp(clock));
  await endRestore(input, 'UndeleteBackup', deps);
  return { isDone: true, broughtBack, files: rewound.files };
}

/** When all files of a backup were as they are to be. */
function stateWanted({
  filesAsOf,
  imported,
  endTime,
}: FinishedBackup): Pick<Rewind, 'asOf' | 'writtenLast' | 'isNeverDeleted'> {
  // Copies were told by the store's own clock; from then on, markers hide what was never a file of the backup.
  if (filesAsOf !== undefined) return { asOf: Date.parse(filesAsOf) };
  // Of its times, `backupmeta` tells that of its snapshot alone, which is before all files; the import found them whole.
  if (imported?.withoutManifest) return { asOf: Date.parse(imported.time), isNeverDeleted: isNeverDeletedByBr };
  return { asOf: Date.parse(endTime), writtenLast: BACKUP_META, isNeverDeleted: isNeverDeletedByBr };
}

/** Nobody can delete it until this workflow has ended. */
async function held(
  { backupId, workFlowId }: UndeleteBackupInput,
  { backups }: Pick<UndeleteBackupDeps, 'backups'>,
): Promise<FinishedBackup> {
  const record = await backups.holdForRestore(backupId, workFlowId);
  if (record !== undefined) return record;
  const status = (await backups.get(backupId))?.status ?? 'gone';
  throw new NodeFailure('OperationSuperseded', `the backup is ${status}, it would have to be Finished`);
}

/** A cluster that is no longer registered has no operation that this one could meet. */
async function takeCluster(
  { clusterId, workFlowId, maintenanceStatusChange }: UndeleteBackupInput,
  { clusters, clock }: Pick<UndeleteBackupDeps, 'clusters' | 'clock'>,
): Promise<void> {
  if (!maintenanceStatusChange) return;
  const lock = await clusters.lock(clusterId, {
    ...{ status: 'Restore', operationId: workFlowId, since: timestamp(clock) },
  });
  if (lock.outcome !== 'held') return;
  const holder = lock.maintenance?.status ?? 'an operation that has just ended';
  throw new NodeFailure('ClusterBusy', `the cluster is held by ${holder}`);
}

/** @throws NodeFailure FilesLost */
async function assertMetadataWhole(location: StorageLocation, files: Pick<BackupFiles, 'read'>): Promise<void> {
  try {
    await contentsOfBackupMeta((name) => files.read(location, name));
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new NodeFailure('FilesLost', `the metadata cannot be brought back: ${error.message}`, { cause: error });
  }
}

/** @throws NodeFailure FilesLost */
function assertWhole({ fileCount, sizeBytes, endTime }: FinishedBackup, { files, dataBytes }: RewoundFiles): void {
  const because = `the bucket keeps no version of them from before the end of the backup (${endTime})`;
  if (fileCount !== undefined && files < fileCount) {
    const lost = fileCount - files;
    throw new NodeFailure('FilesLost', `${lost} of ${fileCount} files cannot be brought back: ${because}`);
  }
  if (dataBytes < BigInt(sizeBytes)) {
    const lost = `files with ${BigInt(sizeBytes) - dataBytes} of ${sizeBytes} bytes of data`;
    throw new NodeFailure('FilesLost', `${lost} cannot be brought back: ${because}`);
  }
}
