import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { log } from '../log.ts';

/** The used field of a scheduled event: its nominal time, which is the sweep's "now". */
export const scheduledEvent = z.object({ time: z.iso.datetime() });

type RemainingTime = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * A Lambda handler of a scheduled sweep, which logs what it came to.
 * @param lastItemMs one item takes no longer: with less time left, `hasTime` says that the sweep must end
 * @param sweep is given its "now" in milliseconds since 1970
 */
export function sweepHandler<Sweep extends object>(
  message: string,
  lastItemMs: number,
  sweep: (now: number, hasTime: () => boolean) => Promise<Sweep>,
): (event: unknown, context: RemainingTime) => Promise<Sweep> {
  return async (event, context) => {
    const { time } = scheduledEvent.parse(event);
    const result = await sweep(Date.parse(time), () => context.getRemainingTimeInMillis() > lastItemMs);
    log.info({ message, time, ...result });
    return result;
  };
}
