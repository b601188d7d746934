import type { OwnBackups } from '../cluster/cluster.ts';
import type { RetainedBackup } from './retention.ts';

/** The data behind retention decisions. It may be a few moments old, so deletions check again. */
export interface RetentionView {
  /**
   * Ids of the clusters, registered or not, that have a backup with an `expireAt` in the past.
   * @param now milliseconds since 1970
   */
  clustersWithExpired(now: number): Promise<string[]>;
  /**
   * All records of a cluster id, unordered.
   * @param own unset if the cluster is no longer registered
   */
  backupsOf(clusterId: string, own?: OwnBackups): Promise<RetainedBackup[]>;
}
