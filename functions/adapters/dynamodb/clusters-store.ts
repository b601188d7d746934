import { cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { holdAttributes, isFree, isHeldBy, RELEASE } from './cluster-lock.ts';
import { getItem, putNew, type Table } from './dynamodb.ts';
import { all, any, exists, is } from './expressions.ts';
import { itemsOf, listItems, matchingIds } from './list-items.ts';
import { DUE_INDEXES, listAttributes, listOrder, TABLES } from './tables.ts';
import { deleteItem, updateItem } from './update-item.ts';

/** The registered clusters. Each item carries its lock (invariant 1). */
export function createClusterStore(table: Table): ClusterStore {
  const definition = TABLES.clusters;

  const get: ClusterStore['get'] = (clusterId) => getItem(table, { clusterId }, cluster);

  async function note(clusterId: string, registeredAt: string, set: Record<string, unknown>): Promise<boolean> {
    // node: looks at TiDB ────────────────────────────────── note
    // user: ───────────── removes, registers another one          without the condition it would have what was found of the former
    return (await updateItem(table, { clusterId }, { set, condition: is('createTime', registeredAt) })) !== undefined;
  }

  return {
    get,

    create: (item) =>
      putNew(table, definition.partitionKey, {
        ...item,
        ...(item.maintenance && holdAttributes(item.maintenance)),
        ...listAttributes(definition, {}),
        listOrder: listOrder(item.createTime, item.clusterId),
      }),

    async change(clusterId, { clusterName, endpoints, timezone, executor, account, tls, certificates }, at) {
      // remove ── Delete
      // change ───────── Update   without the condition the update would make a new, half cluster
      const former = await updateItem(
        table,
        { clusterId },
        {
          // Of an account or TLS that is not named, what is there stays.
          set: {
            clusterName,
            endpoints,
            timezone,
            executor,
            updateTime: at,
            account,
            tls,
            ...(tls && { certificates }),
          },
          remove: [
            ...(executor === undefined ? ['executor'] : []),
            ...(tls !== undefined && certificates === undefined ? ['certificates'] : []),
          ],
          condition: exists('clusterId'),
        },
        'ALL_OLD',
      );
      return former && cluster.parse(former);
    },

    // remove: lock (ours) … answer lost ─ repaired ─────────────────── Delete
    // backup: ──────────────────────────────────── lock (theirs), runs        its cluster would be gone
    remove: (clusterId, operationId) => deleteItem(table, { clusterId }, isHeldBy(operationId)),

    all: async () =>
      itemsOf({ table, definition, schema: cluster }, await matchingIds({ table, definition, filters: {} })),

    getAll: (clusterIds) => itemsOf({ table, definition, schema: cluster }, clusterIds),

    list: (page) => listItems({ table, definition, filters: {}, page, schema: cluster }),

    async lock(clusterId, maintenance) {
      // backup:  Update (free → backup) ─────── … runs …
      // restore: ─────────────── Update (free?)            without the condition both own the cluster
      // A lock that is ours already is taken again: the SDK repeats a call whose answer was lost.
      const held = await updateItem(
        table,
        { clusterId },
        {
          set: holdAttributes(maintenance),
          condition: all(exists('clusterId'), any(isFree, isHeldBy(maintenance.operationId))),
        },
      );
      if (held !== undefined) return { outcome: 'locked', cluster: cluster.parse(held) };
      // Only the losing path pays for a second call. It may come too late to see the holder; then trying again is
      // right.
      const there = await get(clusterId);
      if (there === undefined) return { outcome: 'notFound' };
      return { outcome: 'held', maintenance: there.maintenance };
    },

    async unlock(clusterId, operationId) {
      // ours:  end ─ Update (free) ─ answer lost ─────────────────── end again ─ Update (free)
      // other: ──────────────────────────────── lock (theirs), runs       without the condition we free their lock
      const freed = await updateItem(table, { clusterId }, { ...RELEASE, condition: isHeldBy(operationId) });
      return freed !== undefined;
    },

    recordCheck: (clusterId, { registeredAt, check }) => note(clusterId, registeredAt, { check }),

    // Other backups are the cluster's own from then on.
    recordTidb: (clusterId, { registeredAt, tidb }) =>
      note(clusterId, registeredAt, { tidb, [DUE_INDEXES.overdue.sortKey]: tidb.since }),
  };
}
