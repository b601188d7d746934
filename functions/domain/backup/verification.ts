import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';

/** Of lists that may be as long as there are tables, so many are kept: enough to see what is wrong. */
export const EXAMPLES_KEPT = 10;

/** Which comparison a drill can make: key-value pairs (`ADMIN CHECKSUM TABLE`) show their indexes too, and take SUPER. */
const comparison = described(
  z.optional(z.enum(['rows', 'rowsAndKeyValues'])),
  'What of the tables: their rows, or also the number of their key-value pairs, indexes included, which takes an account with SUPER',
);

/** What became of the notes of a backup's tables. */
export const notedTables = z.object({
  tables: described(z.optional(z.number()), 'Tables whose rows were noted'),
  comparison,
  unreadable: described(
    z.optional(z.number()),
    'Tables, views and sequences of the backup that could not be read, and that no drill compares',
  ),
  unreadableExamples: described(z.optional(z.array(z.string())), 'The first of them, each with the reason'),
  missing: described(z.optional(z.string()), 'Why nothing was noted'),
});
export type NotedTables = z.infer<typeof notedTables>;

/** An assertion of the user's, and whether it held. Nothing that it read is kept. */
const assertionResult = z.object({
  assertion: z.string(),
  passed: z.boolean(),
  error: described(z.optional(z.string()), 'Why it could not be answered'),
});
export type AssertionResult = z.infer<typeof assertionResult>;

const evidence = z.object({
  /** The drill, or the restore that failed for the backup's sake. */
  workFlowId: identifier,
  time: described(z.iso.datetime(), 'When it came to this'),
  result: z.enum(['passed', 'failed']),
  source: described(
    z.optional(z.literal('copy')),
    'The second copy was restored; absent: the files as they were written',
  ),
  reason: described(z.optional(z.string()), 'Of one that failed: why'),
  failure: described(
    z.optional(z.string()),
    'Of one that failed before anything was compared: the name of the failure, as `FilesLost`',
  ),
  tables: described(z.number(), 'Tables whose rows were compared'),
  comparison,
  rows: described(z.string().check(z.regex(/^\d{1,30}$/)), 'How many these have together'),
  mismatches: described(
    z.array(z.string()),
    'The first of what was not as it was noted: tables, views, sequences, their definitions and rows',
  ),
  changedByRestore: described(
    z.optional(z.array(z.string())),
    'The first of what TiDB changes by itself when it restores (TTL is off, TiFlash replicas are dropped, …), which is no damage',
  ),
  notCompared: described(
    z.optional(z.array(z.string())),
    'The first of what could not be compared, each with the reason',
  ),
  assertions: z.array(assertionResult),
  provisioningSeconds: described(
    z.optional(z.number()),
    'From the request until the throwaway cluster was ready; not a part of the recovery: who recovers may have a cluster',
  ),
});

export type Evidence = z.infer<typeof evidence>;

/** Failures that damaged or missing files explain. */
const OF_FILES: readonly string[] = ['BackupNotRestorable', 'FilesLost'];

/** Whether files that were damaged at a time, in milliseconds since 1970, may be all that speaks against the backup. */
export function isExplainedBy(damagedAt: number, evidence: Evidence | undefined): boolean {
  if (evidence?.result !== 'failed' || evidence.source === 'copy' || Date.parse(evidence.time) < damagedAt)
    return false;
  const { failure, tables, mismatches, assertions } = evidence;
  if (failure !== undefined) return OF_FILES.includes(failure);
  // Of an older release, which kept no name: nothing was compared.
  return tables === 0 && mismatches.length === 0 && assertions.length === 0;
}

/** Why a drill came to no verdict: that says nothing of the backup. */
const drillFailure = z.object({
  /** The drill. */
  workFlowId: identifier,
  time: described(z.iso.datetime(), 'When it failed'),
  reason: z.string(),
});
export type DrillFailure = z.infer<typeof drillFailure>;

/** How a finished backup is known to be restorable. */
export const verification = {
  verifiedAt: described(
    z.optional(z.iso.datetime()),
    'When a drill last found everything as it was noted; absent: none has, or a later one has not',
  ),
  recoverySeconds: described(
    z.optional(z.number()),
    'How long that drill took from the start of the restore until all was compared and asserted',
  ),
  evidence: described(
    z.optional(evidence),
    'What the latest drill found that came to a verdict on the backup, or why a restore could not restore it; absent: none has',
  ),
  lastFailure: described(
    z.optional(drillFailure),
    'Why the latest drill came to no verdict (the throwaway cluster could not be made or reached, the store refused the keys, …), which says nothing of the backup: evidence and verifiedAt stay; absent: it came to one',
  ),
};
