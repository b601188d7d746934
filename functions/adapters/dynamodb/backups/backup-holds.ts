import { finishedBackup } from '../../../domain/backup/backup-record.ts';
import type { BackupHolds } from '../../../domain/backup/backup-store.ts';
import type { Table } from '../dynamodb.ts';
import { all, is, isOneOf } from '../expressions.ts';
import { updateItem } from '../update-item.ts';
import { isFinished } from './record-conditions.ts';

/** What keeps a finished backup from being deleted: restores that read it, and incremental backups that build on it. */
export function createBackupHolds(table: Table): BackupHolds {
  return {
    async holdForRestore(backupId, workFlowId) {
      // delete:  begin (Deleting) ────────────────
      // restore: ──────────────── holdForRestore      without the condition it reads files that are being removed
      const restoredBy = new Set([workFlowId]);
      const record = await updateItem(table, { backupId }, { add: { restoredBy }, condition: isFinished });
      return record && finishedBackup.parse(record);
    },

    async releaseFromRestore(backupId, workFlowId) {
      // DynamoDB removes a set with its last member. Without the condition the update would create a new, empty record.
      const restoredBy = new Set([workFlowId]);
      await updateItem(table, { backupId }, { take: { restoredBy }, condition: isFinished });
    },

    async holdBase({ backupId: baseId, backupTso }, backupId) {
      // delete:      begin (Deleting) ─────────
      // incremental: ──────────────── holdBase      without the condition its base has no files
      const record = await updateItem(
        table,
        { backupId: baseId },
        {
          add: { dependents: new Set([backupId]), dependentsAdded: 1 },
          condition: all(isFinished, is('backupTso', backupTso)),
        },
      );
      return record !== undefined;
    },

    async releaseBase(baseId, { backupId, seen }) {
      // release: get (n), the incremental is gone ───────────────────────── releaseBase
      // retried: ──────────────────────────────── create, holdBase (n + 1)               without the condition it has no base
      const record = await updateItem(
        table,
        { backupId: baseId },
        {
          take: { dependents: new Set([backupId]) },
          condition: all(isOneOf('status', 'Finished', 'Deleting'), is('dependentsAdded', seen)),
        },
      );
      return record !== undefined;
    },
  };
}
