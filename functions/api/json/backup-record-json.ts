import * as z from 'zod/mini';
import {
  attemptLocation,
  type BackupRecord,
  backupMode,
  backupType,
  decimal64,
  type FinishedBackup,
  type ProcessingBackup,
  type RecordFailure,
} from '../../domain/backup/backup-record.ts';
import { backupScope } from '../../domain/backup/backup-scope.ts';
import { checksumSummary, verification } from '../../domain/backup/verification.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { object } from '../../domain/shared/object.ts';
import { copyOf, displayPath } from '../../domain/storage/storage-location.ts';
import { executor } from '../../domain/workflow/executor.ts';
import { STEPS } from '../../domain/workflow/steps.ts';
import { time, ZERO_TIME } from './wire-format.ts';

/** TiEM's `BackupRecord`, with our fields after `deleteTime`. */
export const backupRecordJson = object(() => ({
  id: identifier,
  clusterId: identifier,
  backupType,
  backupMethod: z.literal('physical'),
  backupMode,
  filePath: z.string(),
  /** MiB */
  size: z.number(),
  backupTso: decimal64,
  status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting']),
  startTime: time,
  endTime: time,
  createTime: time,
  updateTime: time,
  deleteTime: time,
  sizeBytes: decimal64,
  progress: described(
    z.optional(z.number()),
    'Percent; omitted where it is meaningless, for example for a failed backup',
  ),
  step: described(z.optional(z.string()), 'What a Processing backup is doing, in words for people'),
  error: described(
    z.optional(z.object({ code: z.number(), message: z.string() })),
    'Why it failed, or could not be deleted yet',
  ),
  workFlowId: identifier,
  storageType: z.enum(['s3', 'nfs']),
  /** Where it runs, or last ran. */
  executor,
  tidbVersion: described(z.optional(z.string()), 'The TiDB release that took it, such as `v8.5.0`; omitted if unknown'),
  tidbClusterId: described(
    z.optional(decimal64),
    "PD's cluster id of the TiDB that it was taken from; omitted until it is finished, or if unknown",
  ),
  newCollationEnabled: described(
    z.optional(z.boolean()),
    "The cluster's setting, which a restore target must share; omitted if unknown",
  ),
  scope: described(z.optional(backupScope), 'What was backed up; omitted for the whole cluster'),
  baseBackupId: described(
    z.optional(identifier),
    'For an incremental backup: its base, without which it cannot be restored',
  ),
  fullBecause: described(
    z.optional(z.string()),
    'For a full backup that was requested as incremental: why it fell back to full',
  ),
  files: described(
    z.optional(z.number()),
    'Number of files; omitted until it is finished, or if they could not be counted',
  ),
  deletionReason: described(z.optional(z.string()), 'Why retention removes it; omitted if it does not'),
  lockedUntil: described(
    z.optional(time),
    'Until when nobody can delete its files (S3 Object Lock); omitted if no lock is known',
  ),
  expireAt: described(
    z.optional(time),
    'For a manual backup: when retention removes it; omitted if never. For an imported automatic one: when a rule may remove it at the earliest',
  ),
  imported: described(
    z.optional(
      z.object({
        time,
        workFlowId: identifier,
        withoutManifest: described(
          z.optional(z.boolean()),
          'Whether `backupmeta` alone told of it: what it was asked to hold is not known',
        ),
      }),
    ),
    'When and by which workflow its record was written again from its files; omitted if it was never lost',
  ),
  checksums: described(
    z.optional(checksumSummary),
    'Its table checksums, which drills compare; omitted if none were requested',
  ),
  copyPath: described(
    z.optional(z.string()),
    'Where S3 replicates its files, in another region or account; omitted if it does not',
  ),
  copiedAt: described(
    z.optional(time),
    'When the copy was found complete, so that it can be restored with `"source": "copy"`; omitted until then',
  ),
  ...verification(),
})).register(z.globalRegistry, { id: 'BackupRecord' });
type BackupRecordJson = z.infer<typeof backupRecordJson>;

