import type { StackEnvironment } from '../../template/template.ts';
import { outcomeOf } from '../step-functions/actions/describe-execution.ts';
import type { Execution } from '../step-functions/execution.ts';
import { type BusEvent, busEvent } from './events.ts';

/**
 * The event that Step Functions sends when an execution starts or ends. Dates are epoch milliseconds, absent values null.
 * Source: Step Functions developer guide, "Automating Step Functions event delivery with EventBridge".
 */
export function executionStatusEvent(environment: StackEnvironment, execution: Execution): BusEvent {
  const { arn, name, input, stateMachine } = execution.options;
  return busEvent(environment, new Date(execution.endedAt ?? execution.startedAt), {
    detailType: 'Step Functions Execution Status Change',
    source: 'aws.states',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: stateMachine.arn,
      name,
      status: execution.status,
      startDate: execution.startedAt,
      stopDate: execution.endedAt ?? null,
      input,
      inputDetails: { included: true },
      output: null,
      outputDetails: null,
      error: null,
      cause: null,
      redriveCount: 0,
      ...outcomeOf(execution),
    },
  });
}
