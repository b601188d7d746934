import * as z from 'zod/mini';

/** What is read of a scheduled event: the moment for which it was sent, which is the sweep's "now". */
export const scheduledEvent = z.object({ time: z.iso.datetime() });
