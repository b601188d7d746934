import * as z from 'zod/mini';
import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { compareWithNotes, notesFile, type TableNotes, tableNotes } from '../../domain/backup/table-notes.ts';
import { type AssertionResult, type Evidence, EXAMPLES_KEPT } from '../../domain/backup/verification.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { readFrom } from '../../domain/storage/second-copy.ts';
import type { SnapshotHold, TidbGateway } from '../../domain/tidb/tidb.ts';
import { NodeFailure, OUT_OF_TIME } from '../../domain/workflow/node-failure.ts';
import { drill, newClusterInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { log } from '../../log.ts';
import { readTables } from '../backup/read-tables.ts';
import { blameCopy } from '../restore/restore-from-src-cluster.ts';
import { heldCluster } from '../shared/held-cluster.ts';
import type { NodeRunner } from '../shared/node-runner.ts';
import { whileWanted } from '../shared/while-wanted.ts';

/** What the node is told: of a drill alone, with when its cluster was ready. */
export const verifyRestoreInput = z.object({
  ...newClusterInput.shape,
  drill,
  ready: z.object({ readyTime: z.iso.datetime() }),
});
type VerifyRestoreInput = z.infer<typeof verifyRestoreInput>;

export interface VerifyRestoreDeps extends Pick<NodeRunner, 'deadline' | 'outOfTime' | 'interruption'> {
  clusters: Pick<ClusterStore, 'get'>;
  backups: Pick<BackupStore, 'get' | 'recordDrill'>;
  workflows: Pick<WorkflowStore, 'get' | 'recordSuccess'>;
  files: Pick<BackupFiles, 'read'>;
  tidb: Pick<TidbGateway, 'holdSnapshot'>;
  clock: Clock;
}

/** What takes longer than this to tell whether a backup is good is no assertion. */
const ASSERTION_WITHIN_MS = 60_000;

/**
 * Node `verifyRestore`: compares every restored table, view and sequence with what was noted of it, asks the user's assertions, and keeps what was
 * found on the record, either way. Nothing is written but that: begun anew, elsewhere too, it does the same.
 * @throws NodeFailure DrillFailed: the backup is not what it was, or an assertion does not hold; others: it could not be told;
 * OutOfTime: as the worker may
 */
export async function verifyRestore(input: VerifyRestoreInput, deps: VerifyRestoreDeps): Promise<Evidence> {
  const { backups, clock } = deps;
  const { backupId, workFlowId } = input;
  const [cluster, record, workflow] = await Promise.all([
    heldCluster(input, deps.clusters),
    backups.get(backupId),
    deps.workflows.get(workFlowId),
  ]);
  if (workflow?.assertions === undefined) {
    throw new NodeFailure('OperationSuperseded', 'the workflow that knows the assertions is not there any more');
  }
  if (record?.status !== 'Finished') throw new NodeFailure('BackupNotRestorable', 'the backup is not there any more');
  const notes = await notesOf(record, input, deps.files).catch(blameCopy(input));
  const hold = await deps.tidb.holdSnapshot(cluster, deps);
  try {
    const found = await compare(notes, workflow.assertions, hold, deps);
    const now = clock.now();
    const evidence: Evidence = {
      workFlowId,
      time: timestamp(clock),
      ...found,
      ...(input.source === 'copy' && { source: input.source }),
      provisioningSeconds: seconds(Date.parse(input.drill.startTime), Date.parse(input.ready.readyTime)),
    };
    const at = evidence.time;
    if (evidence.result === 'failed' && evidence.mismatches.length > 0 && input.source === 'copy') {
      // The backup itself may be as it was.
      throw new NodeFailure('CopyNotRestorable', `of the second copy: ${evidence.reason}`);
    }
    if (evidence.result === 'failed') {
      await backups.recordDrill(backupId, { evidence, verdict: 'refuted', at });
      throw new NodeFailure('DrillFailed', evidence.reason ?? 'the drill failed');
    }
    const recoverySeconds = seconds(Date.parse(input.ready.readyTime), now);
    await backups.recordDrill(backupId, { evidence, verdict: 'verified', recoverySeconds, at });
    await deps.workflows.recordSuccess(workFlowId, at);
    log.info({ message: 'backup verified', backupId, tables: evidence.tables, recoverySeconds });
    return evidence;
  } finally {
    await hold.close();
  }
}

type Reading = Pick<VerifyRestoreDeps, 'clock' | 'deadline' | 'outOfTime' | 'interruption'>;

type Findings = Omit<Evidence, 'workFlowId' | 'time' | 'provisioningSeconds'>;

async function compare(
  notes: TableNotes,
  assertions: readonly string[],
  hold: SnapshotHold,
  deps: Reading,
): Promise<Findings> {
  const { clock, deadline } = deps;
  const { version } = notes;
  // The account of a throwaway cluster says nothing of the backup; what else cannot be read may.
  const tolerated = ['TidbAccessDenied'] as const;
  const reading = readTables({ hold, tso: hold.tso, version, isWanted: () => true, tolerated, clock, deadline });
  const restored = await whileWanted(reading, deps).catch(sayWhy(deps));
  const { compared, hasKeyValues, mismatches, changedByRestore, notCompared } = compareWithNotes(notes, restored);
  const asked = await ask(assertions, hold, deps);
  await hold.proveAlive();
  if (compared.length + mismatches.length === 0 && notCompared[0] !== undefined) {
    throw new NodeFailure('TablesUnreadable', `nothing could be compared: ${notCompared[0]}`);
  }
  const failed = asked.filter(({ passed }) => !passed).length;
  const reasons = [
    ...(mismatches.length > 0
      ? [`${mismatches.length} tables are not as they were noted, such as ${mismatches[0]}`]
      : []),
    ...(failed > 0 ? [`${failed} of ${asked.length} assertions do not hold`] : []),
  ];
  return {
    result: reasons.length === 0 ? 'passed' : 'failed',
    ...(reasons.length > 0 && { reason: reasons.join('; ') }),
    tables: compared.length,
    ...(compared.length > 0 && { comparison: hasKeyValues ? 'rowsAndKeyValues' : 'rows' }),
    rows: String(compared.reduce((sum, { rows = '0' }) => sum + BigInt(rows), 0n)),
    mismatches: mismatches.slice(0, EXAMPLES_KEPT),
    ...(changedByRestore.length > 0 && { changedByRestore: changedByRestore.slice(0, EXAMPLES_KEPT) }),
    ...(notCompared.length > 0 && { notCompared: notCompared.slice(0, EXAMPLES_KEPT) }),
    assertions: asked,
  };
}

/** Says of what there was no time to read what becomes of it. */
function sayWhy({ outOfTime }: Pick<Reading, 'outOfTime'>): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof NodeFailure) || error.name !== OUT_OF_TIME) throw error;
    throw new NodeFailure(OUT_OF_TIME, `${error.message}: ${outOfTime}`, { cause: error });
  };
}

