import type { Duration } from 'aws-cdk-lib';
import { Rule, type RuleProps } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { sendDeadLetters } from '../../iam/dead-letters.ts';
import type { ServiceFunction } from '../function/service-function.ts';
import type { DeadLetters } from '../monitoring/dead-letters.ts';

interface InvokeByRuleProps {
  readonly rule: Required<Pick<RuleProps, 'description'>> & Pick<RuleProps, 'schedule' | 'eventPattern'>;
  readonly target: ServiceFunction;
  /** How long an event is useful, whether it waits for delivery or for its function. */
  readonly maxEventAge: Duration;
  /** How often a failed invocation is retried: up to twice. */
  readonly retryAttempts: number;
  readonly deadLetters: DeadLetters;
}

/**
 * EventBridge retries a delivery for a day by default; if Lambda refuses three times, it hardly accepts within the
 * event's age.
 */
const DELIVERY_RETRIES = 2;

/** A rule that invokes a function. No event is lost silently: failures end up in the dead-letter queue. */
export function invokeByRule(
  scope: Construct,
  id: string,
  { rule, target, maxEventAge, retryAttempts, deadLetters }: InvokeByRuleProps,
): void {
  const { invocations, key } = deadLetters;
  target.lambda.configureAsyncInvoke({
    maxEventAge,
    retryAttempts,
    onFailure: { bind: () => ({ destination: invocations.queueArn }) },
  });
  target.grant(...sendDeadLetters(invocations, key));
  new Rule(scope, id, {
    ...rule,
    targets: [
      new LambdaFunction(target.lambda, { maxEventAge, retryAttempts: DELIVERY_RETRIES, deadLetterQueue: invocations }),
    ],
  });
}
