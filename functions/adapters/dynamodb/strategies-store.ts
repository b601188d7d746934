import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import { type DueStrategy, dueStrategy } from '../../domain/strategy/strategy.ts';
import type { StrategyStore } from '../../domain/strategy/strategy-store.ts';
import { holdAttributes, isFree, RELEASE } from './cluster-lock.ts';
import { duePlaces } from './due-store.ts';
import { getItem, type Table } from './dynamodb.ts';
import { all, any, type Change, type Condition, exists, hasSize, is, isMissing } from './expressions.ts';
import { ACTIVE_INDEX, activeKind, DUE_INDEX, DUE_SHARDS, dueShard, missedWindowKeys } from './tables.ts';
import { updateItem } from './update-item.ts';

/**
 * Lets a sweep change only what it has seen:
 *
 *     sweep 1: due ── claim (window 1 → 2) ─ backup …
 *     sweep 2: due ───────────────────────── claim, note        without the condition the window is served or missed twice
 *     user:    ─────── save (other windows)                     or windows that nobody wants any more are served
 *
 * The first window of another strategy may start at the same moment, with other windows after it; so everything that
 * defines the windows is compared. It is stored in scalars, because not every implementation compares maps and lists.
 */
function isAsSeen({ nextRunAt, strategy: { weekdays, period, timezone } }: DueStrategy): Condition {
  return all(
    is('nextRunAt', nextRunAt),
    is('strategy.period.start', period.start),
    is('strategy.period.end', period.end),
    is('strategy.timezone', timezone),
    hasSize('strategy.weekdays', weekdays.length),
    ...weekdays.map((day, index) => is(`strategy.weekdays[${index}]`, day)),
  );
}

const isClaim = (claimId: string) => is('maintenance.claim.claimId', claimId);

/** The auto-backup strategies. Each is part of its cluster's item, so that one write claims the window and the cluster. */
export function createStrategyStore(table: Table): StrategyStore {
  /** False if the condition failed. */
  async function update(clusterId: string, change: Change): Promise<boolean> {
    return (await updateItem(table, { clusterId }, change)) !== undefined;
  }

  const keepMissed: StrategyStore['keepMissed'] = async (clusterId, windows) => {
    for (const { start, end, reason } of windows) {
      const { clusterId: key, ...attributes } = missedWindowKeys(clusterId, start);
      await updateItem(table, { clusterId: key }, { set: { ...attributes, window: { start, end, reason } } });
    }
  };

  return {
    keepMissed,

    async save(clusterId, { strategy, nextRunAt, due, servedAt, ended, reopens = false }) {
      // save:  get (window 1 not served) ─────────────────────────── Update (window 1 is next)
      // sweep: ─────────────────────────── claim (window 1), backup                            it would run again
      const isUnserved = servedAt === undefined ? isMissing('servedAt') : is('servedAt', servedAt);
      const isDue = nextRunAt !== undefined;
      const places = duePlaces(clusterId, due);
      return await update(clusterId, {
        set: {
          strategy,
          ...(isDue && { nextRunAt, dueShard: dueShard(clusterId) }),
          ...places.set,
          lastMissed: ended?.missed.at(-1),
          lastCanceled: ended?.canceled,
        },
        remove: [
          'waiting',
          ...(isDue ? [] : ['nextRunAt', 'dueShard']),
          ...places.remove,
          // A window that the same change cancels replaces it.
          ...(reopens && ended?.canceled === undefined ? ['lastCanceled'] : []),
        ],
        condition: all(exists('clusterId'), isUnserved),
      });
    },

    // `servedAt` stays: a strategy that is saved again while the window is open must not start a second backup in it.
    async remove(clusterId) {
      const former = await updateItem(
        table,
        { clusterId },
        {
          remove: ['strategy', 'nextRunAt', 'dueShard', 'waiting', 'lastMissed', ...duePlaces(clusterId, {}).remove],
          condition: exists('clusterId'),
        },
        'ALL_OLD',
      );
      return former && cluster.parse(former);
    },

    async recordCanceled(clusterId, window) {
      await update(clusterId, { set: { lastCanceled: window }, condition: exists('clusterId') });
    },

    async due(now) {
      const shards = await Promise.all(DUE_SHARDS.map((shard) => dueInShard(table, shard, now)));
      return shards.flat();
    },

    async claim({ due, maintenance, missed }) {
      const { claimId, nextRunAt } = maintenance.claim;
      const claimed = await updateItem(
        table,
        { clusterId: due.clusterId },
        {
          set: { ...holdAttributes(maintenance), servedAt: maintenance.since, nextRunAt, lastMissed: missed },
          remove: ['waiting'],
          // The second arm: the SDK repeats a call whose answer was lost. A sweep that runs twice for one event uses
          // the same backup id, and so the same claim id.
          condition: any(all(isFree, isAsSeen(due)), isClaim(claimId)),
        },
      );
      if (claimed) return { outcome: 'claimed', own: ownBackups(cluster.parse(claimed)) };
      // Only the losing path pays for a second call.
      const there = await getItem(table, { clusterId: due.clusterId }, cluster);
      if (there?.maintenance === undefined || there.maintenance.operationId === maintenance.operationId) {
        return { outcome: 'overtaken' };
      }
      return { outcome: 'held', maintenance: there.maintenance };
    },

    async unclaim(clusterId, { claimId, windowStart, nextRunAt, servedAt }, reason) {
      const isOurs = isClaim(claimId);
      const restored = await update(clusterId, {
        set: { ...RELEASE.set, nextRunAt: windowStart, waiting: { windowStart, reason }, servedAt },
        remove: [...RELEASE.remove, ...(servedAt === undefined ? ['servedAt'] : [])],
        condition: all(isOurs, is('nextRunAt', nextRunAt)),
      });
      // The strategy was saved in between, or removed: its windows are no longer ours to change, but the cluster is.
      if (!restored) await update(clusterId, { ...RELEASE, condition: isOurs });
    },

    async miss(clusterId, { claimId, windowStart, windowEnd, nextRunAt }, reason) {
      const isOurs = isClaim(claimId);
      // `servedAt` stays: a missed window is not served when the strategy is saved with a longer one.
      const isDue = await update(clusterId, {
        set: { ...RELEASE.set, nextRunAt: windowStart, waiting: { windowStart, reason, isMissed: true } },
        remove: RELEASE.remove,
        condition: all(isOurs, is('nextRunAt', nextRunAt)),
      });
      if (isDue) return;
      // The strategy was saved since, with other windows, so no sweep finds this one any more. Or it was removed, with
      // its missed windows.
      if (windowEnd !== undefined) await keepMissed(clusterId, [{ start: windowStart, end: windowEnd, reason }]);
      const isRecorded =
        windowEnd !== undefined &&
        (await update(clusterId, {
          set: { ...RELEASE.set, lastMissed: { start: windowStart, end: windowEnd, reason } },
          remove: RELEASE.remove,
          condition: all(isOurs, exists('strategy')),
        }));
      if (!isRecorded) await update(clusterId, { ...RELEASE, condition: isOurs });
    },

    async note(due, { nextRunAt, missed, waiting }) {
      return await update(due.clusterId, {
        set: { nextRunAt, lastMissed: missed, waiting },
        remove: waiting ? [] : ['waiting'],
        condition: isAsSeen(due),
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

/** DynamoDB returns 1 MB at a time: about 3,000 strategies per call. */
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
