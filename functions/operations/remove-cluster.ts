import { type Clock, timestamp } from '../domain/clock.ts';
import type { SecretVault } from '../domain/secret-vault.ts';
import type { ClusterStore } from '../domain/stores.ts';
import { dropAccount } from './keep-account.ts';
import { lockCluster } from './lock-cluster.ts';

export interface RemoveClusterDeps {
  clusters: Pick<ClusterStore, 'lock' | 'unlock' | 'remove'>;
  secrets: Pick<SecretVault, 'remove'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * The operation id of every removal. Removals need no telling apart, and so a repeated one takes over from one that was cut
 * off half-way, instead of finding the cluster held for ever.
 */
const REMOVAL = 'removal';

/**
 * Forgets a cluster and the password that was kept for it; its backups stay. The lock keeps backups from starting meanwhile,
 * and the item goes last, so that nothing of the cluster is left without it.
 * @throws ServiceError 10003; 20114 while an operation holds the cluster
 */
export async function removeCluster(clusterId: string, { clusters, secrets, clock }: RemoveClusterDeps): Promise<void> {
  const maintenance = { status: 'Deleting', operationId: REMOVAL, since: timestamp(clock) } as const;
  const { account } = await lockCluster(clusterId, maintenance, clusters);
  await dropAccount(account, secrets);
  await clusters.remove(clusterId, REMOVAL);
}