const BYTES_PER_MIB = 1024 * 1024;

export function toBackupRecordJson(record: BackupRecord): BackupRecordJson {
  const { sizeBytes, backupTso } = record.status === 'Finished' ? record : { sizeBytes: '0', backupTso: '0' };
  const location = record.status === 'Finished' ? attemptLocation(record, record.finishedAttempt) : record.location;
  const copy = copyOf(location);
  const progress = progressOf(record);
  const error = errorOf(record);
  return {
    id: record.backupId,
    clusterId: record.clusterId,
    backupType: record.backupType,
    backupMethod: record.backupMethod,
    backupMode: record.backupMode,
    filePath: displayPath(location),
    size: Number(sizeBytes) / BYTES_PER_MIB,
    backupTso,
    status: record.status,
    startTime: ('startTime' in record && record.startTime) || ZERO_TIME,
    endTime: 'endTime' in record ? record.endTime : ZERO_TIME,
    createTime: record.createTime,
    updateTime: record.updateTime,
    deleteTime: record.status === 'Deleting' ? record.deleteTime : ZERO_TIME,
    sizeBytes,
    ...(progress !== undefined && { progress }),
    ...(record.status === 'Processing' && { step: stepOf(record) }),
    ...(error !== undefined && { error }),
    workFlowId: record.workFlowId,
    storageType: record.location.type,
    executor: record.executor,
    ...(record.tidbVersion !== undefined && { tidbVersion: record.tidbVersion }),
    ...('tidbClusterId' in record && { tidbClusterId: record.tidbClusterId }),
    ...(record.newCollationEnabled !== undefined && { newCollationEnabled: record.newCollationEnabled }),
    ...(record.scope && { scope: record.scope }),
    ...(record.base && { baseBackupId: record.base.backupId }),
    ...(record.fullBecause !== undefined && { fullBecause: record.fullBecause }),
    ...('fileCount' in record && { files: record.fileCount }),
    ...('deletionReason' in record && { deletionReason: record.deletionReason }),
    ...('lockedUntil' in record && { lockedUntil: record.lockedUntil }),
    ...(record.expireAt !== undefined && { expireAt: record.expireAt }),
    ...(record.imported && { imported: importedJson(record.imported) }),
    ...(copy && { copyPath: displayPath(copy) }),
    ...('copiedAt' in record && { copiedAt: record.copiedAt }),
    ...(record.status === 'Finished' && verificationOf(record)),
  };
}

function importedJson({ time: at, workFlowId, withoutManifest }: NonNullable<BackupRecord['imported']>) {
  return { time: at, workFlowId, ...(withoutManifest && { withoutManifest }) };
}

function verificationOf({ checksums, verifiedAt, recoverySeconds, evidence, lastFailure }: FinishedBackup) {
  return {
    ...(checksums && { checksums }),
    ...(verifiedAt !== undefined && { verifiedAt, recoverySeconds }),
    ...(evidence && { evidence }),
    ...(lastFailure && { lastFailure }),
  };
}

function progressOf(record: BackupRecord): number | undefined {
  switch (record.status) {
    case 'Initializing':
      return 0;
    case 'Processing':
      return record.progress;
    case 'Finished':
      return 100;
    case 'Failed':
    case 'Canceled':
    case 'Deleting':
      return undefined;
    default:
      return assertNever(record);
  }
}

function stepOf({ statement, step }: ProcessingBackup): string {
  return step ?? (statement === undefined ? STEPS.looking : STEPS.backingUp);
}

function errorOf(record: BackupRecord): RecordFailure | undefined {
  if (record.status === 'Failed') return { ...record.error, message: failureMessage(record) };
  return record.status === 'Deleting' ? record.deletionError : undefined;
}

/** Remaining files are part of the failure: somebody has to remove them. */
function failureMessage({ error, filesRemain }: Extract<BackupRecord, { status: 'Failed' }>): string {
  return filesRemain === undefined ? error.message : `${error.message}; its files may remain: ${filesRemain}`;
}
