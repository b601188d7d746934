import type { OwnBackups } from '../cluster/cluster.ts';
import type { RetainedBackup } from './retention.ts';

/** What retention is decided by. All of it may be some moments old: who deletes something looks again. */
export interface RetentionView {
  /** Ids of the clusters whose strategy has a retention rule. */
  clustersWithRule(): Promise<string[]>;
  /** Ids of the clusters, registered or not, that have a backup whose `expireAt` has come. @param now milliseconds since 1970 */
  clustersWithExpired(now: number): Promise<string[]>;
  /**
   * All records of a cluster's id, in no order.
   * @param own absent: the cluster is no longer registered
   */
  backupsOf(clusterId: string, own?: OwnBackups): Promise<RetainedBackup[]>;
}
