import type { Stack } from '../../template/stack.ts';
import type { InvocationResult } from '../lambda/lambda-function.ts';
import type { Queues } from '../sqs/queues.ts';
import { type AlarmState, Alarms } from './alarms.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import { Metrics } from './metrics.ts';

/** Metrics from the functions' log lines and from AWS's own services, and the alarms on both. */
export class CloudWatch {
  readonly metrics = new Metrics();
  readonly #alarms: Alarms;
  readonly #queues: Pick<Queues, 'waiting'>;
  readonly #now: () => number;
  /** `ApiId` of the template's only HTTP API; unset if it has none. */
  readonly #apiId: string | undefined;

  constructor(stack: Stack, queues: Pick<Queues, 'waiting'>, now = Date.now) {
    this.#alarms = new Alarms(stack, this.metrics);
    this.#queues = queues;
    this.#now = now;
    this.#apiId = stack.resourcesOf('AWS::ApiGatewayV2::Api')[0]?.ref;
  }

  /** Records what a function logged. */
  logged(line: string): void {
    for (const datum of embeddedMetrics(line)) this.metrics.put(datum);
  }

  /** Records the end of an invocation. */
  invoked(functionName: string, result: InvocationResult): void {
    const of = { namespace: 'AWS/Lambda', dimensions: { FunctionName: functionName }, time: this.#now() };
    this.metrics.put({ ...of, name: 'Throttles', value: 'refused' in result && result.refused === 429 ? 1 : 0 });
    // A call that Lambda refuses counts neither as an invocation nor as an error.
    if ('refused' in result) return;
    this.metrics.put({ ...of, name: 'Invocations', value: 1 });
    this.metrics.put({ ...of, name: 'Errors', value: result.ok ? 0 : 1 });
  }

  /** Records the age, in milliseconds, of the last record in a stream's batch. */
  streamRead(functionName: string, age: number): void {
    const dimensions = { FunctionName: functionName };
    this.metrics.put({ namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions, value: age, time: this.#now() });
  }

  /** Records an answer of the HTTP API, whether the gateway or a function gave it. */
  answered(status: number): void {
    if (this.#apiId === undefined) return;
    const of = { namespace: 'AWS/ApiGateway', dimensions: { ApiId: this.#apiId }, time: this.#now() };
    this.metrics.put({ ...of, name: '4xx', value: status >= 400 && status < 500 ? 1 : 0 });
    this.metrics.put({ ...of, name: '5xx', value: status >= 500 ? 1 : 0 });
  }

  /** Every alarm of the template in its current state. */
  async alarms(): Promise<AlarmState[]> {
    const now = this.#now();
    for (const [QueueName, value] of await this.#queues.waiting()) {
      const of = { namespace: 'AWS/SQS', dimensions: { QueueName }, time: now - 1 };
      this.metrics.put({ ...of, name: 'ApproximateNumberOfMessagesVisible', value });
    }
    return this.#alarms.states(now);
  }
}
