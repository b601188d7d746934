import { backupOfDeletion } from '../../domain/backup/backup-record.ts';
import type { Hold, Unfinished } from '../../domain/workflow/unfinished.ts';
import { log } from '../../log.ts';
import { REMOVAL } from '../cluster/remove-cluster.ts';
import { inParallel } from '../shared/in-parallel.ts';
import {
  removeRemainingFiles,
  type SettleDeps,
  type Settled,
  settleDeletion,
  settleOperation,
  settleRemoval,
} from './settle-unfinished.ts';

export interface ReconcileDeps extends SettleDeps {
  unfinished: Unfinished;
  /** False to leave the rest to the next sweep. */
  hasTime: () => boolean;
}

/** Number of unfinished items by outcome. */
export type Reconciliation = Record<Settled | 'failed' | 'left', number>;

/** Enough to hide the network's latency; a repair may wait minutes for an unreachable TiDB. */
const CONCURRENCY = 16;

/**
 * Invariant 2: ends operations that nobody works on any more, and resumes those that must continue. Sweeps may be late,
 * cut off, or run concurrently with each other and with `execution-ended`.
 * @param now the sweep's time, in milliseconds since 1970, for judging ages
 * @throws what the stores throw before the first item is processed
 */
export async function reconcile(now: number, deps: ReconcileDeps): Promise<Reconciliation> {
  const result: Reconciliation = { running: 0, repaired: 0, over: 0, failed: 0, left: 0 };
  await inParallel(await findWork(now, deps), CONCURRENCY, async ({ subject, settle }) => {
    if (!deps.hasTime()) {
      result.left += 1;
      return;
    }
    // A failure of one item does not stop the sweep.
    const settled = await settle().catch((error: unknown) => {
      log.error({ message: 'an unfinished item could not be repaired', subject, error });
      return 'failed' as const;
    });
    result[settled] += 1;
  });
  return result;
}

interface Work {
  /** Id of an operation, a cluster or a backup. */
  subject: string;
  settle: () => Promise<Settled>;
}

async function findWork(now: number, deps: ReconcileDeps): Promise<Work[]> {
  const { unfinished } = deps;
  const [holds, workflows, deletions, withFiles] = await Promise.all([
    unfinished.holds(),
    unfinished.workflows(),
    unfinished.deletions(now),
    unfinished.withFiles(now),
  ]);
  // The deletion of a locked backup waits in its workflow for weeks, and holds nothing.
  const locked = new Set(deletions.locked);
  const lively = workflows.filter((id) => !locked.has(backupOfDeletion(id) ?? ''));
  // Nearly every operation has both a workflow and a cluster.
  const operations = new Map<string, Hold | undefined>(lively.map((id) => [id, undefined]));
  const removals: Hold[] = [];
  for (const hold of holds) {
    const { operationId } = hold.maintenance;
    if (operationId === REMOVAL) removals.push(hold);
    else operations.set(operationId, hold);
  }
  return [
    ...[...operations].map(([id, hold]) => work(id, () => settleOperation(id, hold, now, deps))),
    ...removals.map(({ clusterId }) => work(clusterId, () => settleRemoval(clusterId, now, deps))),
    ...deletions.due.map((id) => work(id, () => settleDeletion(id, now, deps))),
    ...withFiles.map((id) => work(id, () => removeRemainingFiles(id, now, deps))),
  ];
}

function work(subject: string, settle: Work['settle']): Work {
  return { subject, settle };
}
