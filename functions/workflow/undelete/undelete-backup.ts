import * as z from 'zod/mini';
import { contentsOfBackupMeta } from '../../domain/backup/backup-meta.ts';
import { attemptLocation, type FinishedBackup, ownFolder } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { MANIFEST } from '../../domain/backup/manifest.ts';
import { NOTES_FOLDER } from '../../domain/backup/table-notes.ts';
import { isExplainedBy } from '../../domain/backup/verification.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import {
  BACKUP_META,
  type BackupFiles,
  isNeverDeletedByBr,
  isWrittenOnceByBr,
  type Rewind,
  type RewoundFiles,
} from '../../domain/storage/backup-files.ts';
import { below, copyOf, displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { MalformedMessage } from '../../domain/tidb/protobuf-fields.ts';
import { type EndOperationDeps, endRestore } from '../../domain/workflow/end-operation.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { STEPS } from '../../domain/workflow/steps.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { log } from '../../log.ts';
import { linksOf } from '../restore/look-before-restore.ts';
import { recordRefuted } from '../shared/record-verdict.ts';

/** The workflow's input, and what an earlier run has recovered. */
export const undeleteBackupInput = z.object({
  ...operationInput.shape,
  undelete: z.optional(z.object({ broughtBack: z.number(), runs: z.optional(z.number()) })),
});
type UndeleteBackupInput = z.infer<typeof undeleteBackupInput>;

export interface Undelete {
  /** False if its time was up, so that another run continues. */
  isDone: boolean;
  /** Number of files that had been deleted or overwritten. */
  broughtBack: number;
  /** How many runs had not time enough. */
  runs?: number;
  /** Number of files of the backup now. */
  files?: number;
  /** What became of its second copy; unset if it has none. */
  copy?: string;
}

/** So many of a quarter of an hour are a day. */
const MAX_RUNS = 100;

export interface UndeleteBackupDeps extends EndOperationDeps {
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>;
  backups: Pick<
    BackupStore,
    'get' | 'holdForRestore' | 'releaseFromRestore' | 'recordUndelete' | 'recordDrill' | 'lookForCopyAgain'
  >;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus' | 'recordSuccess'>;
  files: Pick<BackupFiles, 'keepsVersions' | 'rewind' | 'read' | 'isEmpty'>;
  clock: Pick<Clock, 'now'>;
  /** Aborts when this run must end; the next one continues. */
  timeIsUp: AbortSignal;
}

/**
 * Node `undeleteBackup`: takes the cluster and the backup whose files somebody deleted or overwrote, recovers them from
 * the versions that the bucket keeps, and proves that the backup is complete. A second run continues.
 * @throws NodeFailure ClusterBusy, BackupNotRestorable, ConfigInvalid, FilesLost, FolderNotOwned, OperationSuperseded
 */
export async function undeleteBackup(input: UndeleteBackupInput, deps: UndeleteBackupDeps): Promise<Undelete> {
  try {
    return await bringBack(input, deps);
  } catch (error) {
    // Here and not in the node `fail`, which may never run: repair then knows nothing of what was found.
    if (error instanceof NodeFailure) await recordRefuted(input, { Error: error.name, Cause: error.message }, deps);
    throw error;
  }
}

async function bringBack(input: UndeleteBackupInput, deps: UndeleteBackupDeps): Promise<Undelete> {
  const { backups, workflows, files, clock, timeIsUp } = deps;
  const { workFlowId, backupId, clusterId } = input;
  const workflow = { workFlowId, flowName: 'UndeleteBackup', bizId: clusterId } as const;
  const known = await workflows.get(workFlowId);
  let broughtBack = input.undelete?.broughtBack ?? 0;
  const runs = input.undelete?.runs ?? 0;
  if (known?.succeededAt !== undefined) {
    await endRestore(input, 'UndeleteBackup', deps);
    return { isDone: true, broughtBack };
  }
  if (!(await workflows.setStatus(workflow, 'Processing', timestamp(clock), known?.step))) {
    throw new NodeFailure('OperationSuperseded', 'the workflow was rolled back, or has ended');
  }
  if (runs >= MAX_RUNS) throw new Error(`${runs} runs were not enough to bring back the files`);
  const record = await held(input, deps);
  await takeCluster(input, deps);
  const location = attemptLocation(record, record.finishedAttempt);
  if (ownFolder(record) === undefined) {
    throw new NodeFailure('FolderNotOwned', `${displayPath(record.location)} is not this backup's own folder`);
  }
  if (!(await files.keepsVersions(location))) {
    throw new NodeFailure(
      'ConfigInvalid',
      `${displayPath(location)} is in a store that keeps no versions, so deleted files are lost; enable versioning to recover later deletions`,
    );
  }
  // Whether damage explains a verdict has to be known after a death, too.
  let isExplained = known?.step === STEPS.bringingBackBlamed;
  let step = known?.step;
  const onChange = async (count: number, since: number) => {
    broughtBack += count;
    isExplained ||= isExplainedBy(since, record.evidence);
    const next = isExplained ? STEPS.bringingBackBlamed : STEPS.bringingBack;
    if (next !== step) await workflows.setStatus(workflow, 'Processing', timestamp(clock), next);
    step = next;
  };
  const rewind = { newest: [MANIFEST], signal: timeIsUp, onChange };
  let copy: string | undefined;
  let rewound: RewoundFiles;
  try {
    rewound = await files.rewind(location, {
      ...{ ...rewind, ...stateWanted(record), copying: record.undeleting },
      onCopied: (copying) => backups.recordUndelete(backupId, { copying, at: timestamp(clock) }),
    });
    await recordCopies(backupId, rewound, deps);
    // Table checksums are written after the backup's end, and only by the service.
    await files.rewind(below(record.location, NOTES_FOLDER), { ...rewind, asOf: Number.POSITIVE_INFINITY });
    copy = await rewindCopy(record, rewound, deps);
  } catch (error) {
    if (timeIsUp.aborted) return { isDone: false, broughtBack, runs: runs + 1 };
    throw error;
  }
  await assertWhole(record, rewound, location, files);
  const refutedBy = isExplained ? record.evidence?.workFlowId : undefined;
  const awaitsCopy = copy !== undefined && step !== undefined;
  await backups.recordUndelete(backupId, { refutedBy, awaitsCopy, at: timestamp(clock) });
  await workflows.recordSuccess(workFlowId, timestamp(clock));
  await endRestore(input, 'UndeleteBackup', deps);
  return { isDone: true, broughtBack, files: rewound.files, ...(copy && { copy }) };
}

/** Also where files turn out to be lost: copies that are not known as such would count as damage the next time. */
async function recordCopies(
  backupId: string,
  { copied }: RewoundFiles,
  { backups, clock }: Pick<UndeleteBackupDeps, 'backups' | 'clock'>,
): Promise<void> {
  if (copied === undefined) return;
  const { asOf, pinned: metaVersion, lockedUntil } = copied;
  const filesAsOf = new Date(asOf).toISOString();
  await backups.recordUndelete(backupId, { copied: { filesAsOf, metaVersion, lockedUntil }, at: timestamp(clock) });
}

/**
 * S3 replicates what somebody has written over the files, and no deletion of a version: the copy is taken back where that is allowed.
 * What was copied on top is replicated.
 * @returns what became of the copy; `undefined` if there is none
 */
async function rewindCopy(
  record: FinishedBackup,
  { copied }: RewoundFiles,
  { files, timeIsUp }: Pick<UndeleteBackupDeps, 'files' | 'timeIsUp'>,
): Promise<string | undefined> {
  const copy = copyOf(attemptLocation(record, record.finishedAttempt));
  if (copy === undefined) return undefined;
  if (copied !== undefined) return 'S3 replicates what was brought back';
  try {
    await files.rewind(copy, { newest: [MANIFEST], signal: timeIsUp, ...stateWanted(record) });
    return 'taken back';
  } catch (error) {
    if (timeIsUp.aborted) throw error;
    log.warn({ message: 'the second copy of a backup could not be taken back', backupId: record.backupId, error });
    return `not taken back (${error instanceof Error ? error.name : 'unknown'}): it may hold what was written over the files`;
  }
}

/** The time at which all files of a backup were in the wanted state. */
function stateWanted(record: FinishedBackup): Omit<Rewind, 'newest' | 'signal' | 'onChange'> {
  const { filesAsOf, imported, endTime, metaVersion } = record;
  const pinned = metaVersion && { pinned: { [BACKUP_META]: metaVersion } };
  // Copies have the store's own time; after that, markers hide files that never belonged to the backup.
  if (filesAsOf !== undefined) return { asOf: Date.parse(filesAsOf), ...pinned };
  const known = { isNeverDeleted: isNeverDeletedByBr, isWrittenOnce: isWrittenOnceByBr, ...pinned };
  // `backupmeta` has no time but its snapshot, which is before all files; the import found them complete.
  if (imported?.withoutManifest) return { asOf: Date.parse(imported.time), ...known };
  return { asOf: Date.parse(endTime), writtenLast: BACKUP_META, ...known };
}

/** Nobody can delete it until this workflow has ended. */
async function held(
  { backupId, workFlowId }: UndeleteBackupInput,
  { backups }: Pick<UndeleteBackupDeps, 'backups'>,
): Promise<FinishedBackup> {
  const record = await backups.holdForRestore(backupId, workFlowId);
  if (record !== undefined) return record;
  const status = (await backups.get(backupId))?.status ?? 'gone';
  throw new NodeFailure('OperationSuperseded', `the backup is ${status}, but must be Finished`);
}

/** A cluster that is no longer registered has no operation that could conflict. */
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
    throw new NodeFailure('FilesLost', `the metadata cannot be recovered: ${error.message}`, { cause: error });
  }
}

/** @throws NodeFailure FilesLost, BackupNotRestorable */
async function assertWhole(
  record: FinishedBackup,
  { files: count, dataBytes, lost = [] }: RewoundFiles,
  location: StorageLocation,
  files: Pick<BackupFiles, 'read' | 'isEmpty'>,
): Promise<void> {
  const { fileCount, sizeBytes, endTime } = record;
  const because = `the bucket keeps no version of them from before the end of the backup (${endTime})`;
  if (fileCount !== undefined && count < fileCount) {
    throw new NodeFailure('FilesLost', `${fileCount - count} of ${fileCount} files cannot be recovered: ${because}`);
  }
  if (dataBytes < BigInt(sizeBytes)) {
    const missing = `files with ${BigInt(sizeBytes) - dataBytes} of ${sizeBytes} bytes of data`;
    throw new NodeFailure('FilesLost', `${missing} cannot be recovered: ${because}`);
  }
  if (lost.length > 0) {
    throw new NodeFailure(
      'FilesLost',
      `${lost.join(', ')} cannot be recovered: the bucket no longer keeps the version that the backup wrote`,
    );
  }
  await linksOf([record], files);
  // Metadata may stand in several files, which are told by their names and times alone.
  await assertMetadataWhole(location, files);
}