/** One after the other, each on a connection of its own: whatever becomes of that, the next begins anew. */
async function ask(
  assertions: readonly string[],
  hold: SnapshotHold,
  { clock, deadline, outOfTime, interruption }: Reading,
): Promise<AssertionResult[]> {
  const results: AssertionResult[] = [];
  for (const assertion of assertions) {
    interruption?.throwIfAborted();
    const reader = await hold.openReader(hold.tso);
    try {
      const left = Math.max(1, Math.min(deadline - clock.now(), ASSERTION_WITHIN_MS));
      const result = await reader.assert(assertion, left);
      // What was cut off has not failed.
      if (!result.passed && clock.now() >= deadline) {
        throw new NodeFailure(OUT_OF_TIME, `there was no time left for all assertions: ${outOfTime}`);
      }
      results.push({ assertion, ...result });
    } finally {
      await reader.close();
    }
  }
  return results;
}

/** @throws NodeFailure BackupNotRestorable: they are not there, or not what was written */
async function notesOf(
  record: FinishedBackup,
  { source }: Pick<VerifyRestoreInput, 'source'>,
  files: VerifyRestoreDeps['files'],
): Promise<TableNotes> {
  const { folder, name } = notesFile(record, record.finishedAttempt);
  const parts: Uint8Array[] = [];
  for await (const part of (await files.read(readFrom(folder, source), name)) ?? []) parts.push(part);
  const parsed = tableNotes.safeParse(jsonOf(Buffer.concat(parts).toString()));
  if (parsed.success && parsed.data.backupTso === record.backupTso) return parsed.data;
  throw new NodeFailure(
    'BackupNotRestorable',
    `what was noted of its tables (${name}) is not there, or cannot be read`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seconds(from: number, to: number): number {
  return Math.max(0, (to - from) / 1_000);
}
