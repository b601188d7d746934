import * as z from 'zod';
import { AwsError } from '../aws-error.ts';

/** Source: DynamoDB developer guide, "Quotas": nested attributes up to 32 levels deep. */
const MAX_LEVELS = 32;

/** A request without such attributes never nests this deep; dynalite crashes on hundreds of levels. */
const MAX_JSON_LEVELS = 2 * MAX_LEVELS + 16;

const container = z.object({ M: z.record(z.string(), z.unknown()) }).or(z.object({ L: z.array(z.unknown()) }));

/**
 * @param request the whole JSON
 * @param written the attributes that would be stored
 * @throws AwsError ValidationException
 */
export function refuseDeepNesting(request: unknown, written: readonly unknown[]): void {
  if (levels([request], (value) => value) > MAX_JSON_LEVELS || levels(written, attributesIn) > MAX_LEVELS) {
    throw new AwsError(
      'ValidationException',
      `Nesting Levels have exceeded supported limits: Attributes of the item or expression attribute values must not exceed ${MAX_LEVELS} levels`,
    );
  }
}

function attributesIn(value: unknown): unknown {
  const { data } = container.safeParse(value);
  return data && ('M' in data ? data.M : data.L);
}

/** Depth of nesting, without recursion. @param inside the values that a value holds, by name or index */
function levels(values: readonly unknown[], inside: (value: unknown) => unknown): number {
  let count = 0;
  for (let current = values; ; count += 1) {
    const held = current.map(inside).filter((value) => typeof value === 'object' && value !== null);
    if (held.length === 0) return count;
    current = held.flatMap((value) => Object.values(Object(value)));
  }
}
