import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { lazily, object } from '../shared/object.ts';

/** Lists that could grow with the number of tables are cut to this length. */
export const EXAMPLES_KEPT = 10;

/** The comparison that a drill can make: key-value pairs (`ADMIN CHECKSUM TABLE`) cover indexes too, but need SUPER. */
const comparison = described(
  z.optional(z.enum(['rows', 'rowsAndKeyValues'])),
  'What is compared: the rows of the tables, or also the number of key-value pairs including indexes, which needs an account with SUPER',
);

/** The result of computing the checksums of a backup's tables. */
export const checksumSummary = object(() => ({
  tables: described(z.optional(z.number()), 'Tables with checksums'),
  comparison,
  unreadable: described(
    z.optional(z.number()),
    'Tables, views and sequences that could not be read, so that no drill compares them',
  ),
  unreadableExamples: described(z.optional(z.array(z.string())), 'The first of them, each with the reason'),
  missing: described(z.optional(z.string()), 'Why there are no checksums'),
}));
export type ChecksumSummary = z.infer<typeof checksumSummary>;

/** A user's assertion, and whether it held. What the query read is not kept. */
const assertionResult = object(() => ({
  assertion: z.string(),
  passed: z.boolean(),
  error: described(z.optional(z.string()), 'Why the query failed'),
}));
export type AssertionResult = z.infer<typeof assertionResult>;

/** A table, view or sequence as a drill found it. */
const comparedTable = object(() => ({
  database: z.string(),
  table: described(z.optional(z.string()), 'Omitted for a database that is missing as a whole'),
  kind: z.optional(z.enum(['view', 'sequence', 'temporary table'])),
  outcome: described(
    z.enum(['equal', 'differs', 'missing', 'unexpected', 'notCompared']),
    '`unexpected`: it was restored, but the backup does not hold it',
  ),
  rows: described(z.optional(z.string()), 'Number of rows at the snapshot of the backup; omitted if unknown'),
  keyValues: described(z.optional(z.string()), 'Number of key-value pairs including indexes; omitted if unknown'),
  checksum: described(z.optional(z.string()), 'Checksum of its rows; omitted if unknown'),
  detail: described(
    z.optional(z.string()),
    'What differs, why it could not be compared, or what TiDB itself changed when it restored the table',
  ),
}));
export type ComparedTable = z.infer<typeof comparedTable>;

/** The tables of a drill, as many of them as a record has room for. */
export const drillTables = object(() => ({
  tables: described(z.array(comparedTable), 'Problems first'),
  omitted: described(z.optional(z.number()), 'How many more there are; omitted if all are listed'),
}));
export type DrillTables = z.infer<typeof drillTables>;

const evidence = object(() => ({
  /** The drill, or the restore that found the backup damaged. */
  workFlowId: identifier,
  time: described(z.iso.datetime(), 'When this verdict was reached'),
  result: z.enum(['passed', 'failed']),
  source: described(
    z.optional(z.literal('copy')),
    '`copy` if the second copy was restored; omitted for the original files',
  ),
  reason: described(z.optional(z.string()), 'Why the drill failed'),
  failure: described(
    z.optional(z.string()),
    'Of one that failed before anything was compared: the name of the failure, as `FilesLost`',
  ),
  tables: described(z.number(), 'Tables whose rows were compared'),
  comparison,
  rows: described(z.string().check(z.regex(/^\d{1,30}$/)), 'Total number of rows in these tables'),
  mismatches: described(
    z.array(z.string()),
    'The first differences from the backup: tables, views, sequences, their definitions and rows',
  ),
  changedByRestore: described(
    z.optional(z.array(z.string())),
    'The first changes that TiDB itself makes when it restores (TTL off, TiFlash replicas dropped, …), which are no damage',
  ),
  notCompared: described(
    z.optional(z.array(z.string())),
    'The first objects that could not be compared, each with the reason',
  ),
  assertions: z.array(assertionResult),
  provisioningSeconds: described(
    z.optional(z.number()),
    'From the request until the throwaway cluster was ready. Not part of the recovery time, because a real recovery may have a cluster at hand',
  ),
}));

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

/** Why a drill reached no verdict, which says nothing about the backup. */
const drillFailure = object(() => ({
  workFlowId: identifier,
  time: described(z.iso.datetime(), 'When it failed'),
  reason: z.string(),
}));
export type DrillFailure = z.infer<typeof drillFailure>;

/** What is known about whether a finished backup can be restored. */
export const verification = lazily(() => ({
  verifiedAt: described(
    z.optional(z.iso.datetime()),
    'When a drill last verified the backup; omitted if none has, or if a later one failed',
  ),
  recoverySeconds: described(
    z.optional(z.number()),
    'How long that drill took, from the start of the restore to the last comparison and assertion',
  ),
  evidence: described(
    z.optional(evidence),
    'The latest verdict on the backup, by a drill or by a restore that found it damaged; omitted if there is none',
  ),
  lastFailure: described(
    z.optional(drillFailure),
    'Why the latest drill reached no verdict (the throwaway cluster could not be created or reached, the store rejected the keys, …). It says nothing about the backup, so evidence and verifiedAt stay. Omitted if the drill reached a verdict',
  ),
}));
