import type { FlowName, OperationInput } from './workflow.ts';

/** The executions of workflows, as the operations see them. */
export interface WorkflowExecutions {
  /** The ARN that the execution of this workflow has, or will have. */
  arnOf(flowName: FlowName, workFlowId: string): string;
  /**
   * Starts the execution named by the workflow's id; one that is there already is left alone. After a rejection it may run
   * nevertheless: the answer may have been lost.
   * @returns false if the one that is there does not run (any more)
   */
  start(flowName: FlowName, input: OperationInput): Promise<boolean>;
  exists(executionArn: string): Promise<boolean>;
}

/** What a node of an execution did. Times as everywhere: RFC 3339 in UTC, with milliseconds. */
export interface NodeRun {
  id: string;
  name: string;
  /** JSON that the node was given. */
  parameters: string;
  /** JSON that it answered, or why it failed; empty while it runs. */
  result: string;
  status: 'Processing' | 'Finished' | 'Error' | 'Canceled';
  startTime: string;
  endTime?: string;
}

export interface ExecutionHistories {
  /** In the order in which they began; empty: the execution is not known (any more: Step Functions forgets after 90 days). */
  nodeRuns(executionArn: string): Promise<NodeRun[]>;
}
