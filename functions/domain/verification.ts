import * as z from 'zod/mini';
import { identifier } from './identifiers.ts';

/** What became of the notes of a backup's tables: how many there are, or why there are none. */
export const notedTables = z.object({ tables: z.optional(z.number()), missing: z.optional(z.string()) });
export type NotedTables = z.infer<typeof notedTables>;

/** An assertion of the user's, and whether it held. Nothing that it read is kept. */
const assertionResult = z.object({
  assertion: z.string(),
  passed: z.boolean(),
  /** Why it could not be answered. */
  error: z.optional(z.string()),
});
export type AssertionResult = z.infer<typeof assertionResult>;

/** What the latest drill found that came to a verdict. */
const evidence = z.object({
  /** The drill. */
  workFlowId: identifier,
  /** When it came to this. */
  time: z.iso.datetime(),
  result: z.enum(['passed', 'failed']),
  /** Of one that failed: why. */
  reason: z.optional(z.string()),
  /** How many tables were compared, and how many rows they have together. */
  tables: z.number(),
  rows: z.string().check(z.regex(/^\d{1,30}$/)),
  /** The first of what was not as it was noted. */
  mismatches: z.array(z.string()),
  assertions: z.array(assertionResult),
  /** From the request until the throwaway cluster was ready; not a part of the recovery: who recovers may have a cluster. */
  provisioningSeconds: z.optional(z.number()),
});

export type Evidence = z.infer<typeof evidence>;

/** Why a drill came to no verdict: that says nothing of the backup. */
const drillFailure = z.object({
  /** The drill. */
  workFlowId: identifier,
  /** When it failed. */
  time: z.iso.datetime(),
  reason: z.string(),
});
export type DrillFailure = z.infer<typeof drillFailure>;

/** How a finished backup is known to be restorable. */
export const verification = {
  /** When a drill last found everything as it was noted; absent: none has, or a later one has not. */
  verifiedAt: z.optional(z.iso.datetime()),
  /** How long that drill took from the start of the restore until all was compared and asserted. */
  recoverySeconds: z.optional(z.number()),
  /** Of the latest drill that came to a verdict; absent: none has. */
  evidence: z.optional(evidence).register(z.globalRegistry, {
    description: 'What the latest drill found that came to a verdict on the backup; absent: none has',
  }),
  /** Of the latest drill, if it came to none. */
  lastFailure: z.optional(drillFailure).register(z.globalRegistry, {
    description:
      'Why the latest drill came to no verdict (the throwaway cluster could not be made or reached, the store refused the keys, …), which says nothing of the backup: evidence and verifiedAt stay; absent: it came to one',
  }),
};
