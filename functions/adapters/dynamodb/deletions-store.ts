import { deletingBackup } from '../../domain/backup/backup-record.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import type { Table } from './dynamodb.ts';
import { all, any, type Change, is, isMissing, isOneOf, unlessSet } from './expressions.ts';
import { matchingIds } from './list-items.ts';
import { COPYING_INDEX, EXPIRING_INDEX, FINISHED_INDEX, TABLES, UNSETTLED, VERIFIED_INDEX } from './tables.ts';
import { deleteItem, updateItem } from './update-item.ts';

const isMarked = is('status', 'Deleting');
const hasEnded = isOneOf('status', 'Finished', 'Failed', 'Canceled');

/** The indexes that a record leaves as its deletion begins. */
const LEFT = [FINISHED_INDEX, VERIFIED_INDEX, EXPIRING_INDEX, COPYING_INDEX];

/** Deletions of backup records. */
export function createDeletionStore(table: Table): DeletionStore {
  const update = (backupId: string, change: Change) => updateItem(table, { backupId }, change);

  return {
    backupsOf: (clusterId, backupMode) =>
      matchingIds({ table, definition: TABLES.backups, filters: { clusterId, backupMode } }),

    async begin(backupId, at, dependentsSeen, reason) {
      // restore: holdForRestore ───────── reads the files
      // delete:  ────────────── begin                        it finds them gone
      const isNotRestored = isMissing('restoredBy');
      // incremental: holdBase ──────── builds on it
      // delete:      ──────── begin                   it has no base
      // by force:    (n) ──── begin                   without the number it has none either
      const isNoBase = dependentsSeen === undefined ? isMissing('dependents') : is('dependentsAdded', dependentsSeen);
      const record = await update(backupId, {
        set: {
          status: 'Deleting',
          updateTime: at,
          unsettled: UNSETTLED.deleting,
          deletions: unlessSet('deletions', 1),
          deleteTime: unlessSet('deleteTime', at),
          deletionReason: reason && unlessSet('deletionReason', reason),
        },
        remove: LEFT.map(({ partitionKey }) => partitionKey),
        condition: any(isMarked, all(hasEnded, isNotRestored, isNoBase)),
      });
      return record && deletingBackup.parse(record);
    },

    async beginAgain(backupId, { deletions, at }) {
      // user:  (execution 1 has ended) beginAgain (2) ── starts 2
      // other: (execution 1 has ended) ───────────────── beginAgain (3)     without the condition 2 and 3 run at once
      const record = await update(backupId, {
        set: { updateTime: at },
        add: { deletions: 1 },
        remove: ['deletionError'],
        condition: all(isMarked, is('deletions', deletions)),
      });
      return record && deletingBackup.parse(record);
    },

    async recordLock(backupId, { lockedUntil, at }) {
      // Without the condition the update would create a new, partial record. The next method does the same.
      await update(backupId, { set: { lockedUntil, updateTime: at }, condition: isMarked });
    },

    async fail(backupId, { error, at }) {
      await update(backupId, { set: { deletionError: error, updateTime: at }, condition: isMarked });
    },

    async finish(backupId) {
      // A record that is not marked belongs to somebody else, and has files.
      const isRemoved = await deleteItem(table, { backupId }, any(isMissing('backupId'), isMarked));
      if (!isRemoved) throw new Error(`backup record ${backupId} is not marked for deletion`);
    },
  };
}
