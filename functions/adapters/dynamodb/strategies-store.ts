import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import { type DueStrategy, dueStrategy, type EndedWindows } from '../../domain/strategy/strategy.ts';
import type { StrategyStore } from '../../domain/strategy/strategy-store.ts';
import { HOLD, holdValues, IS_FREE, LET_GO } from './cluster-lock.ts';
import { getItem, type Table, unlessConditionFails } from './dynamodb.ts';
import { ACTIVE_INDEX, activeKind, DUE_INDEX, DUE_SHARDS, dueShard, missedWindowKeys, RULED } from './tables.ts';

/**
 * Lets a sweep change only what it has seen:
 *
 *     sweep 1: due ── claim (window 1 → 2) ─ backup …
 *     sweep 2: due ───────────────────────── claim, note        without the condition the window is served or missed twice
 *     user:    ─────── save (other windows)                     or windows that nobody wants any more are served
 *
 * The first window of another strategy may begin at the same moment, and what follows it be skipped; so all that the windows
 * are made of is compared. It is in scalars, as not every implementation compares maps and lists.
 */
function asSeen({ nextRunAt, strategy: { weekdays, period, timezone } }: DueStrategy) {
  const seen: [path: string, value: string | number][] = [
    ['nextRunAt', nextRunAt],
    ['strategy.#period.#start', period.start],
    ['strategy.#period.#end', period.end],
    ['strategy.#timezone', timezone],
    ['size(strategy.weekdays)', weekdays.length],
    ...weekdays.map((day, index): [string, string] => [`strategy.weekdays[${index}]`, day]),
  ];
  return {
    condition: seen.map(([path], index) => `${path} = :seen${index}`).join(' AND '),
    names: { '#period': 'period', '#start': 'start', '#end': 'end', '#timezone': 'timezone' },
    values: Object.fromEntries(seen.map(([, value], index) => [`:seen${index}`, value])),
  };
}

const IS_CLAIM = 'maintenance.claim.claimId = :claimId';

