import type { FinishedBackup, InitializingBackup } from '../../../domain/backup/backup-record.ts';
import { scopeKey } from '../../../domain/backup/backup-scope.ts';
import type { BackupStarts } from '../../../domain/backup/backup-store.ts';
import { copyOf } from '../../../domain/storage/storage-location.ts';
import { putNew, type Table } from '../dynamodb.ts';
import { all, any, is, isMissing } from '../expressions.ts';
import {
  COPYING,
  COPYING_INDEX,
  EXPIRING,
  EXPIRING_INDEX,
  FINISHED_INDEX,
  finishedOf,
  listAttributes,
  listOrder,
  TABLES,
  VERIFIED_INDEX,
} from '../tables.ts';
import { deleteItem, updateItem } from '../update-item.ts';
import { isUnended, isUnstarted } from './record-conditions.ts';

/** Begins backup records, and takes back or cancels what was begun. */
export function createBackupStarts(table: Table): BackupStarts {
  const { partitionKey } = TABLES.backups;

  return {
    create: (record) => putNew(table, partitionKey, itemOf(record)),

    async adopt(record) {
      const finished = finishedOf(record.clusterId, record.tidbClusterId);
      // A repeated write, which putNew recognizes as its own, changes nothing.
      return await putNew(table, partitionKey, {
        ...itemOf(record),
        [FINISHED_INDEX.partitionKey]: finished,
        ...(record.verifiedAt !== undefined && { [VERIFIED_INDEX.partitionKey]: finished }),
        ...(copyOf(record.location) && {
          [COPYING_INDEX.partitionKey]: COPYING,
          [COPYING_INDEX.sortKey]: record.updateTime,
        }),
      });
    },

    // start: … StartExecution (answer lost) ─ look: not there ──────────────── remove
    // node:  ──────────────────────────────────────────────── startAttempt                 files without a record
    removeUnstarted: (backupId) => deleteItem(table, { backupId }, any(isMissing('backupId'), isUnstarted)),

    async recordExecutor(backupId, { executor, at }) {
      // choose: ─ timed out, still alive ────────────────────── recordExecutor
      // node:   ───────────────────────── startAttempt, runs                 the record would name where it does not run
      const record = await updateItem(
        table,
        { backupId },
        { set: { executor, updateTime: at }, condition: isUnstarted },
      );
      return record !== undefined;
    },

    async requestCancel(backupId, { clusterId, at }) {
      // node: finish ─────────────────
      // user: ─────── requestCancel       without the condition a finished backup waits for its end
      const condition = all(is('clusterId', clusterId), isUnended);
      const record = await updateItem(
        table,
        { backupId },
        { set: { cancelRequested: true, updateTime: at }, condition },
      );
      return record !== undefined;
    },
  };
}

/** A record with its index attributes. */
function itemOf(record: InitializingBackup | FinishedBackup): InitializingBackup | FinishedBackup {
  return {
    ...record,
    ...listAttributes(TABLES.backups, { clusterId: record.clusterId, backupMode: record.backupMode }),
    // For the index of finished backups, which it enters when it finishes. No backup builds on one whose scope is
    // unknown.
    ...{ scopeKey: record.imported?.withoutManifest ? 'unknown' : scopeKey(record.scope) },
    ...{ listOrder: listOrder(record.createTime, record.backupId) },
    ...(record.expireAt !== undefined && { [EXPIRING_INDEX.partitionKey]: EXPIRING }),
  };
}
