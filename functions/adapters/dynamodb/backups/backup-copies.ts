import * as z from 'zod/mini';
import { finishedBackup } from '../../../domain/backup/backup-record.ts';
import type { BackupCopies } from '../../../domain/backup/backup-store.ts';
import type { Table } from '../dynamodb.ts';
import { all, exists } from '../expressions.ts';
import { queryIndex } from '../query-index.ts';
import { COPYING, COPYING_INDEX } from '../tables.ts';
import { updateItem } from '../update-item.ts';
import { isFinished } from './record-conditions.ts';

/**
 *     sweep:  compares ─────────────── recordCopied
 *     delete: ──────── begin (Deleting)             a record that is going would come back to its index
 */
const isCopying = all(isFinished, exists(COPYING_INDEX.partitionKey));

const uncopiedBackup = z.object({
  ...z.pick(finishedBackup, { backupId: true, endTime: true }).shape,
  copyLookAt: z.string(),
});

/** The second copies of backups. */
export function createBackupCopies(table: Table): BackupCopies {
  return {
    async uncopied() {
      const found = await queryIndex(table, COPYING_INDEX, COPYING);
      return found.map((item) => uncopiedBackup.parse(item));
    },

    async recordCopied(backupId, at) {
      const record = await updateItem(
        table,
        { backupId },
        {
          set: { copiedAt: at, updateTime: at },
          remove: [COPYING_INDEX.partitionKey, COPYING_INDEX.sortKey],
          condition: isCopying,
        },
      );
      return record !== undefined;
    },

    async awaitNoCopy(backupId) {
      const remove = [COPYING_INDEX.partitionKey, COPYING_INDEX.sortKey];
      await updateItem(table, { backupId }, { remove, condition: isCopying });
    },

    async lookForCopyAgain(backupId, at) {
      const set = { [COPYING_INDEX.partitionKey]: COPYING, [COPYING_INDEX.sortKey]: at, updateTime: at };
      const condition = all(isFinished, exists('copiedAt'));
      await updateItem(table, { backupId }, { set, remove: ['copiedAt'], condition });
    },

    async lookForCopyAt(backupId, at) {
      await updateItem(table, { backupId }, { set: { [COPYING_INDEX.sortKey]: at }, condition: isCopying });
    },
  };
}
