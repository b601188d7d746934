import { type Clock, timestamp } from '../domain/clock.ts';
import type { ClusterReplacement } from '../domain/cluster-registration.ts';
import type { ClusterStore } from '../domain/stores.ts';
import { dropAccount, type KeepAccountDeps, keepAccount } from './keep-account.ts';
import { clusterNotFound } from './lock-cluster.ts';
import { refuseExecutorWithoutWorker } from './refuse-executor.ts';

export interface ChangeClusterDeps extends KeepAccountDeps {
  clusters: Pick<ClusterStore, 'get' | 'change'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

/**
 * Replaces what was registered of a cluster. A running operation keeps what it has read.
 * @throws ServiceError 10001, 10003
 */
export async function changeCluster(
  clusterId: string,
  { account: given, ...settings }: ClusterReplacement,
  deps: ChangeClusterDeps,
): Promise<void> {
  refuseExecutorWithoutWorker(settings.executor, deps.hasWorker);
  const at = timestamp(deps.clock);
  if (given === undefined) {
    // The account is not even named: what was read a moment ago may have been replaced, and its secret removed.
    if ((await deps.clusters.change(clusterId, settings, at)) === undefined) throw clusterNotFound(clusterId);
    return;
  }
  const current = await deps.clusters.get(clusterId);
  if (current === undefined) throw clusterNotFound(clusterId);
  const account = await keepAccount(clusterId, given, current.account, deps);
  const before = await deps.clusters.change(clusterId, { ...settings, account }, at);
  // The secret that nobody names from now on: the former one; or, if the cluster was removed meanwhile, the new one.
  const [unused, inUse] = before === undefined ? [account, current.account] : [before.account, account];
  if (unused.secretArn !== inUse.secretArn) await dropAccount(unused, deps.secrets);
  if (before === undefined) throw clusterNotFound(clusterId);
}
