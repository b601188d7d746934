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
  /** False: the rest is left to the next sweep. */
  hasTime: () => boolean;
}

/** How many of what was found unfinished have met which end. */
export type Reconciliation = Record<Settled | 'failed' | 'left', number>;

/** Enough to hide the network's latency; a repair may wait minutes for a TiDB that is away. */
const CONCURRENCY = 16;

/**
 * Invariant 2: ends what nobody works on any more, and goes on with what has to be gone on with. Sweeps may be late, cut off, or
 * run beside each other and beside `execution-ended`.
 * @param now the sweep's time, in milliseconds since 1970, by which it judges how old something is
 * @throws what the stores throw before the first of it is looked at
 */
export async function reconcile(now: number, deps: ReconcileDeps): Promise<Reconciliation> {
  const result: Reconciliation = { running: 0, repaired: 0, over: 0, failed: 0, left: 0 };
  await inParallel(await findWork(now, deps), CONCURRENCY, async ({ subject, settle }) => {
    if (!deps.hasTime()) {
      result.left += 1;
      return;
    }
    // One's failure is not another's: the sweep goes on.
    const settled = await settle().catch((error: unknown) => {
      log.error({ message: 'what is unfinished could not be repaired', subject, error });
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
  // The deletion of a locked backup waits for weeks in its workflow, and holds nothing.
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
