import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { deletingBackup } from '../../domain/backup/backup-record.ts';
import type { DeletionStore } from '../../domain/shared/stores.ts';
import { type Table, unlessConditionFails } from './dynamodb.ts';
import { matchingIds } from './list-items.ts';
import { COPYING_INDEX, EXPIRING_INDEX, FINISHED_INDEX, TABLES, UNSETTLED, VERIFIED_INDEX } from './tables.ts';
import { STATUS, updateRecord } from './update-record.ts';

const NOBODY_NEEDS_IT = 'attribute_not_exists(dependents)';

/** The end of the backup records. */
export function createDeletionStore(table: Table): DeletionStore {
  return {
    backupsOf: (clusterId, backupMode) =>
      matchingIds({ table, definition: TABLES.backups, filters: { clusterId, backupMode } }),

    async begin(backupId, at, dependentsSeen, reason) {
      // restore: holdForRestore ───────── reads the files
      // delete:  ────────────── begin                        without the condition it finds them gone
      //
      // incremental: holdBase ──────── builds upon it
      // delete:      ──────── begin                   without NOBODY_NEEDS_IT it has no base
      // by force:    (n) ──── begin                   without the number it has none either
      const unneeded = dependentsSeen === undefined ? NOBODY_NEEDS_IT : 'dependentsAdded = :seen';
      const set = [
        ...['#status = :deleting', 'updateTime = :at', 'unsettled = :unsettled'],
        ...['deletions = if_not_exists(deletions, :one)', 'deleteTime = if_not_exists(deleteTime, :at)'],
        ...(reason === undefined ? [] : ['deletionReason = if_not_exists(deletionReason, :reason)']),
      ];
      const gone = [FINISHED_INDEX, VERIFIED_INDEX, EXPIRING_INDEX, COPYING_INDEX].map((index) => index.partitionKey);
      const record = await updateRecord(table, backupId, {
        update: `SET ${set.join(', ')} REMOVE ${gone.join(', ')}`,
        condition: `#status = :deleting OR (#status IN (:finished, :failed, :canceled) AND attribute_not_exists(restoredBy) AND ${unneeded})`,
        values: {
          ':finished': 'Finished',
          ':failed': 'Failed',
          ':canceled': 'Canceled',
          ':deleting': 'Deleting',
          ':one': 1,
          ':at': at,
          ':unsettled': UNSETTLED.deleting,
          ...(dependentsSeen !== undefined && { ':seen': dependentsSeen }),
          ...(reason !== undefined && { ':reason': reason }),
        },
      });
      return record && deletingBackup.parse(record);
    },

    async beginAgain(backupId, { deletions, at }) {
      // user:  (execution 1 has ended) beginAgain (2) ── starts 2
      // other: (execution 1 has ended) ───────────────── beginAgain (3)     without the condition 2 and 3 run at once
      const record = await updateRecord(table, backupId, {
        update: 'SET updateTime = :at ADD deletions :one REMOVE deletionError',
        condition: '#status = :deleting AND deletions = :seen',
        values: { ':deleting': 'Deleting', ':seen': deletions, ':one': 1, ':at': at },
      });
      return record && deletingBackup.parse(record);
    },

    async recordLock(backupId, { lockedUntil, at }) {
      // Without the condition the update would make a new, half record of one that is gone. So for the next.
      await updateRecord(table, backupId, {
        update: 'SET lockedUntil = :lockedUntil, updateTime = :at',
        condition: '#status = :deleting',
        values: { ':deleting': 'Deleting', ':lockedUntil': lockedUntil, ':at': at },
      });
    },

    async fail(backupId, { error, at }) {
      await updateRecord(table, backupId, {
        update: 'SET deletionError = :error, updateTime = :at',
        condition: '#status = :deleting',
        values: { ':deleting': 'Deleting', ':error': error, ':at': at },
      });
    },

    async finish(backupId) {
      // A record that nobody has marked is another's: it has files.
      const removed = await unlessConditionFails(
        table.client.send(
          new DeleteCommand({
            TableName: table.tableName,
            Key: { backupId },
            ConditionExpression: 'attribute_not_exists(backupId) OR #status = :deleting',
            ExpressionAttributeNames: STATUS,
            ExpressionAttributeValues: { ':deleting': 'Deleting' },
          }),
        ),
      );
      if (removed === undefined) throw new Error(`backup record ${backupId} is not marked for deletion`);
    },
  };
}
