import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { CounterStore } from '../../domain/events/record-counts.ts';
import { createBackupAttempts } from './backups/backup-attempts.ts';
import { createBackupCatalogue } from './backups/backup-catalogue.ts';
import { createBackupCopies } from './backups/backup-copies.ts';
import { createBackupHolds } from './backups/backup-holds.ts';
import { createBackupManifests } from './backups/backup-manifests.ts';
import { createBackupStarts } from './backups/backup-starts.ts';
import { createBackupVerdicts } from './backups/backup-verdicts.ts';
import type { Table } from './dynamodb.ts';

/**
 * The backup records, for all who need them.
 * @param counters for the totals of long lists
 */
export function createBackupStore(table: Table, counters?: Pick<CounterStore, 'total'>): BackupStore {
  return {
    ...createBackupCatalogue(table, counters),
    ...createBackupStarts(table),
    ...createBackupAttempts(table),
    ...createBackupHolds(table),
    ...createBackupVerdicts(table),
    ...createBackupCopies(table),
    ...createBackupManifests(table),
  };
}
