import * as z from 'zod/mini';
import { described } from '../shared/described.ts';

/** Below what DynamoDB holds (32), together with the strategy around them. */
const MAX_LEVELS = 20;

const DESCRIPTION =
  "What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret";

/** As they are kept. */
export const provisionerParameters = described(z.record(z.string(), z.unknown()), DESCRIPTION);

/** As a request gives them: an object of the caller's own, which is kept and passed on as it is. */
export const givenParameters = described(
  z
    .record(z.string(), z.unknown())
    .check(z.refine((value) => nestsWithin(value, MAX_LEVELS), `must not nest deeper than ${MAX_LEVELS} levels`)),
  `${DESCRIPTION}. At most ${MAX_LEVELS} levels deep; numbers up to 2^53 - 1 that a double holds exactly, others as text; no name \`__proto__\` or \`constructor\``,
);

function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((held) => nestsWithin(held, levels - 1));
}
