import type { Page, PageRequest } from '../shared/page.ts';
import type { CheckResult } from './check.ts';
import type { Cluster, Maintenance } from './cluster.ts';

type LockOutcome =
  | { outcome: 'locked'; cluster: Cluster }
  | { outcome: 'notFound' }
  /** `maintenance` is absent when the holder has let go since. */
  | { outcome: 'held'; maintenance: Maintenance | undefined };

/**
 * What a user may change of a registered cluster. Without an account, it keeps the one that it has; without `tls`, it keeps that and
 * its certificates.
 */
type ClusterSettings = Pick<Cluster, 'clusterName' | 'endpoints' | 'timezone' | 'executor'> &
  Partial<Pick<Cluster, 'account' | 'tls' | 'certificates'>>;

export interface ClusterStore {
  get(clusterId: string): Promise<Cluster | undefined>;
  /** A cluster with `maintenance` is held from its first moment. False: the id is taken. */
  create(cluster: Cluster): Promise<boolean>;
  /** The cluster as it was before; undefined: there is none. */
  change(clusterId: string, settings: ClusterSettings, at: string): Promise<Cluster | undefined>;
  /** Removes what `operationId` holds. False: gone already, or held by another. */
  remove(clusterId: string, operationId: string): Promise<boolean>;
  list(page: PageRequest): Promise<Page<Cluster>>;
  /** All of them, in no order. */
  all(): Promise<Cluster[]>;
  /** Takes the lock of invariant 1. Taking what one holds already succeeds, so that a repeated call is harmless. */
  lock(clusterId: string, maintenance: Maintenance): Promise<LockOutcome>;
  /** Frees the lock. False: `operationId` does not hold it (any more). */
  unlock(clusterId: string, operationId: string): Promise<boolean>;
  /** Keeps what a check found, in place of the check before. False: the cluster that was registered then is gone. */
  recordCheck(clusterId: string, note: { registeredAt: string; check: CheckResult }): Promise<boolean>;
  /** Keeps which TiDB the cluster is, as {@link recordCheck}. */
  recordTidb(clusterId: string, note: { registeredAt: string; tidb: NonNullable<Cluster['tidb']> }): Promise<boolean>;
}
