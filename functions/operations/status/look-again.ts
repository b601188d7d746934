import type { DueStore } from '../../domain/cluster/due-store.ts';
import type { BackupChange } from '../../domain/events/record-change.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';

export interface LookAgainDeps {
  due: Pick<DueStore, 'lookAgain'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Has the sweeps look at clusters whose newest finished or verified backup may no longer be the one that they found,
 * whoever changed it. A backup that finishes only becomes the newest: no cluster is overdue earlier for it.
 */
export async function lookAgain(changes: readonly BackupChange[], { due, clock }: LookAgainDeps): Promise<void> {
  const clusterIds = new Set(changes.filter(changesWhatCounts).map((change) => clusterOf(change)));
  for (const clusterId of clusterIds) if (clusterId !== undefined) await due.lookAgain(clusterId, timestamp(clock));
}

function changesWhatCounts({ before, after }: BackupChange): boolean {
  const [was, is] = [before, after].map((record) => (record?.status === 'Finished' ? record : undefined));
  const isGone = was !== undefined && is === undefined;
  const isImported = before === undefined && is !== undefined;
  const isJudged = was !== undefined && (was.verifiedAt === undefined) !== (is?.verifiedAt === undefined);
  return isGone || isImported || isJudged;
}

function clusterOf({ before, after }: BackupChange): string | undefined {
  return (after ?? before)?.clusterId;
}
