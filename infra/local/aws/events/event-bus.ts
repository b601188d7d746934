import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { StackEnvironment } from '../../template/template.ts';
import type { AsyncInvocations } from '../lambda/async-invocations.ts';
import type { FunctionDirectory } from '../lambda/function-directory.ts';
import type { Queues } from '../sqs/queues.ts';
import type { ExecutionStore } from '../step-functions/execution-store.ts';
import { compilePattern } from './event-pattern.ts';
import { type BusEvent, busEvent } from './events.ts';
import { compileSchedule, type IsDue } from './schedule.ts';

const MINUTE = 60_000;

const targetSchema = z.object({
  Arn: z.string(),
  Input: z.string().optional(),
  InputPath: z.never('the local EventBridge does not support InputPath').optional(),
  InputTransformer: z.never('the local EventBridge does not support InputTransformer').optional(),
  DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
});
type Target = z.output<typeof targetSchema>;

const ruleSchema = z.object({
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ScheduleExpression: z.string().optional(),
  EventPattern: z.unknown().optional(),
  Targets: z.array(targetSchema).default([]),
});

interface Rule {
  readonly logicalId: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly isDue: IsDue | undefined;
  readonly matches: (event: BusEvent) => boolean;
  readonly targets: readonly Target[];
}

/** Receivers of events. */
interface EventTargets {
  readonly functions: FunctionDirectory;
  readonly invocations: AsyncInvocations;
  readonly executions: ExecutionStore;
  readonly queues: Queues;
}

/**
 * The default event bus with the template's rules. If a target does not accept an event, it does not exist and retries cannot help:
 * EventBridge sends such an event to the dead-letter queue at once. If the function fails, Lambda retries.
 */
export class EventBus {
  readonly #environment: StackEnvironment;
  readonly #rules: readonly Rule[];
  readonly #targets: EventTargets;
  readonly #onEvent: (event: BusEvent) => void;
  readonly #startedAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(stack: Stack, targets: EventTargets, onEvent: (event: BusEvent) => void) {
    this.#environment = stack.environment;
    this.#targets = targets;
    this.#onEvent = onEvent;
    this.#rules = stack.resourcesOf('AWS::Events::Rule').map(({ logicalId, attributes, properties }) => {
      const { State, ScheduleExpression, EventPattern, Targets } = ruleSchema.parse(properties);
      return {
        logicalId,
        arn: attributes.Arn ?? logicalId,
        enabled: State === 'ENABLED',
        isDue: ScheduleExpression === undefined ? undefined : compileSchedule(ScheduleExpression),
        matches: EventPattern === undefined ? () => false : compilePattern(EventPattern),
        targets: Targets,
      };
    });
  }

  /** Starts the clock: from now on scheduled rules fire when they are due. */
  start(): void {
    const untilNextMinute = MINUTE - (Date.now() % MINUTE);
    this.#timer = setTimeout(() => {
      const minute = new Date(Math.floor(Date.now() / MINUTE) * MINUTE);
      const minutesRunning = Math.floor((minute.getTime() - this.#startedAt) / MINUTE);
      for (const rule of this.#rules) {
        if (rule.enabled && rule.isDue?.(minute, minutesRunning)) void this.#fire(rule, minute);
      }
      this.start();
    }, untilNextMinute);
    this.#timer.unref();
  }

  /** Stops all deliveries, even those about executions that are being stopped. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Delivers an event to every rule that matches it; resolves when the targets are done. */
  async publish(event: BusEvent): Promise<void> {
    if (this.#stopped) return;
    this.#onEvent(event);
    await Promise.all(
      this.#rules
        .filter((rule) => rule.enabled && rule.matches(event))
        .flatMap((rule) => rule.targets.map((target) => this.#deliver(rule, target, event))),
    );
  }

  /** Fires a scheduled rule as if it were due at `time`; resolves when its targets are done. */
  async fire(logicalId: string, time: Date): Promise<void> {
    const rule = this.#rules.find((each) => each.logicalId === logicalId);
    if (rule?.isDue === undefined) throw new Error(`no scheduled rule "${logicalId}" in the template`);
    await this.#fire(rule, time);
  }

  async #fire(rule: Rule, time: Date): Promise<void> {
    const event = busEvent(this.#environment, time, {
      detailType: 'Scheduled Event',
      source: 'aws.events',
      resources: [rule.arn],
      detail: {},
    });
    await Promise.all(rule.targets.map((target) => this.#deliver(rule, target, event)));
  }

  async #deliver(rule: Rule, { Arn, Input, DeadLetterConfig }: Target, event: BusEvent): Promise<void> {
    const { functions, invocations, executions, queues } = this.#targets;
    const input = Input ?? JSON.stringify(event);
    try {
      if (Arn.includes(':states:')) executions.start(Arn, randomUUID(), input);
      else await invocations.invoke(functions.get(Arn), input);
    } catch (error) {
      if (DeadLetterConfig === undefined) return;
      // EventBridge guide, "Using dead-letter queues to process undelivered events".
      await queues.send(DeadLetterConfig.Arn, input, {
        RULE_ARN: rule.arn,
        TARGET_ARN: Arn,
        ERROR_CODE: 'RESOURCE_NOT_FOUND',
        ERROR_MESSAGE: String(error),
        RETRY_ATTEMPTS: '0',
      });
    }
  }
}
