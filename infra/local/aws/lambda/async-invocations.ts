import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { InvocationResult, LambdaFunction } from './lambda-function.ts';
import type { OnFailure } from './on-failure.ts';
import { retryPause } from './retry-pace.ts';

/** Seconds before the second and the third attempt (Lambda guide, "Asynchronous invocation"). */
const RETRY_WAITS = [60, 120] as const;

/** Seconds between refused invocations, from one second up to five minutes. They use up no attempt. */
const LONGEST_WAIT = 300;

const invokeConfigSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumRetryAttempts: z.int().min(0).max(RETRY_WAITS.length).default(RETRY_WAITS.length),
  MaximumEventAgeInSeconds: z.number().default(6 * 3600),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
});
type InvokeConfig = z.output<typeof invokeConfigSchema>;

/** Lambda's event queue: retries failed asynchronous invocations, and sends those that keep failing to the on-failure destination. */
export class AsyncInvocations {
  readonly #configs = new Map<string, InvokeConfig>();
  readonly #onFailure: OnFailure;
  readonly #stopped = new AbortController();

  constructor(stack: Stack, onFailure: OnFailure) {
    this.#onFailure = onFailure;
    for (const { properties } of stack.resourcesOf('AWS::Lambda::EventInvokeConfig')) {
      const config = invokeConfigSchema.parse(properties);
      this.#configs.set(config.FunctionName, config);
    }
  }

  /** Resolves when the function has succeeded or the event was abandoned. Never rejects. */
  async invoke(target: LambdaFunction, payload: string, trace?: string): Promise<void> {
    const config = this.#configs.get(target.name) ?? DEFAULTS;
    const startedAt = Date.now();
    let waited = 0;
    let refusals = 0;
    for (let invocations = 1; ; invocations += 1) {
      const result = await target.invoke(payload, trace);
      if (result.ok || this.#stopped.signal.aborted) return;
      const isRefused = 'refused' in result;
      if (isRefused) refusals += 1;
      const attempt = invocations - refusals;
      const wait = isRefused ? Math.min(2 ** (refusals - 1), LONGEST_WAIT) : (RETRY_WAITS[attempt - 1] ?? 0);
      const age = (Date.now() - startedAt) / 1000 + waited + wait;
      const condition =
        attempt > config.MaximumRetryAttempts
          ? 'RetriesExhausted'
          : age > config.MaximumEventAgeInSeconds
            ? 'EventAgeExceeded'
            : undefined;
      if (condition !== undefined) {
        await this.#giveUp(target, payload, { result, condition, attempt: invocations });
        return;
      }
      waited += wait;
      if (!(await retryPause(wait, this.#stopped.signal))) return;
    }
  }

  /** Stops all retries. */
  stop(): void {
    this.#stopped.abort();
  }

  /** Record format: Lambda guide, "Capturing records of Lambda asynchronous invocations". */
  async #giveUp(
    target: LambdaFunction,
    payload: string,
    { result, condition, attempt }: { result: InvocationResult & { ok: false }; condition: string; attempt: number },
  ): Promise<void> {
    const record = {
      version: '1.0',
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: result.requestId,
        functionArn: `${target.arn}:$LATEST`,
        condition,
        approximateInvokeCount: attempt,
      },
      requestPayload: JSON.parse(payload) as unknown,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: result.error,
    };
    const { OnFailure: { Destination = undefined } = {} } = this.#configs.get(target.name)?.DestinationConfig ?? {};
    await this.#onFailure.send(target, Destination, record);
  }
}

/** For a function that the template does not configure. */
const DEFAULTS = invokeConfigSchema.parse({ FunctionName: '', Qualifier: '$LATEST' });
