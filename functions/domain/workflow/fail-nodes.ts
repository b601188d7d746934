import type { CaughtError } from './node-failure.ts';
import type { FlowName, OperationInput } from './workflow.ts';

/** The workflows whose `fail` node cleans up. A deletion is resumed instead, and an undelete leaves only holds. */
export type EndedByFailNode = Exclude<FlowName, 'DeleteBackup' | 'UndeleteBackup'>;

/** The `fail` nodes, for workflows that ended without reaching their own. */
export interface FailNodes {
  /**
   * Idempotent, also concurrently.
   * @throws Error if the node failed
   */
  run(flowName: EndedByFailNode, input: OperationInput, reason: CaughtError): Promise<void>;
}
