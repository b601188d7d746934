import type { BackupMode, DeletingBackup, RecordFailure } from './backup-record.ts';

/** The end of backup records: a record that is being deleted never becomes anything else. */
export interface DeletionStore {
  /** Ids of all records of a cluster, newest first. */
  backupsOf(clusterId: string, backupMode?: BackupMode): Promise<string[]>;
  /**
   * Marks a record; one that is marked already stays as it is. Undefined: it is gone, has not ended, is being restored, or others
   * build upon it.
   * @param dependentsSeen all that build upon it are being deleted, as of this `dependentsAdded`; undefined also: one was added since
   * @param reason why it goes, if nobody has asked for it
   */
  begin(backupId: string, at: string, dependentsSeen?: number, reason?: string): Promise<DeletingBackup | undefined>;
  /** Gives the deletion to the next execution. Undefined: the record is gone, or somebody else has done so. */
  beginAgain(backupId: string, seen: { deletions: number; at: string }): Promise<DeletingBackup | undefined>;
  /** Notes until when the files cannot be removed. A record that is gone needs no note. */
  recordLock(backupId: string, lock: { lockedUntil: string; at: string }): Promise<void>;
  /** Notes why a deletion gave up. A record that is gone needs no note. */
  fail(backupId: string, end: { error: RecordFailure; at: string }): Promise<void>;
  /** Removes a record whose files are proven gone. One that is gone already is a success. */
  finish(backupId: string): Promise<void>;
}
