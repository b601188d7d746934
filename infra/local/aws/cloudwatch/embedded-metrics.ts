import * as z from 'zod';
import type { Datum } from './metrics.ts';

/** CloudWatch Logs guide, "Specification: Embedded metric format". */
const documentSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string().min(1),
        /** Sets of member names of the document; each set makes a metric. */
        Dimensions: z.array(z.array(z.string()).max(30)),
        Metrics: z.array(z.object({ Name: z.string().min(1), Unit: z.string().optional() })).max(100),
      }),
    ),
  }),
});

/** CloudWatch counts documents that it cannot read; it does not refuse them. */
const UNREADABLE = { namespace: 'AWS/Logs', name: 'EMFValidationErrors', dimensions: {}, value: 1 } as const;

/** The metrics in one log line; none if the line is not in the embedded metric format. */
export function embeddedMetrics(line: string): Datum[] {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return [];
  const { data: document } = documentSchema.safeParse(parsed(line));
  if (document === undefined) return [{ ...UNREADABLE, time: Date.now() }];
  const { Timestamp: time, CloudWatchMetrics } = document._aws;
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name: name }) =>
      Dimensions.flatMap((names): Datum[] => {
        const dimensions = Object.fromEntries(names.map((each) => [each, document[each]]));
        const values = [document[name]].flat();
        if (!areTexts(dimensions) || !values.every(isNumber)) return [{ ...UNREADABLE, time }];
        return values.map((value) => ({ namespace, name, dimensions, value, time }));
      }),
    ),
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function areTexts(values: Record<string, unknown>): values is Record<string, string> {
  return Object.values(values).every((value) => typeof value === 'string' && value !== '');
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
