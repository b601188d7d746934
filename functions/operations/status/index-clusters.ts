import { DUE_KINDS, type DueStore, type DueTimes } from '../../domain/cluster/due-store.ts';
import { dueTimes } from '../../domain/strategy/due-times.ts';
import { log } from '../../log.ts';

export interface IndexClustersDeps {
  due: Pick<DueStore, 'isComplete' | 'withStrategy' | 'add' | 'markComplete'>;
  hasTime: () => boolean;
}

/**
 * Gives the clusters of earlier releases the times by which sweeps find them. It reads all clusters, once per
 * deployment; what a run has no time for, the next one does.
 * @param now milliseconds since 1970
 */
export async function indexClusters(now: number, { due, hasTime }: IndexClustersDeps): Promise<void> {
  if (await due.isComplete()) return;
  let added = 0;
  for await (const { cluster, kinds } of due.withStrategy()) {
    if (!hasTime()) return;
    const times = cluster.strategy === undefined ? {} : dueTimes(cluster.strategy, now);
    const missing: DueTimes = Object.fromEntries(
      DUE_KINDS.flatMap((kind) => (times[kind] === undefined || kinds.includes(kind) ? [] : [[kind, times[kind]]])),
    );
    if (Object.keys(missing).length === 0) continue;
    await due.add(cluster.clusterId, missing);
    added += 1;
  }
  await due.markComplete(new Date(now).toISOString());
  log.info({ message: 'the clusters of an earlier release are indexed', added });
}
