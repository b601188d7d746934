import type { BackupRecord } from '../backup/backup-record.ts';
import type { Workflow } from '../workflow/workflow.ts';

/** One write of a record, as the table tells of it. Never are both absent. */
interface Change<Item> {
  /** The same when the write is told of again. */
  changeId: string;
  /** A decimal number: of two writes of one record, the later has the greater. */
  sequence: string;
  /** RFC 3339, UTC. */
  time: string;
  /** Absent: it is new. */
  before: Item | undefined;
  /** Absent: it is gone. */
  after: Item | undefined;
}

export type BackupChange = Change<BackupRecord>;
export type WorkflowChange = Change<Workflow>;

/** In the order of the writes. */
export interface RecordChanges {
  backups: BackupChange[];
  workflows: WorkflowChange[];
}
