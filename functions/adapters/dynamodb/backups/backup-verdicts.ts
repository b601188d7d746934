import type { BackupVerdicts } from '../../../domain/backup/backup-store.ts';
import type { Table } from '../dynamodb.ts';
import { all, any, type Change, copyOf, is, isMissing, isNot } from '../expressions.ts';
import { COPYING, COPYING_INDEX, FINISHED_INDEX, VERIFIED_INDEX } from '../tables.ts';
import { updateItem } from '../update-item.ts';
import { isFinished } from './record-conditions.ts';

/** There is no verdict of this drill yet. */
const hasNoVerdictOf = (workFlowId: string) => any(isMissing('evidence'), isNot('evidence.workFlowId', workFlowId));

/** What drills, restores and undeletes find of finished backups. */
export function createBackupVerdicts(table: Table): BackupVerdicts {
  const update = (backupId: string, change: Change) => updateItem(table, { backupId }, change);

  return {
    async recordDrill(backupId, { evidence, unlessRecorded = false, at, ...drill }) {
      const isVerified = drill.verdict === 'verified';
      const record = await update(backupId, {
        set: {
          evidence,
          updateTime: at,
          ...(isVerified && {
            verifiedAt: at,
            recoverySeconds: drill.recoverySeconds,
            [VERIFIED_INDEX.partitionKey]: copyOf(FINISHED_INDEX.partitionKey),
          }),
        },
        remove: ['lastFailure', ...(isVerified ? [] : ['verifiedAt', 'recoverySeconds', VERIFIED_INDEX.partitionKey])],
        // verifyRestore: recordDrill (what it found) ── DrillFailed, or the end dies
        // fail:          ──────────────────────────────────────────────────────── recordDrill      what was found is lost
        condition: all(isFinished, unlessRecorded && hasNoVerdictOf(evidence.workFlowId)),
      });
      return record !== undefined;
    },

    async recordDrillFailure(backupId, { failure, at }) {
      // verifyRestore: recordDrill (what it found) ── the end dies
      // fail:          ───────────────────────────────────────── recordDrillFailure      it would say that there was no verdict
      const record = await update(backupId, {
        set: { lastFailure: failure, updateTime: at },
        condition: all(isFinished, hasNoVerdictOf(failure.workFlowId)),
      });
      return record !== undefined;
    },

    async recordUndelete(backupId, { refutedBy, copying, copied, awaitsCopy, at }) {
      if (copying !== undefined) {
        const { lockedUntil, ...progress } = copying;
        await update(backupId, {
          set: { undeleting: progress, lockedUntil, updateTime: at },
          condition: isFinished,
        });
      }
      if (copied !== undefined || awaitsCopy) {
        const awaiting = awaitsCopy && { [COPYING_INDEX.partitionKey]: COPYING, [COPYING_INDEX.sortKey]: at };
        await update(backupId, {
          set: { ...copied, ...awaiting, updateTime: at },
          remove: [...(copied ? ['undeleting'] : []), ...(awaitsCopy ? ['copiedAt'] : [])],
          condition: isFinished,
        });
      }
      if (refutedBy === undefined) return;
      // restore:  recordDrill (files are missing) ─────────────
      // drill:    ───────────────────────────── recordDrill ───
      // undelete: ─────────────────────────────────────────── recordUndelete      without the condition the drill's verdict is lost
      await update(backupId, {
        set: { updateTime: at },
        remove: ['evidence'],
        condition: all(isFinished, is('evidence.workFlowId', refutedBy)),
      });
    },
  };
}
