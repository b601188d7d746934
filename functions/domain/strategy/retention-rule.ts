import * as z from 'zod/mini';
import { object } from '../shared/object.ts';

/**
 * Which automatic backups of a cluster stay. The `keep…` rules are grandfather-father-son: they apply independently,
 * and a backup stays if any of them keeps it. `maxAgeDays` overrides them: older backups are removed. Without `keep…`
 * rules, everything younger stays.
 */
export const retentionRule = object(() => ({
  /** The newest n. */
  keepLast: z.optional(z.number()),
  /**
   * The newest of each of the last n days, ISO weeks, months or years that have one, on the wall clock of the strategy.
   */
  keepDaily: z.optional(z.number()),
  keepWeekly: z.optional(z.number()),
  keepMonthly: z.optional(z.number()),
  keepYearly: z.optional(z.number()),
  /** Days of 24 hours. */
  maxAgeDays: z.optional(z.number()),
}));
export type RetentionRule = z.infer<typeof retentionRule>;
