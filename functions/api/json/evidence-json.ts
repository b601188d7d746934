import * as z from 'zod/mini';
import {
  attemptLocation,
  backupMode,
  backupType,
  decimal64,
  recordFailure,
} from '../../domain/backup/backup-record.ts';
import { backupScope } from '../../domain/backup/backup-scope.ts';
import { checksumSummary, verification } from '../../domain/backup/verification.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { lazily, object } from '../../domain/shared/object.ts';
import { copyOf, displayPath } from '../../domain/storage/storage-location.ts';
import { missedWindow } from '../../domain/strategy/strategy.ts';
import type { BackupEvidence } from '../../operations/backup/query-evidence.ts';
import { time } from './wire-format.ts';

/** Its evidence is called what it is: a drill. */
const verdict = lazily(() => {
  const { evidence: drill, ...verdict } = verification();
  return {
    ...verdict,
    drill: described(
      z.optional(drill),
      'The last drill that reached a verdict, and what it compared; omitted if none has',
    ),
  };
});

/** The evidence for one backup, for auditors. Unknown times are omitted. */
export const backupEvidenceJson = object(() => ({
  backupId: identifier,
  clusterId: identifier,
  status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting']),
  backupType,
  backupMode,
  scope: described(z.optional(backupScope), 'What was backed up; omitted for the whole cluster'),
  createTime: time,
  startTime: described(z.optional(time), 'When its first attempt began; omitted if none has'),
  endTime: described(z.optional(time), 'When it ended; omitted if it has not'),
  backupTso: described(
    z.optional(decimal64),
    "Its snapshot, in TiDB's own time; omitted if the backup has not finished",
  ),
  chain: described(
    z.array(z.object({ backupId: identifier, backupTso: z.optional(decimal64) })),
    'All backups that a restore needs, each with its snapshot, from the full one to this one',
  ),
  chainIncomplete: described(
    z.optional(z.string()),
    'Why `chain` does not start with a full backup; omitted if it does',
  ),
  sizeBytes: described(z.optional(decimal64), 'Omitted if the backup has not finished'),
  files: described(z.optional(z.number()), 'Number of files; omitted if unknown'),
  location: described(z.string(), 'Where its files are'),
  copyPath: described(z.optional(z.string()), 'Where the second copy is, or will be; omitted if there is none'),
  copiedAt: described(
    z.optional(time),
    'When a listing of the second copy first had every file; omitted if none has yet',
  ),
  lockedUntil: described(
    z.optional(time),
    'Until when nobody can delete its files (S3 Object Lock); omitted if no lock is known',
  ),
  expireAt: described(
    z.optional(time),
    'For a manual backup: when retention removes it; omitted if never. For an imported automatic one: when a rule may remove it at the earliest',
  ),
  deletionReason: described(z.optional(z.string()), 'Why retention removes it; omitted if it does not'),
  tidbVersion: described(z.optional(z.string()), 'The TiDB release that took it; omitted if unknown'),
  tidbClusterId: described(z.optional(decimal64), "PD's cluster id of that TiDB; omitted if unknown"),
  error: described(z.optional(recordFailure), 'Why it failed, or could not be deleted yet; omitted if it did not'),
  checksums: described(
    z.optional(checksumSummary),
    'Its table checksums, which drills compare; omitted if none were requested',
  ),
  ...verdict(),
})).register(z.globalRegistry, { id: 'BackupEvidence' });
export type BackupEvidenceJson = z.infer<typeof backupEvidenceJson>;

export const missedWindowJson = z
  .object(missedWindow.shape)
  .register(z.globalRegistry, { id: 'MissedWindow', description: 'A window in which no backup was started, and why' });
export type MissedWindowJson = z.infer<typeof missedWindowJson>;

export function toBackupEvidenceJson({ record, chain, chainIncomplete }: BackupEvidence): BackupEvidenceJson {
  const { backupId, clusterId, status, backupType, backupMode, scope, createTime, expireAt, tidbVersion } = record;
  const location = status === 'Finished' ? attemptLocation(record, record.finishedAttempt) : record.location;
  const copy = copyOf(location);
  return {
    ...{ backupId, clusterId, status, backupType, backupMode },
    ...(scope && { scope }),
    createTime,
    ...('startTime' in record && record.startTime !== undefined && { startTime: record.startTime }),
    ...('endTime' in record && { endTime: record.endTime }),
    ...(status === 'Finished' && { backupTso: record.backupTso }),
    chain: [...chain],
    ...(chainIncomplete !== undefined && { chainIncomplete }),
    ...(status === 'Finished' && { sizeBytes: record.sizeBytes, files: record.fileCount }),
    location: displayPath(location),
    ...(copy && { copyPath: displayPath(copy) }),
    ...('copiedAt' in record && { copiedAt: record.copiedAt }),
    ...('lockedUntil' in record && { lockedUntil: record.lockedUntil }),
    ...(expireAt !== undefined && { expireAt }),
    ...('deletionReason' in record && { deletionReason: record.deletionReason }),
    ...(tidbVersion !== undefined && { tidbVersion }),
    ...('tidbClusterId' in record && { tidbClusterId: record.tidbClusterId }),
    ...(status === 'Failed' && { error: record.error }),
    ...(status === 'Deleting' && { error: record.deletionError }),
    ...(status === 'Finished' && {
      checksums: record.checksums,
      verifiedAt: record.verifiedAt,
      recoverySeconds: record.recoverySeconds,
      lastFailure: record.lastFailure,
      drill: record.evidence,
    }),
  };
}
