import { whyNotCopied } from '../../domain/backup/backup-chain.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { derivedIdentifier } from '../../domain/shared/identifiers.ts';
import { dueDrill, windowDrillId } from '../../domain/strategy/strategy.ts';
import { log } from '../../log.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { type StartDrillDeps, startDrill, whyNotComparable } from './drill-backup.ts';

export interface StartDueDrillsDeps extends StartDrillDeps {
  clusters: Pick<ClusterStore, 'all'>;
  backups: Pick<BackupStore, 'get' | 'newestFinished'>;
  /** Whether the tenant has a provisioner, which creates clusters. */
  hasProvisioner: boolean;
}

/** The outcome of the drills that were due. */
interface DrillSweep {
  started: number;
  /** There was nothing to drill; the log says why. */
  skipped: number;
}

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

/**
 * Drills the newest finished backup of each cluster whose strategy demands it, once per named day, within 24 hours
 * after the window of that day. The drill's id is that of the day, so repeated and concurrent sweeps start nothing
 * twice.
 * @param now the sweep's time, in milliseconds since 1970
 * @throws AggregateError if some could not be started; the next sweep retries
 */
export async function startDueDrills(now: number, deps: StartDueDrillsDeps): Promise<DrillSweep> {
  const sweep: DrillSweep = { started: 0, skipped: 0 };
  const failures: unknown[] = [];
  await inParallel(await deps.clusters.all(), CONCURRENCY, async (cluster) => {
    try {
      const outcome = await startIfDue(cluster, now, deps);
      if (outcome !== undefined) sweep[outcome] += 1;
    } catch (error) {
      log.error({ message: 'a drill could not be started', clusterId: cluster.clusterId, error });
      failures.push(error);
    }
  });
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} drills could not be started`);
  return sweep;
}

async function startIfDue(
  cluster: Cluster,
  now: number,
  deps: StartDueDrillsDeps,
): Promise<keyof DrillSweep | undefined> {
  const { clusterId, strategy } = cluster;
  const window = strategy && dueDrill(strategy, now);
  if (strategy?.drill === undefined || window === undefined) return undefined;
  const workFlowId = windowDrillId(clusterId, window, strategy.registeredAt);
  if ((await deps.workflows.get(workFlowId)) !== undefined) return undefined;
  const skip = (why: string) => {
    log.warn({ message: 'no drill is started', clusterId, why });
    return 'skipped' as const;
  };
  if (!deps.hasProvisioner) return skip('the deployment has no provisioner to create a throwaway cluster');
  const newest = await deps.backups.newestFinished(ownBackups(cluster));
  const record = newest && (await deps.backups.get(newest.backupId));
  if (record?.status !== 'Finished') return skip('there is no finished backup');
  const why = whyNotComparable(record);
  if (why !== undefined) return skip(`${record.backupId}: ${why}`);
  const { weekdays: _, ...wanted } = strategy.drill;
  const missing = wanted.source === 'copy' ? whyNotCopied(record) : undefined;
  if (missing !== undefined) return skip(missing);
  const throwawayId = derivedIdentifier(workFlowId, 1);
  await startDrill({ workFlowId, throwawayId, record, ...wanted, at: new Date(now).toISOString() }, deps);
  return 'started';
}
