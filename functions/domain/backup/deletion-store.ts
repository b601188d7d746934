import type { BackupMode, DeletingBackup, RecordFailure } from './backup-record.ts';

/** Deletes backup records. A record that is being deleted never changes to another status. */
export interface DeletionStore {
  /** Ids of all records of a cluster, newest first. */
  backupsOf(clusterId: string, backupMode?: BackupMode): Promise<string[]>;
  /**
   * Marks a record; one that is marked already stays as it is. `undefined` if it is gone, has not ended, is being restored, or others
   * build on it.
   * @param dependentsSeen all that build on it are being deleted, as of this `dependentsAdded`; undefined also: one was added since
   * @param reason why it goes, if nobody has asked for it
   */
  begin(backupId: string, at: string, dependentsSeen?: number, reason?: string): Promise<DeletingBackup | undefined>;
  /**
   * Hands the deletion to the next execution. `undefined` if the record no longer exists, or somebody else did this.
   */
  beginAgain(backupId: string, seen: { deletions: number; at: string }): Promise<DeletingBackup | undefined>;
  /** Records until when the files cannot be removed. Ignored for a missing record. */
  recordLock(backupId: string, lock: { lockedUntil: string; at: string }): Promise<void>;
  /** Records why a deletion gave up. Ignored for a missing record. */
  fail(backupId: string, end: { error: RecordFailure; at: string }): Promise<void>;
  /** Removes a record whose files are proven gone. Idempotent. */
  finish(backupId: string): Promise<void>;
}
