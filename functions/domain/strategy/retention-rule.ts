import * as z from 'zod/mini';

/**
 * Which automatic backups of a cluster stay. The `keep…` are grandfather-father-son: each counts for itself, and what one of them
 * keeps stays. `maxAgeDays` ends that: what is older goes, whatever keeps it; alone, everything younger stays. An absent one is
 * not asked.
 */
export const retentionRule = z.object({
  /** So many of the newest. */
  keepLast: z.optional(z.number()),
  /** The newest of each of the last so many days, ISO weeks, months, years that have one, on the wall clock of the strategy. */
  keepDaily: z.optional(z.number()),
  keepWeekly: z.optional(z.number()),
  keepMonthly: z.optional(z.number()),
  keepYearly: z.optional(z.number()),
  /** Days of 24 hours. */
  maxAgeDays: z.optional(z.number()),
});
export type RetentionRule = z.infer<typeof retentionRule>;
