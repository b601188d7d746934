import { QueryCommand, type QueryCommandOutput, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { backupBase, backupRecord, finishedBackup } from '../../../domain/backup/backup-record.ts';
import type { BackupCatalogue, BackupFilter } from '../../../domain/backup/backup-store.ts';
import type { OwnBackups } from '../../../domain/cluster/cluster.ts';
import { type CounterStore, daysOf, groupOf } from '../../../domain/events/record-counts.ts';
import { object } from '../../../domain/shared/object.ts';
import { getItem, type Table } from '../dynamodb.ts';
import { countMatches, itemsOf, listItems } from '../list-items.ts';
import { queryIndex } from '../query-index.ts';
import { FINISHED_INDEX, finishedOf, listRange, TABLES, VERIFIED_INDEX } from '../tables.ts';

/** The attributes of a backup in {@link FINISHED_INDEX}. */
const recentBackup = object(() => ({
  ...z.pick(finishedBackup, {
    backupId: true,
    startTime: true,
    endTime: true,
    sizeBytes: true,
    backupType: true,
    backupTso: true,
    base: true,
  }).shape,
  scopeKey: z.string(),
}));
const finishedKeys = object(() => z.pick(finishedBackup, { backupId: true, endTime: true }).shape);

/**
 * Reads backup records.
 * @param counters without them, a list reads the keys of all its matches
 */
export function createBackupCatalogue(table: Table, counters?: Pick<CounterStore, 'total'>): BackupCatalogue {
  const definition = TABLES.backups;
  const get: BackupCatalogue['get'] = (backupId) => getItem(table, { backupId }, backupRecord);

  /** The latest to end. One answer of DynamoDB holds some thousands. */
  function newestOf(
    index: typeof FINISHED_INDEX | typeof VERIFIED_INDEX,
    own: OwnBackups,
    limit: number,
  ): Promise<unknown[]> {
    return firstFound(own, async (partition, since) => {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.tableName,
          IndexName: index.name,
          KeyConditionExpression: `${index.partitionKey} = :partition AND ${index.sortKey} >= :since`,
          ExpressionAttributeValues: { ':partition': partition, ':since': since },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items;
    });
  }

  /** Whole days by counters, the rest of a range by its keys. */
  async function countOf(
    { createdFrom, createdTo, ...filters }: Omit<BackupFilter, 'backupId'>,
    { total }: Pick<CounterStore, 'total'>,
  ): Promise<number | undefined> {
    const { clusterId, backupMode } = filters;
    const { days, edges } = daysOf(createdFrom, createdTo);
    const matches = (mode: string) => backupMode === undefined || mode === backupMode;
    const [whole, ...parts] = await Promise.all([
      days === undefined ? 0 : total(groupOf('backups', clusterId), days, matches),
      ...edges.map(({ from, to }) => countMatches({ table, definition, filters, range: listRange(from, to) })),
    ]);
    return whole === undefined ? undefined : parts.reduce((sum, part) => sum + part, whole);
  }

  return {
    get,

    getAll: (backupIds) => itemsOf({ table, definition, schema: backupRecord }, backupIds),

    async list({ backupId, createdFrom, createdTo, ...filters }, page) {
      if (backupId !== undefined) {
        const record = await get(backupId);
        const matches = record !== undefined && isWanted(record, { createdFrom, createdTo, ...filters });
        return { items: matches && page.page === 1 ? [record] : [], total: matches ? 1 : 0 };
      }
      const range = listRange(createdFrom, createdTo);
      const counted = counters && (() => countOf({ createdFrom, createdTo, ...filters }, counters));
      return await listItems({ table, definition, filters, range, page, schema: backupRecord, counted });
    },

    async finishedAfter(backupId) {
      const { Items = [], LastEvaluatedKey } = await table.client.send(
        new ScanCommand({
          TableName: table.tableName,
          FilterExpression: '#status = :finished',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':finished': 'Finished' },
          ExclusiveStartKey: backupId === undefined ? undefined : { backupId },
        }),
      );
      const next: unknown = LastEvaluatedKey?.backupId;
      return {
        backups: Items.map((item) => finishedBackup.parse(item)),
        ...(typeof next === 'string' && { next }),
      };
    },

    async newestFinished(own) {
      const [newest] = await newestOf(FINISHED_INDEX, own, 1);
      return newest === undefined ? undefined : finishedKeys.parse(newest);
    },

    async newestVerified(own) {
      const [newest] = await newestOf(VERIFIED_INDEX, own, 1);
      return newest === undefined ? undefined : finishedKeys.parse(newest);
    },

    async recentFinished(own, limit) {
      return (await newestOf(FINISHED_INDEX, own, limit)).map((item) => recentBackup.parse(item));
    },

    async newestOfScope(own, key) {
      const [newest] = await firstFound(own, async (partition, since) => {
        let start: Record<string, unknown> | undefined;
        do {
          const answer: QueryCommandOutput = await table.client.send(
            new QueryCommand({
              TableName: table.tableName,
              IndexName: FINISHED_INDEX.name,
              KeyConditionExpression: `${FINISHED_INDEX.partitionKey} = :partition AND ${FINISHED_INDEX.sortKey} >= :since`,
              FilterExpression: 'scopeKey = :key',
              ExpressionAttributeValues: { ':partition': partition, ':key': key, ':since': since },
              ScanIndexForward: false,
              // Reads are paid for, and the wanted one is among the first, unless other scopes are backed up far more
              // often.
              Limit: 100,
              ExclusiveStartKey: start,
            }),
          );
          if (answer.Items?.length) return answer.Items;
          start = answer.LastEvaluatedKey;
        } while (start !== undefined);
        return [];
      });
      return newest === undefined ? undefined : backupBase.parse(newest);
    },

    async ofTso({ clusterId, tidbClusterId }, backupTso) {
      const partitions = new Set([finishedOf(clusterId, tidbClusterId), finishedOf(clusterId, undefined)]);
      for (const partition of partitions) {
        const found = (await queryIndex(table, FINISHED_INDEX, partition)).map((item) => backupBase.parse(item));
        const base = found.find((each) => each.backupTso === backupTso);
        if (base !== undefined) return base;
      }
      return undefined;
    },
  };
}

/**
 * The first match of `find` in the partitions of {@link FINISHED_INDEX}: backups that name their TiDB are newer than
 * those of older releases, which do not.
 */
async function firstFound(
  { clusterId, tidbClusterId, since }: OwnBackups,
  find: (partition: string, since: string) => Promise<unknown[]>,
): Promise<unknown[]> {
  const found = tidbClusterId === undefined ? [] : await find(finishedOf(clusterId, tidbClusterId), '');
  return found.length > 0 ? found : await find(finishedOf(clusterId, undefined), since);
}

function isWanted(
  record: { clusterId: string; backupMode: string; createTime: string },
  filter: Omit<BackupFilter, 'backupId'>,
): boolean {
  const created = Date.parse(record.createTime);
  return (
    (filter.clusterId ?? record.clusterId) === record.clusterId &&
    (filter.backupMode ?? record.backupMode) === record.backupMode &&
    (filter.createdFrom ?? created) <= created &&
    (filter.createdTo ?? created) >= created
  );
}
