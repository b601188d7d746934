import * as z from 'zod/mini';
import {
  attemptLocation,
  backupMode,
  backupType,
  decimal64,
  recordFailure,
} from '../../domain/backup/backup-record.ts';
import { backupScope } from '../../domain/backup/backup-scope.ts';
import { notedTables, verification } from '../../domain/backup/verification.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { copyOf, displayPath } from '../../domain/storage/storage-location.ts';
import { missedWindow } from '../../domain/strategy/strategy.ts';
import type { BackupEvidence } from '../../operations/backup/query-evidence.ts';
import { time } from './wire-format.ts';

const { evidence: drill, ...verdict } = verification;

/** What is recorded of a backup, for whoever audits it. A time that is not known is absent. */
export const backupEvidenceJson = z
  .object({
    backupId: identifier,
    clusterId: identifier,
    status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting']),
    backupType,
    backupMode,
    scope: described(z.optional(backupScope), 'What was backed up; absent: everything'),
    createTime: time,
    startTime: described(z.optional(time), 'When its first attempt began; absent: none has'),
    endTime: described(z.optional(time), 'When it ended; absent: it has not'),
    backupTso: described(
      z.optional(decimal64),
      "The snapshot that it holds, in TiDB's own time; absent of a backup that has not finished",
    ),
    chain: described(
      z.array(z.object({ backupId: identifier, backupTso: z.optional(decimal64) })),
      'All backups that a restore of it needs, each with its snapshot: the full one first, this one last',
    ),
    chainIncomplete: described(
      z.optional(z.string()),
      'Why `chain` does not begin with a full backup; absent: it does',
    ),
    sizeBytes: described(z.optional(decimal64), 'Absent of a backup that has not finished'),
    files: described(z.optional(z.number()), 'How many files it has; absent: it is not known'),
    location: described(z.string(), 'Where its files lie'),
    copyPath: described(z.optional(z.string()), 'Where the second copy lies, or will; absent: there is none'),
    copiedAt: described(
      z.optional(time),
      'When a listing of the second copy first had every file; absent: none has yet',
    ),
    lockedUntil: described(
      z.optional(time),
      'Until when nobody can delete its files (S3 Object Lock); absent: they are not locked, as far as is known',
    ),
    expireAt: described(
      z.optional(time),
      'Of a manual one: when retention removes it; absent: never. Of an automatic one that was imported: when a rule may, at the soonest',
    ),
    deletionReason: described(z.optional(z.string()), 'Why retention removes it; absent: it does not'),
    tidbVersion: described(z.optional(z.string()), 'The release of TiDB that took it; absent: it is not known'),
    tidbClusterId: described(z.optional(decimal64), "PD's id of that TiDB; absent: it is not known"),
    error: described(z.optional(recordFailure), 'Why it failed, or could not be deleted yet; absent: it did not'),
    checksums: described(
      z.optional(notedTables),
      'What was noted of its tables, for a drill to compare; absent: nothing was to be',
    ),
    ...verdict,
    drill: described(
      z.optional(drill),
      'The last drill that came to a verdict, and what it compared; absent: none has',
    ),
  })
  .register(z.globalRegistry, { id: 'BackupEvidence' });
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
