import type { BackupManifests } from '../../../domain/backup/backup-store.ts';
import type { Table } from '../dynamodb.ts';
import { updateItem } from '../update-item.ts';
import { isFinished } from './record-conditions.ts';

/** What is known of the manifests of backups. */
export function createBackupManifests(table: Table): BackupManifests {
  return {
    async recordManifest(backupId, at) {
      // write:  ──── write ──────────────── recordManifest
      // delete: ──────────── begin, finish                    the manifest stays in an empty folder
      const noted = at === undefined ? { remove: ['manifestAt'] } : { set: { manifestAt: at } };
      return (await updateItem(table, { backupId }, { ...noted, condition: isFinished })) !== undefined;
    },

    async wantManifest(backupId, at) {
      await updateItem(table, { backupId }, { set: { manifestWanted: at }, condition: isFinished });
    },
  };
}
