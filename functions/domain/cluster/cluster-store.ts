import type { Page, PageRequest } from '../shared/page.ts';
import type { CheckResult } from './check.ts';
import type { Cluster, Maintenance } from './cluster.ts';

type LockOutcome =
  | { outcome: 'locked'; cluster: Cluster }
  | { outcome: 'notFound' }
  /** `maintenance` is unset if the holder has released the cluster since. */
  | { outcome: 'held'; maintenance: Maintenance | undefined };

/**
 * What a user may change of a registered cluster. Without an account, the account stays; without `tls`, the mode and
 * certificates stay.
 */
type ClusterSettings = Pick<Cluster, 'clusterName' | 'endpoints' | 'timezone' | 'executor'> &
  Partial<Pick<Cluster, 'account' | 'tls' | 'certificates'>>;

export interface ClusterStore {
  get(clusterId: string): Promise<Cluster | undefined>;
  /** The existing ones, unordered. */
  getAll(clusterIds: readonly string[]): Promise<Cluster[]>;
  /** A cluster with `maintenance` is held from its first moment. False if the id is taken. */
  create(cluster: Cluster): Promise<boolean>;
  /** The cluster as it was before; `undefined` if there is none. */
  change(clusterId: string, settings: ClusterSettings, at: string): Promise<Cluster | undefined>;
  /** Removes a cluster that `operationId` holds. False if it is already removed, or held by another. */
  remove(clusterId: string, operationId: string): Promise<boolean>;
  list(page: PageRequest): Promise<Page<Cluster>>;
  /** All clusters, unordered. */
  all(): Promise<Cluster[]>;
  /** Takes the lock of invariant 1. Idempotent for the same operation. */
  lock(clusterId: string, maintenance: Maintenance): Promise<LockOutcome>;
  /** Releases the lock. False if `operationId` does not hold it (any more). */
  unlock(clusterId: string, operationId: string): Promise<boolean>;
  /** Keeps what a check found, in place of the check before. False if the cluster that was registered then is gone. */
  recordCheck(clusterId: string, note: { registeredAt: string; check: CheckResult }): Promise<boolean>;
  /** Stores which TiDB the cluster is, like {@link recordCheck}. */
  recordTidb(clusterId: string, note: { registeredAt: string; tidb: NonNullable<Cluster['tidb']> }): Promise<boolean>;
}
