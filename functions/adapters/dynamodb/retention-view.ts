import * as z from 'zod/mini';
import type { OwnBackups } from '../../domain/cluster/cluster.ts';
import { type RetainedBackup, retainedBackup } from '../../domain/strategy/retention.ts';
import type { RetentionView } from '../../domain/strategy/retention-view.ts';
import type { Table } from './dynamodb.ts';
import { queryIndex } from './query-index.ts';
import { EXPIRING, EXPIRING_INDEX, FINISHED_INDEX, finishedOf, RETAINED_INDEX } from './tables.ts';

const ofCluster = z.object({ clusterId: z.string() });
const ofBackup = z.object({ backupId: z.string() });

/** Reads only indexes: 1 MB per call, which is about 3,000 records of a cluster. */
export function createRetentionView(backups: Table): RetentionView {
  const clusterIds = (items: readonly unknown[]) => [...new Set(items.map((item) => ofCluster.parse(item).clusterId))];
  return {
    clustersWithExpired: async (now) =>
      clusterIds(await queryIndex(backups, EXPIRING_INDEX, EXPIRING, new Date(now).toISOString())),
    async backupsOf(clusterId, own) {
      const found = (await queryIndex(backups, RETAINED_INDEX, clusterId)).map((item) => retainedBackup.parse(item));
      if (own === undefined) return found;
      const isFormer = await formerTidbs(found, own);
      return found.map((backup) => (isFormer(backup) ? { ...backup, isOfFormerTidb: true } : backup));
    },
  };

  /**
   * Two more calls while there are backups of older releases or of a former TiDB; otherwise one, or none for a new
   * cluster.
   */
  async function formerTidbs(
    found: readonly RetainedBackup[],
    { clusterId, tidbClusterId, since }: OwnBackups,
  ): Promise<(backup: RetainedBackup) => boolean> {
    const finished = found.filter(({ status }) => status === 'Finished');
    const isOlder = ({ createTime }: RetainedBackup) => createTime < since;
    if (tidbClusterId === undefined) return (backup) => backup.status === 'Finished' && isOlder(backup);
    const own = await finishedIds(finishedOf(clusterId, tidbClusterId));
    const rest = finished.filter(({ backupId }) => !own.has(backupId));
    if (rest.length === 0) return () => false;
    const untold = await finishedIds(finishedOf(clusterId, undefined));
    const former = new Set(rest.filter((backup) => !untold.has(backup.backupId) || isOlder(backup)));
    return (backup) => former.has(backup);
  }

  async function finishedIds(partition: string): Promise<Set<string>> {
    const items = await queryIndex(backups, FINISHED_INDEX, partition);
    return new Set(items.map((item) => ofBackup.parse(item).backupId));
  }
}
