import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { backupBase, backupRecord } from '../../domain/backup/backup-record.ts';
import type { EvidenceEntry, EvidenceView } from '../../domain/backup/evidence-view.ts';
import { missedWindow } from '../../domain/strategy/strategy.ts';
import type { Table } from './dynamodb.ts';
import { itemsOf, type Key, newestKeys } from './list-items.ts';
import { listIndexName, listPartition, listRange, missedWindowsOf, RETAINED_INDEX, TABLES } from './tables.ts';

const keptWindow = z.object({ clusterId: z.string(), window: missedWindow });

const link = z.object({ backupId: z.string(), createTime: z.string(), base: z.optional(backupBase) });

/** Some weeks of hourly backups. */
const LINKS_AT_ONCE = 500;

/** Reads only records, with two queries and two batches per page. */
export function createEvidenceView({
  clusters,
  backups,
}: Readonly<Record<'clusters' | 'backups', Table>>): EvidenceView {
  const ofCluster = listIndexName(['clusterId']);
  const unfiltered = listIndexName([]);

  const keysOfBackups = (clusterId: string, range: { from: string; to: string }, limit: number) => {
    const partition = listPartition(['clusterId'], { clusterId });
    return newestKeys(backups, TABLES.backups, { index: ofCluster, partition }, range, limit);
  };
  const keysOfWindows = (clusterId: string, range: { from: string; to: string }, limit: number) => {
    const place = { index: unfiltered, partition: missedWindowsOf(clusterId) };
    return newestKeys(clusters, TABLES.clusters, place, range, limit);
  };

  return {
    async page(clusterId, { createdFrom, createdTo }, { after, pageSize }) {
      const range = listRange(createdFrom, createdTo);
      const rest = after === undefined ? range : { ...range, to: after };
      // One that ended the previous page, and one that shows whether there are more.
      const limit = pageSize + 2;
      const both = [keysOfBackups(clusterId, rest, limit), keysOfWindows(clusterId, rest, limit)];
      const keys = (await Promise.all(both)).flat().filter(({ order }) => order !== after);
      const sorted = keys.sort((a, b) => (a.order < b.order ? 1 : -1));
      const shown = sorted.slice(0, pageSize);
      const items = await entriesOf(shown);
      return {
        // The index lags behind the table by some milliseconds: records removed in between are left out.
        entries: shown.flatMap(({ id }) => items.get(id) ?? []),
        ...(sorted.length > pageSize && { next: shown.at(-1)?.order }),
      };
    },

    async olderLinks(clusterId, next) {
      const { Items = [], LastEvaluatedKey } = await backups.client.send(
        new QueryCommand({
          TableName: backups.tableName,
          IndexName: RETAINED_INDEX.name,
          KeyConditionExpression: `${RETAINED_INDEX.partitionKey} = :clusterId AND ${RETAINED_INDEX.sortKey} <= :next`,
          ExpressionAttributeValues: { ':clusterId': clusterId, ':next': next },
          ScanIndexForward: false,
          Limit: LINKS_AT_ONCE,
        }),
      );
      const links = Items.map((item) => link.parse(item));
      return { links, ...(LastEvaluatedKey && { next: links.at(-1)?.createTime }) };
    },
  };

  async function entriesOf(keys: readonly Key[]): Promise<Map<string, EvidenceEntry>> {
    const isWindow = ({ id }: Key) => id.includes('#');
    const [windows, records] = await Promise.all([
      itemsOf(
        { table: clusters, definition: TABLES.clusters, schema: keptWindow },
        keys.filter(isWindow).map(({ id }) => id),
      ),
      itemsOf(
        { table: backups, definition: TABLES.backups, schema: backupRecord },
        keys.filter((key) => !isWindow(key)).map(({ id }) => id),
      ),
    ]);
    return new Map<string, EvidenceEntry>([
      ...windows.map(({ clusterId, window }) => [clusterId, { missed: window }] as const),
      ...records.map((record) => [record.backupId, { record }] as const),
    ]);
  }
}
