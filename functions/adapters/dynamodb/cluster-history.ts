import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { finishedBackup } from '../../domain/backup/backup-record.ts';
import type { ClusterHistory, PastBackup } from '../../domain/backup/cluster-history.ts';
import { retainedBackup } from '../../domain/strategy/retention.ts';
import { missedWindow } from '../../domain/strategy/strategy.ts';
import type { Table } from './dynamodb.ts';
import { itemsOf, newestKeys } from './list-items.ts';
import {
  FINISHED_INDEX,
  finishedOf,
  type IndexDefinition,
  listIndexName,
  listRange,
  MAX_TIME,
  missedWindowsOf,
  RETAINED_INDEX,
  TABLES,
  VERIFIED_INDEX,
} from './tables.ts';

/** A year of daily backups, or six weeks of hourly ones: about 300 KB, so one answer of DynamoDB. */
const MAX_BACKUPS = 1_000;
/** Longer than any backup is expected to take. */
const LONGEST_MS = 7 * 86_400_000;
/** Maximum size of a batch read. */
const MAX_READ = 100;

const past = z.pick(retainedBackup, {
  ...{ backupId: true, backupType: true, backupMode: true, status: true, createTime: true, base: true },
});
const ended = z.pick(finishedBackup, { backupId: true, startTime: true, endTime: true, sizeBytes: true });
const keys = z.pick(finishedBackup, { backupId: true });
const drilled = z.pick(finishedBackup, { backupId: true, recoverySeconds: true });
const keptWindow = z.object({ window: missedWindow });

/**
 * Reads only indexes and the records of the newest verified backups: at most seven calls, or nine with backups of older
 * releases.
 */
export function createClusterHistory({
  clusters,
  backups,
}: Readonly<Record<'clusters' | 'backups', Table>>): ClusterHistory {
  return {
    async read({ clusterId, tidbClusterId }, { createdFrom, createdTo }) {
      const { from, to } = listRange(createdFrom, createdTo);
      // These indexes are sorted by end: a backup created in the range may end after it.
      const { to: endedBy } = listRange(createdFrom, createdTo && Math.min(createdTo + LONGEST_MS, MAX_TIME));
      const newest = (index: IndexDefinition, partition: string, limit: number) =>
        newestItems(backups, index, { partition, from, to: index === RETAINED_INDEX ? to : endedBy }, limit);
      const partitions = [...new Set([finishedOf(clusterId, tidbClusterId), finishedOf(clusterId, undefined)])];
      const [all, finished, verified, missedWindows] = await Promise.all([
        newest(RETAINED_INDEX, clusterId, MAX_BACKUPS + 1),
        Promise.all(partitions.map((partition) => newest(FINISHED_INDEX, partition, MAX_BACKUPS))),
        Promise.all(partitions.map((partition) => newest(VERIFIED_INDEX, partition, MAX_READ))),
        missedIn(clusterId, { from, to }),
      ]);
      const verifiedIds = verified.flat().map((item) => keys.parse(item).backupId);
      const recoveries = await itemsOf(
        { table: backups, definition: TABLES.backups, schema: drilled },
        verifiedIds.slice(0, MAX_READ),
      );
      const endOf = new Map(finished.flat().map((item) => [ended.parse(item).backupId, ended.parse(item)]));
      const recoveryOf = new Map(recoveries.map((backup) => [backup.backupId, backup.recoverySeconds]));
      const shown = all.slice(0, MAX_BACKUPS).map((item): PastBackup => {
        const { base, ...backup } = past.parse(item);
        const { backupId: _, ...end } = endOf.get(backup.backupId) ?? {};
        return {
          ...backup,
          baseBackupId: base?.backupId,
          ...('endTime' in end && { finished: end }),
          recoverySeconds: recoveryOf.get(backup.backupId),
        };
      });
      const cutAt = [
        all.length > MAX_BACKUPS ? shown.at(-1)?.createTime : undefined,
        missedWindows.length === MAX_READ ? missedWindows.at(-1)?.start : undefined,
      ].flatMap((time) => time ?? []);
      return { backups: shown, missedWindows, ...(cutAt.length > 0 && { since: cutAt.sort().at(-1) }) };
    },
  };

  async function missedIn(clusterId: string, range: { from: string; to: string }) {
    const place = { index: listIndexName([]), partition: missedWindowsOf(clusterId) };
    const found = await newestKeys(clusters, TABLES.clusters, place, range, MAX_READ);
    const ids = found.map(({ id }) => id);
    const items = await itemsOf({ table: clusters, definition: TABLES.clusters, schema: keptWindow }, ids);
    return items.map(({ window }) => window).sort((a, b) => (a.start < b.start ? 1 : -1));
  }
}

/** The newest items of a partition of an index, newest first: one call. */
async function newestItems(
  { client, tableName }: Table,
  index: IndexDefinition,
  { partition, from, to }: { partition: string; from: string; to: string },
  limit: number,
): Promise<unknown[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: index.name,
      KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#partition': index.partitionKey, '#sort': index.sortKey },
      ExpressionAttributeValues: { ':partition': partition, ':from': from, ':to': to },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return Items;
}