/** The auto-backup strategies. Each is part of its cluster's item, so that one write claims the window and the cluster. */
export function createStrategyStore(table: Table): StrategyStore {
  /** False: the condition did not hold. */
  async function update(clusterId: string, change: Change): Promise<boolean> {
    return (await changed(clusterId, change)) !== undefined;
  }

  /** The cluster as it is then, or was before; undefined: the condition did not hold. */
  async function changed(
    clusterId: string,
    change: Change,
    ReturnValues: 'ALL_NEW' | 'ALL_OLD' = 'ALL_NEW',
  ): Promise<Record<string, unknown> | undefined> {
    const remove = change.remove?.length ? ` REMOVE ${change.remove.join(', ')}` : '';
    const result = await unlessConditionFails(
      table.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key: { clusterId },
          UpdateExpression: `${change.set?.length ? `SET ${change.set.join(', ')}` : ''}${remove}`,
          ConditionExpression: change.condition,
          ExpressionAttributeNames: change.names,
          ExpressionAttributeValues: change.values,
          ReturnValues,
        }),
      ),
    );
    return result?.Attributes;
  }

  const keepMissed: StrategyStore['keepMissed'] = async (clusterId, windows) => {
    for (const { start, end, reason } of windows) {
      const { clusterId: key, ...attributes } = missedWindowKeys(clusterId, start);
      const values = { ...attributes, window: { start, end, reason } };
      const names = Object.keys(values);
      await table.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key: { clusterId: key },
          UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([k, v]) => [`:${k}`, v])),
        }),
      );
    }
  };

  return {
    keepMissed,

    async save(clusterId, { strategy, nextRunAt, servedAt, ended, reopens = false }) {
      // save:  get (window 1 not served) ─────────────────────────── Update (window 1 is next)
      // sweep: ─────────────────────────── claim (window 1), backup                            it would run again
      const unserved = servedAt === undefined ? 'attribute_not_exists(servedAt)' : 'servedAt = :servedAt';
      const isDue = nextRunAt !== undefined;
      const isRuled = strategy.retention !== undefined;
      return await update(clusterId, {
        set: [
          'strategy = :strategy',
          ...(isDue ? ['nextRunAt = :nextRunAt', 'dueShard = :shard'] : []),
          ...(isRuled ? ['ruled = :ruled'] : []),
          ...endOf(ended).set,
        ],
        remove: [
          'waiting',
          ...(isDue ? [] : ['nextRunAt', 'dueShard']),
          ...(isRuled ? [] : ['ruled']),
          // A window that is cancelled by the same change takes its place.
          ...(reopens && ended?.canceled === undefined ? ['lastCanceled'] : []),
        ],
        condition: `attribute_exists(clusterId) AND ${unserved}`,
        values: {
          ':strategy': strategy,
          ...endOf(ended).values,
          ...(isDue && { ':nextRunAt': nextRunAt, ':shard': dueShard(clusterId) }),
          ...(isRuled && { ':ruled': RULED }),
          ...(servedAt !== undefined && { ':servedAt': servedAt }),
        },
      });
    },

    // `servedAt` stays: a strategy that is saved anew while the window is open must not start a second backup in it.
    async remove(clusterId) {
      const former = await changed(
        clusterId,
        {
          remove: ['strategy', 'nextRunAt', 'dueShard', 'waiting', 'lastMissed', 'ruled'],
          condition: 'attribute_exists(clusterId)',
        },
        'ALL_OLD',
      );
      return former && cluster.parse(former);
    },

    async recordCanceled(clusterId, window) {
      await update(clusterId, {
        set: ['lastCanceled = :window'],
        condition: 'attribute_exists(clusterId)',
        values: { ':window': window },
      });
    },

    async due(now) {
      const shards = await Promise.all(DUE_SHARDS.map((shard) => dueInShard(table, shard, now)));
      return shards.flat();
    },

    async claim({ due, maintenance, missed }) {
      const { claimId, nextRunAt } = maintenance.claim;
      const seen = asSeen(due);
      // The second arm: the SDK repeats a call whose answer was lost. A sweep that runs twice for one event has the same
      // backup id, hence the id of the claim.
      const claimed = await changed(due.clusterId, {
        set: [HOLD, 'servedAt = :at', 'nextRunAt = :nextRunAt', ...(missed ? ['lastMissed = :missed'] : [])],
        remove: ['waiting'],
        condition: `(${IS_FREE} AND ${seen.condition}) OR ${IS_CLAIM}`,
        names: seen.names,
        values: {
          ...seen.values,
          ...holdValues(maintenance),
          ':claimId': claimId,
          ':nextRunAt': nextRunAt,
          ':at': maintenance.since,
          ...(missed && { ':missed': missed }),
        },
      });
      if (claimed) return { outcome: 'claimed', own: ownBackups(cluster.parse(claimed)) };
      // Only the losing path pays for a second call.
      const there = await getItem(table, { clusterId: due.clusterId }, cluster);
      if (there?.maintenance === undefined || there.maintenance.operationId === maintenance.operationId) {
        return { outcome: 'overtaken' };
      }
      return { outcome: 'held', maintenance: there.maintenance };
    },

    async unclaim(clusterId, { claimId, windowStart, nextRunAt, servedAt }, reason) {
      const values = { ':claimId': claimId };
      const restored = await update(clusterId, {
        set: [
          'nextRunAt = :windowStart',
          'waiting = :waiting',
          ...(servedAt === undefined ? [] : ['servedAt = :servedAt']),
        ],
        remove: [LET_GO, ...(servedAt === undefined ? ['servedAt'] : [])],
        condition: `${IS_CLAIM} AND nextRunAt = :nextRunAt`,
        values: {
          ...values,
          ':windowStart': windowStart,
          ':nextRunAt': nextRunAt,
          ':waiting': { windowStart, reason },
          ...(servedAt !== undefined && { ':servedAt': servedAt }),
        },
      });
      // The strategy was saved in between, or removed: its windows are no longer ours to say, the cluster is.
      if (!restored) await update(clusterId, { remove: [LET_GO], condition: IS_CLAIM, values });
    },

    async miss(clusterId, { claimId, windowStart, windowEnd, nextRunAt }, reason) {
      const values = { ':claimId': claimId };
      // `servedAt` stays: a window that was missed is not served when the strategy is saved with a longer one.
      const isDue = await update(clusterId, {
        set: ['nextRunAt = :windowStart', 'waiting = :waiting'],
        remove: [LET_GO],
        condition: `${IS_CLAIM} AND nextRunAt = :nextRunAt`,
        values: {
          ...values,
          ':windowStart': windowStart,
          ':nextRunAt': nextRunAt,
          ':waiting': { windowStart, reason, isMissed: true },
        },
      });
      if (isDue) return;
      // The strategy was saved since, with other windows: no sweep finds this one any more. Or it was removed, with what was missed.
      if (windowEnd !== undefined) await keepMissed(clusterId, [{ start: windowStart, end: windowEnd, reason }]);
      const isNoted =
        windowEnd !== undefined &&
        (await update(clusterId, {
          set: ['lastMissed = :missed'],
          remove: [LET_GO],
          condition: `${IS_CLAIM} AND attribute_exists(strategy)`,
          values: { ...values, ':missed': { start: windowStart, end: windowEnd, reason } },
        }));
      if (!isNoted) await update(clusterId, { remove: [LET_GO], condition: IS_CLAIM, values });
    },

    async note(due, { nextRunAt, missed, waiting }) {
      const seen = asSeen(due);
      return await update(due.clusterId, {
        set: [
          'nextRunAt = :nextRunAt',
          ...(missed ? ['lastMissed = :missed'] : []),
          ...(waiting ? ['waiting = :waiting'] : []),
        ],
        remove: waiting ? [] : ['waiting'],
        condition: seen.condition,
        names: seen.names,
        values: {
          ...seen.values,
          ':nextRunAt': nextRunAt,
          ...(missed && { ':missed': missed }),
          ...(waiting && { ':waiting': waiting }),
        },
      });
    },

    async countRunning() {
      const kind = activeKind({ status: 'BackUp', backupMode: 'auto' });
      let running = 0;
      let start: Record<string, unknown> | undefined;
      do {
        const answer = await table.client.send(
          new QueryCommand({
            TableName: table.tableName,
            IndexName: ACTIVE_INDEX.name,
            Select: 'COUNT',
            KeyConditionExpression: `${ACTIVE_INDEX.partitionKey} = :kind`,
            ExpressionAttributeValues: { ':kind': kind },
            ExclusiveStartKey: start,
          }),
        );
        running += answer.Count ?? 0;
        start = answer.LastEvaluatedKey;
      } while (start !== undefined);
      return running;
    },
  };
}

function endOf(ended: EndedWindows | undefined): { set: string[]; values: Record<string, unknown> } {
  const [missed, canceled] = [ended?.missed.at(-1), ended?.canceled];
  return {
    set: [...(missed ? ['lastMissed = :missed'] : []), ...(canceled ? ['lastCanceled = :canceled'] : [])],
    values: { ...(missed && { ':missed': missed }), ...(canceled && { ':canceled': canceled }) },
  };
}

interface Change {
  set?: readonly string[];
  remove?: readonly string[];
  condition: string;
  names?: Record<string, string>;
  values?: Record<string, unknown>;
}

/** DynamoDB answers 1 MB at a time: some 3,000 strategies to a call. */
async function dueInShard(table: Table, shard: string, now: string): Promise<DueStrategy[]> {
  const found: DueStrategy[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: DUE_INDEX.name,
        KeyConditionExpression: `${DUE_INDEX.partitionKey} = :shard AND ${DUE_INDEX.sortKey} <= :now`,
        ExpressionAttributeValues: { ':shard': shard, ':now': now },
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) found.push(dueStrategy.parse(item));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return found;
}
