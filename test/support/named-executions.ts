import type { OperationInput } from '../../functions/domain/workflow/workflow.ts';

/** Executions as in Step Functions: a name is used up for good, and the test decides which ones end. */
export class NamedExecutions {
  readonly #known = new Set<string>();
  readonly #now: () => number;
  /** By their names. */
  readonly running = new Map<string, { input: OperationInput; startTime: string }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The port of the operations, as plain functions for tests to wrap. */
  readonly port = {
    start: async (_flow: string, input: OperationInput) => {
      const { workFlowId } = input;
      if (!this.#known.has(workFlowId)) {
        this.running.set(workFlowId, { input, startTime: new Date(this.#now()).toISOString() });
      }
      this.#known.add(workFlowId);
      return this.running.has(workFlowId);
    },
    arnOf: (_flow: string, workFlowId: string) => workFlowId,
    exists: async (workFlowId: string) => this.#known.has(workFlowId),
  };
}
