import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { log } from '../log.ts';

/** The used fields of a scheduled event: its nominal time, which is the sweep's "now". */
export const sweepEvent = z.object({
  time: z.iso.datetime(),
  /** How many invocations have worked on this sweep, if it is continued. */
  rounds: z.optional(z.number()),
  /** Where the last of them stopped. */
  from: z.optional(z.unknown()),
});

export type SweepContext = Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>;

/** A chain of invocations that gets nowhere ends after hours, not never. */
const MAX_ROUNDS = 100;

interface SweepTimes {
  /** One item takes no longer: with less time left, `hasTime` says that the sweep must end. */
  lastItemMs: number;
  /** The period of its rule. The next sweep does what is left by then, so that only one continues at a time. */
  everyMinutes: number;
  /** @default Date.now */
  now?: () => number;
  /** Has a function invoked with an event, by its ARN. */
  invoke: (functionArn: string, event: object) => Promise<void>;
}

/**
 * Has another invocation continue a sweep that was cut off, with the same "now".
 * @param from where it stopped; defaults to the beginning
 */
export async function continueSweep(
  { time, rounds = 0 }: z.infer<typeof sweepEvent>,
  { invokedFunctionArn }: SweepContext,
  { everyMinutes, now = Date.now, invoke }: Omit<SweepTimes, 'lastItemMs'>,
  from?: unknown,
): Promise<void> {
  if (rounds + 1 < MAX_ROUNDS && now() < Date.parse(time) + everyMinutes * 60_000) {
    await invoke(invokedFunctionArn, { time, rounds: rounds + 1, from });
  } else log.warn({ message: 'a sweep leaves the rest to the next one', time, rounds });
}

/**
 * A Lambda handler of a scheduled sweep, which logs what it came to. A sweep that `hasTime` has ended is continued at
 * once, from its `stoppedAt`; without one from the beginning, since what it has done is no longer due.
 * @param sweep is given its "now" in milliseconds since 1970, and where an earlier run stopped
 */
export function sweepHandler<Sweep extends object>(
  message: string,
  times: SweepTimes,
  sweep: (now: number, hasTime: () => boolean, from: unknown) => Promise<Sweep>,
): (event: unknown, context: SweepContext) => Promise<Sweep> {
  return async (event, context) => {
    const parsed = sweepEvent.parse(event);
    const { time, from } = parsed;
    let isCut = false;
    const hasTime = () => {
      const has = context.getRemainingTimeInMillis() > times.lastItemMs;
      if (!has) isCut = true;
      return has;
    };
    const result = await sweep(Date.parse(time), hasTime, from);
    log.info({ message, time, ...result });
    const stoppedAt = 'stoppedAt' in result ? result.stoppedAt : undefined;
    if (isCut) await continueSweep(parsed, context, times, stoppedAt);
    return result;
  };
}
