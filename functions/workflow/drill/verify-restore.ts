import * as z from 'zod/mini';
import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import {
  compareWithNotes,
  drillTablesOf,
  notesFile,
  type TableNotes,
  tableNotes,
} from '../../domain/backup/table-notes.ts';
import {
  type AssertionResult,
  type DrillTables,
  type Evidence,
  EXAMPLES_KEPT,
} from '../../domain/backup/verification.ts';
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

/** The node's input: that of a drill, with the time when its cluster was ready. */
export const verifyRestoreInput = z.object({
  ...newClusterInput.shape,
  drill,
  ready: z.object({ readyTime: z.iso.datetime() }),
});
type VerifyRestoreInput = z.infer<typeof verifyRestoreInput>;

export interface VerifyRestoreDeps extends Pick<NodeRunner, 'deadline' | 'outOfTime' | 'interruption'> {
  clusters: Pick<ClusterStore, 'get'>;
  backups: Pick<BackupStore, 'get' | 'recordDrill'>;
  workflows: Pick<WorkflowStore, 'get' | 'recordSuccess' | 'recordDrillTables'>;
  files: Pick<BackupFiles, 'read'>;
  tidb: Pick<TidbGateway, 'holdSnapshot'>;
  clock: Clock;
}

/** An assertion must not take longer than this. */
const ASSERTION_WITHIN_MS = 60_000;

/**
 * Node `verifyRestore`: compares every restored table, view and sequence with its checksums, checks the user's
 * assertions, and stores the result in the record, and the tables in the workflow, either way. It writes nothing else,
 * so it can be repeated anywhere.
 * @throws NodeFailure DrillFailed if the backup differs, or an assertion fails; others if that could not be determined;
 * OutOfTime, after which the worker may try
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
    throw new NodeFailure('OperationSuperseded', 'the workflow with the assertions no longer exists');
  }
  if (record?.status !== 'Finished') throw new NodeFailure('BackupNotRestorable', 'the backup no longer exists');
  const notes = await notesOf(record, input, deps.files).catch(blameCopy(input));
  const hold = await deps.tidb.holdSnapshot(cluster, deps);
  try {
    const { drillTables, ...found } = await compare(notes, workflow.assertions, hold, deps);
    const now = clock.now();
    const evidence: Evidence = {
      workFlowId,
      time: timestamp(clock),
      ...found,
      ...(input.source === 'copy' && { source: input.source }),
      provisioningSeconds: seconds(Date.parse(input.drill.startTime), Date.parse(input.ready.readyTime)),
    };
    const at = evidence.time;
    // Before the verdict that names this workflow.
    await deps.workflows.recordDrillTables(workFlowId, drillTables);
    if (evidence.result === 'failed' && evidence.mismatches.length > 0 && input.source === 'copy') {
      // The original may be intact.
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

type Findings = Omit<Evidence, 'workFlowId' | 'time' | 'provisioningSeconds'> & { drillTables: DrillTables };

async function compare(
  notes: TableNotes,
  assertions: readonly string[],
  hold: SnapshotHold,
  deps: Reading,
): Promise<Findings> {
  const { clock, deadline } = deps;
  const { version } = notes;
  // The privileges of a throwaway cluster's account say nothing about the backup; other read errors may.
  const tolerated = ['TidbAccessDenied'] as const;
  const reading = readTables({ hold, tso: hold.tso, version, isWanted: () => true, tolerated, clock, deadline });
  const restored = await whileWanted(reading, deps).catch(sayWhy(deps));
  const { compared, hasKeyValues, mismatches, changedByRestore, notCompared, tables } = compareWithNotes(
    notes,
    restored,
  );
  const asked = await ask(assertions, hold, deps);
  await hold.proveAlive();
  if (compared.length + mismatches.length === 0 && notCompared[0] !== undefined) {
    throw new NodeFailure('TablesUnreadable', `nothing could be compared: ${notCompared[0]}`);
  }
  const failed = asked.filter(({ passed }) => !passed).length;
  const reasons = [
    ...(mismatches.length > 0 ? [`${mismatches.length} tables differ from the backup, such as ${mismatches[0]}`] : []),
    ...(failed > 0 ? [`${failed} of ${asked.length} assertions failed`] : []),
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
    drillTables: drillTablesOf(tables),
  };
}

/** Adds to a timeout what happens to the tables that were not read. */
function sayWhy({ outOfTime }: Pick<Reading, 'outOfTime'>): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof NodeFailure) || error.name !== OUT_OF_TIME) throw error;
    throw new NodeFailure(OUT_OF_TIME, `${error.message}: ${outOfTime}`, { cause: error });
  };
}

/** One after the other, each on its own connection, so that a broken one does not affect the next. */
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
      // An assertion that was cut off has not failed.
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

/** @throws NodeFailure BackupNotRestorable if they are missing or changed */
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
  throw new NodeFailure('BackupNotRestorable', `the table checksums (${name}) are missing or unreadable`);
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
