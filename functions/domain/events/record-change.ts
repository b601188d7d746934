import type { BackupRecord } from '../backup/backup-record.ts';
import type { Workflow } from '../workflow/workflow.ts';

/** One write of a record, from the table's stream. At least one of `before` and `after` is set. */
interface Change<Item> {
  /** Stays the same when the stream redelivers the write. */
  changeId: string;
  /** A decimal number that grows with each write of a record. */
  sequence: string;
  /** RFC 3339, UTC. */
  time: string;
  /** Unset for a new record. */
  before: Item | undefined;
  /** Unset for a removed record. */
  after: Item | undefined;
}

export type BackupChange = Change<BackupRecord>;
export type WorkflowChange = Change<Workflow>;

/** In write order. */
export interface RecordChanges {
  backups: BackupChange[];
  workflows: WorkflowChange[];
}
