import { isDeepStrictEqual } from 'node:util';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletedBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterRegistration, ClusterReplacement } from '../../domain/cluster/cluster-registration.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type ConfigKey, checkConfigValue, isSecretKey } from '../../domain/config/system-config.ts';
import type { ChangePlan } from '../../domain/planning/plan.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { type EndedWindows, endedBy, nextStarts } from '../../domain/strategy/strategy.ts';
import { previewOf } from '../../domain/strategy/strategy-preview.ts';
import { cancellableBackup } from '../backup/cancel-backup.ts';
import { accessAfter, changesTls, followingStrategy, notesOf } from '../cluster/change-cluster.ts';
import { certificateChanges } from '../cluster/keep-certificates.ts';
import { clusterIdTaken, refuseRegistration } from '../cluster/register-cluster.ts';
import { REMOVAL } from '../cluster/remove-cluster.ts';
import { type PlanDeletionsDeps, planDeletions } from '../deletion/plan-deletion.ts';
import { clusterNotFound, lookAtLock } from '../shared/lock-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import { afterSaving, type WantedStrategy } from '../strategy/save-backup-strategy.ts';

/* Plans of requests that change no files: each runs the checks of the request itself. */

export interface PlanCancelDeps {
  backups: Pick<BackupStore, 'get'>;
}

/** @throws ServiceError 20610, 20611, 20612 */
export async function planCancel(
  wanted: { clusterId: string; backupId: string },
  { backups }: PlanCancelDeps,
): Promise<ChangePlan> {
  await wrapErrors('TIEM_BACKUP_RECORD_CANCEL_FAILED', cancellableBackup(wanted, backups));
  return {
    ...{ action: 'cancel', clusterId: wanted.clusterId, backupId: wanted.backupId, conflicts: [] },
    changes: ['the backup ends as Canceled, and its files are removed'],
  };
}

export interface PlanClusterDeps {
  clusters: Pick<ClusterStore, 'get'>;
  hasWorker: boolean;
  secretsPrefix: string;
  clock: Pick<Clock, 'now'>;
}

/** @throws ServiceError 10001 */
export async function planRegistration(wanted: ClusterRegistration, deps: PlanClusterDeps): Promise<ChangePlan> {
  const { clusterId } = wanted;
  refuseRegistration(wanted, deps);
  if (clusterId !== undefined && (await deps.clusters.get(clusterId)) !== undefined) throw clusterIdTaken(clusterId);
  return {
    action: 'register',
    ...(clusterId !== undefined && { clusterId }),
    changes: ['the cluster is registered', 'a check of it starts'],
    conflicts: [],
  };
}

/** @throws ServiceError 10001, 10003 */
export async function planClusterChange(
  clusterId: string,
  wanted: ClusterReplacement,
  { clusters, hasWorker, secretsPrefix, clock }: PlanClusterDeps,
): Promise<ChangePlan> {
  const { clusterName, endpoints, timezone, executor } = wanted;
  refuseExecutorWithoutWorker(executor, hasWorker);
  const current = await clusters.get(clusterId);
  if (current === undefined) throw clusterNotFound(clusterId);
  const { account, tls } = accessAfter(wanted, current, { secretsPrefix });
  const settings = { clusterName, endpoints, timezone, executor, tls };
  const former = {
    ...{ clusterName: current.clusterName, endpoints: current.endpoints, timezone: current.timezone },
    ...{ executor: current.executor, tls: current.tls },
  };
  // Nobody here knows whether a given password is new.
  const keepsAccount = account === undefined || account.secretArn === current.account.secretArn;
  const following = followingStrategy(current, timezone);
  return {
    ...{ action: 'change', clusterId, conflicts: [] },
    changes: [
      ...differing(settings, former),
      ...(keepsAccount ? [] : ['account']),
      ...(changesTls(wanted) ? certificateChanges(wanted, { ...current, tls }) : []),
      ...(following ? endingWindows(afterSaving(following, { ...current, timezone }, clock.now()).ended) : []),
      ...notesOf(current, wanted),
    ],
  };
}

export interface PlanRemovalDeps extends PlanDeletionsDeps {
  clusters: Pick<ClusterStore, 'get'>;
}

