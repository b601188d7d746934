import type { CaughtError } from './node-failure.ts';
import type { FlowName, OperationInput } from './workflow.ts';

/** The workflows whose `fail` node ends what was begun. A deletion is gone on with instead, and an undelete leaves nothing but holds. */
export type EndedByFailNode = Exclude<FlowName, 'DeleteBackup' | 'UndeleteBackup'>;

/** The `fail` nodes, for a workflow that ended without coming to its own. */
export interface FailNodes {
  /** Doing it again, or beside another, does what is left. @throws Error the node could not do its work */
  run(flowName: EndedByFailNode, input: OperationInput, reason: CaughtError): Promise<void>;
}
