import { finishedBackup, processingBackup } from '../../../domain/backup/backup-record.ts';
import type { BackupAttempts, BackupEnd } from '../../../domain/backup/backup-store.ts';
import type { Table } from '../dynamodb.ts';
import { all, any, type Change, copyOf, is, isMissing, isOneOf, unlessSet } from '../expressions.ts';
import { COPYING, COPYING_INDEX, FINISHED_INDEX, finishedOf, UNSETTLED } from '../tables.ts';
import { updateItem } from '../update-item.ts';
import { isCurrent, isFinished, isUnended } from './record-conditions.ts';

/** What the nodes of a backup write. */
export function createBackupAttempts(table: Table): BackupAttempts {
  const update = (backupId: string, change: Change) => updateItem(table, { backupId }, change);

  return {
    async startAttempt(backupId, at, executor) {
      // cancel, fail: Update (ended)
      // node:         ────────────── startAttempt      without the condition an ended backup writes files again
      const record = await update(backupId, {
        set: {
          status: 'Processing',
          startTime: unlessSet('startTime', at),
          progress: unlessSet('progress', 0),
          executor,
          updateTime: at,
        },
        add: { attempts: 1 },
        remove: ['statement', 'step'],
        condition: isUnended,
      });
      return record && processingBackup.parse(record);
    },

    async recordStatement(backupId, { attempt, statement, release, at }) {
      const { tidbVersion, newCollationEnabled } = release;
      const record = await update(backupId, {
        set: { tidbVersion, newCollationEnabled, statement, updateTime: at },
        remove: ['step'],
        condition: isCurrent(attempt),
      });
      return record && processingBackup.parse(record);
    },

    async recordProgress(backupId, { attempt, progress, step, at }) {
      const record = await update(backupId, {
        set: { progress, step, updateTime: at },
        remove: step === undefined ? ['step'] : [],
        condition: isCurrent(attempt),
      });
      return record && processingBackup.parse(record);
    },

    async finish(backupId, { attempt, backupTso, sizeBytes, origin, at, ...optional }) {
      const { fileCount, lockedUntil, metaVersion, checksums, awaitsCopy } = optional;
      // user: requestCancel (answered) ───────────
      // node: ──────────────────────── finish          a canceled backup is kept
      const isWanted = all(isCurrent(attempt), isMissing('cancelRequested'));
      // updateBackupRecord is repeated after a lost answer, and must find its own work done.
      const isDone = all(isFinished, is('finishedAttempt', attempt));
      const record = await update(backupId, {
        set: {
          status: 'Finished',
          [FINISHED_INDEX.partitionKey]: origin
            ? finishedOf(origin.clusterId, origin.tidbClusterId)
            : copyOf('clusterId'),
          finishedAttempt: attempt,
          backupTso,
          sizeBytes,
          tidbClusterId: origin?.tidbClusterId,
          ...{ fileCount, lockedUntil, metaVersion, checksums },
          ...(awaitsCopy && { [COPYING_INDEX.partitionKey]: COPYING, [COPYING_INDEX.sortKey]: at }),
          endTime: unlessSet('endTime', at),
          updateTime: unlessSet('endTime', at),
        },
        remove: ['statement', 'step', 'progress'],
        condition: any(isWanted, isDone),
      });
      return record && finishedBackup.parse(record);
    },

    async fail(backupId, end) {
      return (await update(backupId, ending('Failed', end))) !== undefined;
    },

    async cancel(backupId, end) {
      return (await update(backupId, ending('Canceled', end))) !== undefined;
    },

    async recordFiles(backupId, { filesRemain, at }) {
      // attempt 1: ─ cut off, still alive ─────────────── recordFiles
      // attempt 2: ──────────────────────── finish                   without the condition files of a good backup would go
      const record = await update(backupId, {
        set: { filesRemain, unsettled: UNSETTLED.filesRemain, updateTime: at },
        condition: isOneOf('status', 'Failed', 'Canceled'),
      });
      return record !== undefined;
    },

    async becomeFull(backupId, { attempt, because, at }) {
      const next = attempt + 1;
      // Its answer was lost, and the SDK sends it again.
      const isDone = all(isCurrent(next), is('backupType', 'full'));
      const record = await update(backupId, {
        set: { backupType: 'full', fullBecause: because, attempts: next, updateTime: at },
        remove: ['base', 'fallbackToFull'],
        // attempt 1: ─ cut off, still alive ─ becomeFull
        // attempt 2: ──── startAttempt ──────────────────── runs      without the condition both write into one path
        condition: any(isCurrent(attempt), isDone),
      });
      return record && processingBackup.parse(record);
    },
  };
}

/**
 * Ends a record without a backup.
 *
 *     updateBackupRecord: finish ── answer lost, and every retry of it
 *     fail:               ─────────────────────────────────────────── fail     a good backup is called failed, its files removed
 */
function ending(
  status: 'Failed' | 'Canceled',
  { error, filesRemain, lockedUntil, unlessStarted, at }: { error?: unknown } & BackupEnd,
): Change {
  const left = { filesRemain, lockedUntil, unsettled: filesRemain && UNSETTLED.filesRemain };
  const gone = Object.entries(left).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return {
    set: {
      status,
      endTime: unlessSet('endTime', at),
      updateTime: at,
      error: error && unlessSet('error', error),
      ...left,
    },
    remove: ['statement', 'step', 'progress', ...gone],
    // node:  ──────────── startAttempt, BACKUP
    // repair: get (waits) ──────────────────── fail      without `attempts` its statement and its files would be nobody's
    condition: all(isOneOf('status', 'Initializing', 'Processing', status), unlessStarted && is('attempts', 0)),
  };
}