/** @throws ServiceError 10003, 20603 */
export async function planRemoval(
  clusterId: string,
  deleteBackups: DeletedBackups | undefined,
  deps: PlanRemovalDeps,
): Promise<ChangePlan> {
  const { cluster, conflicts } = await lookAtLock(clusterId, deps.clusters);
  const condition = { clusterId, ...(deleteBackups === 'auto' && { backupMode: deleteBackups }) };
  const ended = endedBy('the cluster was removed', cluster, undefined, deps.clock.now());
  return {
    ...{ action: 'remove', clusterId },
    changes: [
      'the cluster is removed, with the secrets that the service keeps for it',
      ...(cluster.strategy ? ['its strategy is removed: automatic backups and retention end'] : []),
      ...endingWindows(ended),
      ...(deleteBackups === undefined ? ['its backups stay'] : []),
    ],
    ...(deleteBackups !== undefined && { backups: await planDeletions(condition, deps) }),
    // A removal that was cut off is resumed.
    conflicts: cluster.maintenance?.operationId === REMOVAL ? [] : conflicts,
  };
}

export interface PlanStrategyDeps {
  clusters: Pick<ClusterStore, 'get'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

const NEXT_RUNS = 3;

/** The API's names for fields that are stored under another name, or hidden. */
const SHOWN_AS: Readonly<Record<string, string[]>> = {
  weekdays: ['backupDate'],
  fullWeekdays: ['fullBackupDate'],
  followsCluster: [],
  registeredAt: [],
};

function endingWindows({ canceled }: EndedWindows): string[] {
  return canceled === undefined ? [] : [`the window open since ${canceled.start} is canceled`];
}

/** @throws ServiceError 10001, 10003, 20605 */
export async function planStrategy(
  clusterId: string,
  wanted: WantedStrategy,
  { clusters, hasWorker, clock }: PlanStrategyDeps,
): Promise<ChangePlan> {
  refuseExecutorWithoutWorker(wanted.drill?.executor, hasWorker);
  const cluster = await wrapErrors('TIEM_BACKUP_STRATEGY_SAVE_FAILED', clusters.get(clusterId));
  if (cluster === undefined) throw clusterNotFound(clusterId);
  const now = clock.now();
  const { strategy, ended } = afterSaving(wanted, cluster, now);
  const changes =
    cluster.strategy === undefined
      ? ['the cluster gets a strategy']
      : differing(strategy, cluster.strategy).flatMap((name) => SHOWN_AS[name] ?? [name]);
  return {
    ...{ action: 'saveStrategy', clusterId, conflicts: [] },
    changes: [...changes, ...endingWindows(ended)],
    nextRuns: nextStarts(strategy, now, NEXT_RUNS),
    preview: previewOf(strategy, now),
  };
}

/** @throws ServiceError 10003, 20607 */
export async function planStrategyDeletion(
  clusterId: string,
  { clusters, clock }: Pick<PlanStrategyDeps, 'clusters' | 'clock'>,
): Promise<ChangePlan> {
  const cluster = await wrapErrors('TIEM_BACKUP_STRATEGY_DELETE_FAILED', clusters.get(clusterId));
  if (cluster === undefined) throw clusterNotFound(clusterId);
  const ended = endedBy('the strategy was deleted', cluster, undefined, clock.now());
  return {
    ...{ action: 'deleteStrategy', clusterId, conflicts: [] },
    changes: [
      ...(cluster.strategy ? ['automatic backups and retention of the cluster end'] : []),
      ...endingWindows(ended),
    ],
  };
}

export interface PlanConfigDeps {
  config: Pick<ConfigStore, 'readLatest'>;
}

/** @throws ServiceError 20601 */
export async function planConfig(key: ConfigKey, value: string, { config }: PlanConfigDeps): Promise<ChangePlan> {
  const checked = checkConfigValue(key, value);
  const stored = (await config.readLatest())[key];
  // The API cannot see whether a given secret equals the stored one.
  const stays = isSecretKey(key) ? checked === '' && stored === undefined : (stored ?? '') === checked;
  const change = checked === '' ? `${key} is removed` : `${key} is set`;
  return { action: 'configure', changes: stays ? [] : [change], conflicts: [] };
}

/** Names of the fields that differ. */
function differing(after: object, before: object): string[] {
  const [later, former] = [new Map(Object.entries(after)), new Map(Object.entries(before))];
  const names = new Set([...later.keys(), ...former.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(later.get(name), former.get(name)));
}
