import * as z from 'zod/mini';
import { retainedBackup } from '../domain/retention.ts';
import type { RetentionView } from '../domain/retention-view.ts';
import type { Table } from './dynamodb.ts';
import { queryIndex } from './query-index.ts';
import { EXPIRING, EXPIRING_INDEX, RETAINED_INDEX, RULED, RULED_INDEX } from './tables.ts';

const ofCluster = z.object({ clusterId: z.string() });

/** Reads indexes alone: 1 MB to a call, which is some 3,000 records of a cluster. */
export function createRetentionView({
  clusters,
  backups,
}: Readonly<Record<'clusters' | 'backups', Table>>): RetentionView {
  const clusterIds = (items: readonly unknown[]) => [...new Set(items.map((item) => ofCluster.parse(item).clusterId))];
  return {
    clustersWithRule: async () => clusterIds(await queryIndex(clusters, RULED_INDEX, RULED)),
    clustersWithExpired: async (now) =>
      clusterIds(await queryIndex(backups, EXPIRING_INDEX, EXPIRING, new Date(now).toISOString())),
    backupsOf: async (clusterId) =>
      (await queryIndex(backups, RETAINED_INDEX, clusterId)).map((item) => retainedBackup.parse(item)),
  };
}
