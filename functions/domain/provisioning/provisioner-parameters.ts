import * as z from 'zod/mini';
import { described } from '../shared/described.ts';

/** Together with the strategy around them, below DynamoDB's limit of 32. */
const MAX_LEVELS = 20;

const DESCRIPTION =
  "Passed to the provisioner as they are: size, version, zone, … They appear in the workflow's detail, so they must not hold secrets";

/** As stored. */
export const provisionerParameters = described(z.record(z.string(), z.unknown()), DESCRIPTION);

/** As a request gives them: an object of the caller's own, stored and passed on unchanged. */
export const givenParameters = described(
  z
    .record(z.string(), z.unknown())
    .check(z.refine((value) => nestsWithin(value, MAX_LEVELS), `must not nest deeper than ${MAX_LEVELS} levels`)),
  `${DESCRIPTION}. At most ${MAX_LEVELS} levels deep; numbers up to 2^53 - 1 that a double holds exactly, larger ones as text; no name \`__proto__\` or \`constructor\``,
);

function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((held) => nestsWithin(held, levels - 1));
}
