import { whyNotCopied } from '../../domain/backup/backup-chain.ts';
import type { BackupRecord } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { Due, DueStore } from '../../domain/cluster/due-store.ts';
import { derivedIdentifier } from '../../domain/shared/identifiers.ts';
import { nextDrillAt } from '../../domain/strategy/due-times.ts';
import { dueDrill, type Strategy, windowDrillId } from '../../domain/strategy/strategy.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { log } from '../../log.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { type StartDrillDeps, startDrill, whyNotComparable } from './drill-backup.ts';

export interface StartDueDrillsDeps extends StartDrillDeps {
  clusters: Pick<ClusterStore, 'getAll'>;
  due: Pick<DueStore, 'find' | 'postpone'>;
  backups: Pick<BackupStore, 'getAll' | 'newestFinished'>;
  workflows: StartDrillDeps['workflows'] & Pick<WorkflowStore, 'getAll'>;
  /** Whether the tenant has a provisioner, which creates clusters. */
  hasProvisioner: boolean;
  /** False to leave the rest to the next sweep. */
  hasTime: () => boolean;
}

/** The outcome of the drills that were due. */
interface DrillSweep {
  started: number;
  /** There was nothing to drill; the log says why. */
  skipped: number;
}

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

/** Clusters looked at together, so that their items are read with few calls. */
const PAGE = 100;

/**
 * Drills the newest finished backup of each cluster whose strategy demands it, once per named day, within 24 hours
 * after the window of that day. The drill's id is that of the day, so repeated and concurrent sweeps start nothing
 * twice. A cluster whose drill is skipped stays due for those 24 hours: its backup may still be running.
 * @param now the sweep's time, in milliseconds since 1970
 * @throws AggregateError if some could not be started; the next sweep retries
 */
export async function startDueDrills(now: number, deps: StartDueDrillsDeps): Promise<DrillSweep> {
  const sweep: DrillSweep = { started: 0, skipped: 0 };
  const failures: unknown[] = [];
  const attempt = async (clusterId: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      log.error({ message: 'a drill could not be started', clusterId, error });
      failures.push(error);
    }
  };
  const due = await deps.due.find('drill', new Date(now).toISOString());
  for (let first = 0; first < due.length && deps.hasTime(); first += PAGE) {
    const candidates = await candidatesAmong(due.slice(first, first + PAGE), now, deps, attempt);
    const ids = candidates.flatMap(({ backupId }) => backupId ?? []);
    const records = new Map((await deps.backups.getAll(ids)).map((record) => [record.backupId, record]));
    await inParallel(candidates, CONCURRENCY, ({ cluster: { clusterId }, ...candidate }) =>
      attempt(clusterId, async () => {
        const record = candidate.backupId === undefined ? undefined : records.get(candidate.backupId);
        const why = await startUnlessImpossible(candidate, record, now, deps);
        sweep[why === undefined ? 'started' : 'skipped'] += 1;
        if (why === undefined) await candidate.moveOn();
        else log.warn({ message: 'no drill is started', clusterId, why });
      }),
    );
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} drills could not be started`);
  return sweep;
}

interface Candidate {
  cluster: Cluster;
  workFlowId: string;
  drill: NonNullable<Strategy['drill']>;
  /** The newest finished backup, as its index says. */
  backupId: string | undefined;
  /** Makes the drill of the next day the one that is due. */
  moveOn: () => Promise<unknown>;
}

/** The clusters whose drill has not started. The others are due at another time, or never. */
async function candidatesAmong(
  due: readonly Due[],
  now: number,
  deps: StartDueDrillsDeps,
  attempt: (clusterId: string, work: () => Promise<void>) => Promise<void>,
): Promise<Candidate[]> {
  const dueOf = new Map(due.map((each) => [each.clusterId, each]));
  const wanted = (await deps.clusters.getAll([...dueOf.keys()])).map((cluster) => {
    const { clusterId, strategy } = cluster;
    const window = strategy && dueDrill(strategy, now);
    const found = dueOf.get(clusterId);
    const next = strategy && nextDrillAt(strategy, window === undefined ? now : window.end + DAY_MS);
    return {
      cluster,
      drill: window && strategy?.drill,
      workFlowId: window && windowDrillId(clusterId, window, strategy?.registeredAt),
      moveOn: async () => found && (await deps.due.postpone('drill', found, next)),
    };
  });
  const started = await deps.workflows.getAll(wanted.flatMap(({ workFlowId }) => workFlowId ?? []));
  const statusOf = new Map(started.map(({ workFlowId, status }) => [workFlowId, status]));
  const candidates: Candidate[] = [];
  await inParallel(wanted, CONCURRENCY, ({ cluster, workFlowId, drill, moveOn }) =>
    attempt(cluster.clusterId, async () => {
      const status = workFlowId && statusOf.get(workFlowId);
      // Its start may have died halfway: repair takes it back, and a later sweep starts it again.
      if (status === 'Initializing') return;
      if (workFlowId === undefined || drill === undefined || status !== undefined) {
        await moveOn();
        return;
      }
      const newest = deps.hasProvisioner ? await deps.backups.newestFinished(ownBackups(cluster)) : undefined;
      candidates.push({ cluster, workFlowId, drill, backupId: newest?.backupId, moveOn });
    }),
  );
  return candidates;
}

/** @returns why there is nothing to drill; `undefined` if the drill has started */
async function startUnlessImpossible(
  { workFlowId, drill }: Pick<Candidate, 'workFlowId' | 'drill'>,
  record: BackupRecord | undefined,
  now: number,
  deps: StartDueDrillsDeps,
): Promise<string | undefined> {
  if (!deps.hasProvisioner) return 'the deployment has no provisioner to create a throwaway cluster';
  if (record?.status !== 'Finished') return 'there is no finished backup';
  const why = whyNotComparable(record);
  if (why !== undefined) return `${record.backupId}: ${why}`;
  const { weekdays: _, ...wanted } = drill;
  const missing = wanted.source === 'copy' ? whyNotCopied(record) : undefined;
  if (missing !== undefined) return missing;
  const throwawayId = derivedIdentifier(workFlowId, 1);
  await startDrill({ workFlowId, throwawayId, record, ...wanted, at: new Date(now).toISOString() }, deps);
  return undefined;
}

const DAY_MS = 24 * 3_600_000;
