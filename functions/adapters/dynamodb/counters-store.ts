import { createHash } from 'node:crypto';
import {
  DeleteCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import {
  type Counter,
  type CounterKey,
  type CounterStore,
  type StoredCounter,
  sumOf,
  TAG_LENGTH,
  takeIn,
} from '../../domain/events/record-counts.ts';
import { object } from '../../domain/shared/object.ts';
import { getItem, type Table, unlessConditionFails } from './dynamodb.ts';

const counter = object(() => ({
  group: z.string(),
  day: z.string(),
  counts: z.record(z.string(), z.number()),
  taken: z.record(z.string(), z.string()),
  version: z.number(),
}));

const counted = object(() => ({ counts: z.record(z.string(), z.number()) }));

/** Says since when recounts are made, and whether one has found every counter right. */
const PROGRESS = { group: 'progress', day: '-' };
const progress = object(() => ({ since: z.string(), isComplete: z.boolean() }));

/** A counter has few writers at a time: the shards of a stream. */
const MAX_TRIES = 20;

export function createCounterStore(table: Table): CounterStore {
  const { client, tableName: TableName } = table;
  let isComplete = false;

  /** False if another has written it since. */
  async function put(key: CounterKey, { counts, taken }: Counter, former: { version: number } | undefined) {
    const written = await unlessConditionFails(
      client.send(
        new PutCommand({
          TableName,
          Item: { ...key, counts, taken, version: (former?.version ?? 0) + 1 },
          ...ifStill(former),
        }),
      ),
    );
    return written !== undefined;
  }

  return {
    async take({ group, day }, changes, at) {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const former = await getItem(table, { group, day }, counter);
        const next = takeIn(former, changes, at, tagOf);
        if (next === undefined || (await put({ group, day }, next, former))) return;
      }
      throw new Error(`counter ${group} of ${day} was written by others ${MAX_TRIES} times`);
    },

    async total(group, { first = '0', last = '9' }, matches) {
      isComplete ||= (await getItem(table, PROGRESS, progress))?.isComplete ?? false;
      if (!isComplete) return undefined;
      const counters: Pick<Counter, 'counts'>[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const answer: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: '#group = :group AND #day BETWEEN :first AND :last',
            ExpressionAttributeNames: { '#group': 'group', '#day': 'day' },
            ExpressionAttributeValues: { ':group': group, ':first': first, ':last': last },
            ExclusiveStartKey: start,
          }),
        );
        for (const item of answer.Items ?? []) counters.push(counted.parse(item));
        start = answer.LastEvaluatedKey;
      } while (start !== undefined);
      return sumOf(counters, matches);
    },

    async all() {
      const counters: StoredCounter[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const answer: ScanCommandOutput = await client.send(
          new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: start }),
        );
        for (const item of answer.Items ?? []) if (item.group !== PROGRESS.group) counters.push(counter.parse(item));
        start = answer.LastEvaluatedKey;
      } while (start !== undefined);
      return counters;
    },

    async replace({ group, day }, next, former) {
      const isNothing = [next.counts, next.taken].every((part) => Object.keys(part).length === 0);
      if (!isNothing) return await put({ group, day }, next, former);
      const Key = { group, day };
      const removed = await unlessConditionFails(
        client.send(new DeleteCommand({ TableName, Key, ...ifStill(former) })),
      );
      return removed !== undefined;
    },

    async countedSince(today) {
      const known = await getItem(table, PROGRESS, progress);
      if (known !== undefined) return known.since;
      await client.send(new PutCommand({ TableName, Item: { ...PROGRESS, since: today, isComplete: false } }));
      return today;
    },

    async complete(since) {
      await client.send(new PutCommand({ TableName, Item: { ...PROGRESS, since, isComplete: true } }));
    },
  };
}

function ifStill(former: { version: number } | undefined) {
  return former === undefined
    ? { ConditionExpression: 'attribute_not_exists(version)' }
    : { ConditionExpression: 'version = :former', ExpressionAttributeValues: { ':former': former.version } };
}

/** Of {@link TAG_LENGTH} characters. */
function tagOf(changeId: string): string {
  return createHash('sha256').update(changeId).digest('base64url').slice(0, TAG_LENGTH);
}
