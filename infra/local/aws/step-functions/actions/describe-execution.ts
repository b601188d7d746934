import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import type { Execution } from '../execution.ts';
import type { ExecutionStore } from '../execution-store.ts';

const inputSchema = z.object({ executionArn: z.string() });

export const describeExecution = (store: ExecutionStore) =>
  jsonAction(inputSchema, ({ executionArn }) => {
    const execution = store.execution(executionArn);
    return {
      ...summaryOf(execution),
      input: execution.options.input,
      inputDetails: { included: true },
      ...outcomeOf(execution),
      redriveStatus: execution.status === 'RUNNING' ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
    };
  });

/** What lists also show of an execution. Dates are epoch seconds. */
export function summaryOf(execution: Execution): Record<string, unknown> {
  const { arn, name, stateMachine } = execution.options;
  return {
    executionArn: arn,
    stateMachineArn: stateMachine.arn,
    name,
    status: execution.status,
    startDate: execution.startedAt / 1000,
    ...(execution.endedAt === undefined ? {} : { stopDate: execution.endedAt / 1000 }),
    redriveCount: 0,
  };
}

/** Output, or error and cause. */
export function outcomeOf({ end }: Execution): Record<string, unknown> {
  if (end?.status === 'SUCCEEDED') {
    return { output: JSON.stringify(end.output), outputDetails: { included: true } };
  }
  return end === undefined || end.status === 'TIMED_OUT' ? {} : { error: end.error, cause: end.cause };
}
