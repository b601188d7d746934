import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/shared/stores.ts';
import { HOLD, holdAttributes, holdValues, IS_FREE, IS_OURS, LET_GO } from './cluster-lock.ts';
import { getItem, putNew, type Table, unlessConditionFails } from './dynamodb.ts';
import { itemsOf, listItems, matchingIds } from './list-items.ts';
import { listAttributes, listOrder, TABLES } from './tables.ts';

/** The registered clusters. Each item carries its lock (invariant 1). */
export function createClusterStore(table: Table): ClusterStore {
  const { client, tableName: TableName } = table;
  const definition = TABLES.clusters;

  const get: ClusterStore['get'] = (clusterId) => getItem(table, { clusterId }, cluster);

  async function note(clusterId: string, registeredAt: string, attributes: Record<string, unknown>): Promise<boolean> {
    // node: looks at TiDB ────────────────────────────────── note
    // user: ───────────── removes, registers another one          without the condition it would have what was found of the former
    const { ExpressionAttributeValues: values, ...change } = changeOf(attributes);
    const result = await unlessConditionFails(
      client.send(
        new UpdateCommand({
          TableName,
          Key: { clusterId },
          ...change,
          ConditionExpression: 'createTime = :registeredAt',
          ExpressionAttributeValues: { ...values, ':registeredAt': registeredAt },
        }),
      ),
    );
    return result !== undefined;
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
      // An attribute that is undefined goes; of a part that is not named, what is there stays.
      const attributes = {
        ...{ clusterName, endpoints, timezone, executor, updateTime: at },
        ...(account && { account }),
        ...(tls && { tls, certificates }),
      };
      // remove ── Delete
      // change ───────── Update   without the condition the update would make a new, half cluster
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { clusterId },
            ...changeOf(attributes),
            ConditionExpression: 'attribute_exists(clusterId)',
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      return result && cluster.parse(result.Attributes);
    },

    async remove(clusterId, operationId) {
      // remove: lock (ours) … answer lost ─ repaired ─────────────────── Delete
      // backup: ──────────────────────────────────── lock (theirs), runs        its cluster would be gone
      const result = await unlessConditionFails(
        client.send(
          new DeleteCommand({
            TableName,
            Key: { clusterId },
            ConditionExpression: IS_OURS,
            ExpressionAttributeValues: { ':operationId': operationId },
          }),
        ),
      );
      return result !== undefined;
    },

    all: async () =>
      itemsOf({ table, definition, schema: cluster }, await matchingIds({ table, definition, filters: {} })),

    list: (page) => listItems({ table, definition, filters: {}, page, schema: cluster }),

    async lock(clusterId, maintenance) {
      // backup:  Update (free → backup) ─────── … runs …
      // restore: ─────────────── Update (free?)            without the condition both own the cluster
      // A lock that is ours already is taken again: the SDK repeats a call whose answer was lost.
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { clusterId },
            UpdateExpression: `SET ${HOLD}`,
            ConditionExpression: `attribute_exists(clusterId) AND (${IS_FREE} OR ${IS_OURS})`,
            ExpressionAttributeValues: { ...holdValues(maintenance), ':operationId': maintenance.operationId },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      if (result !== undefined) return { outcome: 'locked', cluster: cluster.parse(result.Attributes) };
      // Only the losing path pays for a second call. It may come too late to see the holder, which is then another
      // operation's business: asking again is right.
      const there = await get(clusterId);
      if (there === undefined) return { outcome: 'notFound' };
      return { outcome: 'held', maintenance: there.maintenance };
    },

    async unlock(clusterId, operationId) {
      // ours:  end ─ Update (free) ─ answer lost ─────────────────── end again ─ Update (free)
      // other: ──────────────────────────────── lock (theirs), runs       without the condition we free their lock
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { clusterId },
            UpdateExpression: `REMOVE ${LET_GO}`,
            ConditionExpression: IS_OURS,
            ExpressionAttributeValues: { ':operationId': operationId },
          }),
        ),
      );
      return result !== undefined;
    },

    recordCheck: (clusterId, { registeredAt, check }) => note(clusterId, registeredAt, { check }),

    recordTidb: (clusterId, { registeredAt, tidb }) => note(clusterId, registeredAt, { tidb }),
  };
}

/** Sets the attributes that have a value, and removes the others. Every name is quoted: DynamoDB reserves some. */
function changeOf(attributes: Record<string, unknown>) {
  const names = Object.keys(attributes);
  const [set, gone] = [
    names.filter((name) => attributes[name] !== undefined),
    names.filter((name) => attributes[name] === undefined),
  ];
  const remove = gone.length === 0 ? '' : ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}`;
  return {
    UpdateExpression: `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}${remove}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])),
  };
}
