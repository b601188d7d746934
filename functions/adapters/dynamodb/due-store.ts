import * as z from 'zod/mini';
import { cluster } from '../../domain/cluster/cluster.ts';
import { DUE_KINDS, type DueStore, type DueTimes } from '../../domain/cluster/due-store.ts';
import { object } from '../../domain/shared/object.ts';
import { getItem, type Table } from './dynamodb.ts';
import { all, exists, is } from './expressions.ts';
import { itemsOf, matchingIds } from './list-items.ts';
import { queryIndex } from './query-index.ts';
import { DUE_INDEXES, DUE_MARK, DUE_SHARDS, dueShard, TABLES } from './tables.ts';
import { updateItem } from './update-item.ts';

/** Clusters read at a time. */
const PAGE = 1_000;

const text = z.optional(z.string());
const indexed = object(() => ({ clusterId: z.string(), overdueAt: text, drillDueAt: text, retentionDueAt: text }));
const strategyAndPlaces = object(() => ({
  strategy: z.optional(z.unknown()),
  ...{ overdueShard: text, drillShard: text, retentionShard: text },
}));
const mark = object(() => ({ indexedAt: z.string() }));

/** What a strategy changes at its cluster so that each sweep finds it by then. */
export function duePlaces(clusterId: string, times: DueTimes): { set: Record<string, string>; remove: string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const kind of DUE_KINDS) {
    const { partitionKey, sortKey } = DUE_INDEXES[kind];
    const at = times[kind];
    if (at === undefined) remove.push(partitionKey, sortKey);
    else Object.assign(set, { [partitionKey]: dueShard(clusterId), [sortKey]: at });
  }
  return { set, remove };
}

/** When sweeps look at which clusters. The times are attributes of the clusters' items. */
export function createDueStore(table: Table): DueStore {
  return {
    async find(kind, now) {
      const index = DUE_INDEXES[kind];
      // EventBridge's times are whole seconds: what became due within the present one is due.
      const upTo = `${now.slice(0, '2026-11-30T12:00:00'.length)}.999Z`;
      const shards = await Promise.all(DUE_SHARDS.map((shard) => queryIndex(table, index, shard, upTo)));
      return shards.flat().map((item) => {
        const found = indexed.parse(item);
        return { clusterId: found.clusterId, dueAt: found[index.sortKey] ?? '' };
      });
    },

    async postpone(kind, { clusterId, dueAt }, next) {
      const { partitionKey, sortKey } = DUE_INDEXES[kind];
      const change = next === undefined ? { remove: [partitionKey, sortKey] } : { set: { [sortKey]: next } };
      return (await updateItem(table, { clusterId }, { ...change, condition: is(sortKey, dueAt) })) !== undefined;
    },

    async lookAgain(clusterId, at) {
      const { overdue, retention } = DUE_INDEXES;
      const set = { [overdue.sortKey]: at, [retention.sortKey]: at };
      await updateItem(table, { clusterId }, { set, condition: exists('clusterId') });
    },

    async isComplete() {
      return (await getItem(table, { clusterId: DUE_MARK }, mark)) !== undefined;
    },

    async *withStrategy() {
      const definition = TABLES.clusters;
      const ids = await matchingIds({ table, definition, filters: {} });
      for (let first = 0; first < ids.length; first += PAGE) {
        const items = await itemsOf({ table, definition, schema: z.unknown() }, ids.slice(first, first + PAGE));
        for (const item of items) {
          const found = strategyAndPlaces.parse(item);
          if (found.strategy === undefined) continue;
          const kinds = DUE_KINDS.filter((kind) => found[DUE_INDEXES[kind].partitionKey] !== undefined);
          yield { cluster: cluster.parse(item), kinds };
        }
      }
    },

    async add(clusterId, times) {
      const { set } = duePlaces(clusterId, times);
      await updateItem(table, { clusterId }, { set, condition: all(exists('clusterId'), exists('strategy')) });
    },

    async markComplete(at) {
      await updateItem(table, { clusterId: DUE_MARK }, { set: { indexedAt: at } });
    },
  };
}
