import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import type { ZodMiniType } from 'zod/mini';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Table } from './dynamodb.ts';
import { LIST_ORDER, listIndexName, listPartition, type TableDefinition } from './tables.ts';

interface Match {
  table: Table;
  definition: TableDefinition;
  /** Values to filter by; `undefined` matches any. */
  filters: Readonly<Record<string, string | undefined>>;
  /** First and last {@link LIST_ORDER}, both inclusive. */
  range?: { from: string; to: string };
}

interface ListRequest<Item> extends Match {
  page: PageRequest;
  schema: ZodMiniType<Item>;
  /** The number of matches as counters know it, some seconds old; undefined if they do not. Long lists ask for it. */
  counted?: () => Promise<number | undefined>;
}

/** A list of no more matches is counted by reading their keys, at the cost of some fifteen read units. */
const SHORT_LIST = 500;

/**
 * One page of a table's items, newest first. One query of keys yields the page's keys, and the total of a short list;
 * one batch read yields the items. The total of a long list comes from counters, so that its pages cost the same however
 * long it is; except that `page` N reads the keys of the pages before.
 */
export async function listItems<Item>(request: ListRequest<Item>): Promise<Page<Item>> {
  const { partitionKey } = request.definition;
  const { page, pageSize, after } = request.page;
  const passed = after === undefined ? (page - 1) * pageSize : 0;
  const { keys, total } = await keysAndTotal(request, passed + pageSize + 1);
  const shown = keys.slice(passed, passed + pageSize);
  const wanted = shown.map(({ id }) => id);
  const found = await batchGet(request.table, partitionKey, wanted);
  // The index lags behind the table by some milliseconds: an item removed in between is left out of its page.
  const items = wanted.flatMap((id) => found.get(id) ?? []).map((item) => request.schema.parse(item));
  return { items, total, ...(keys.length > passed + pageSize && { next: shown.at(-1)?.order }) };
}

/** The newest keys after `after`, at least `wanted` of them if there are that many; and the number of all matches. */
async function keysAndTotal<Item>(
  { counted, page: { after }, ...match }: ListRequest<Item>,
  wanted: number,
): Promise<{ keys: Key[]; total: number }> {
  if (counted === undefined) return await everyKey(match, wanted, after);
  const first = await newestOf(match, Math.max(SHORT_LIST, after === undefined ? wanted : 0) + 1);
  const isAfter = ({ order }: Key) => after === undefined || order < after;
  if (!first.hasMore) return { keys: first.keys.filter(isAfter), total: first.keys.length };
  const [total, next] = await Promise.all([
    counted(),
    // One more: `after` itself is within the range.
    after === undefined
      ? first
      : newestOf({ ...match, range: { from: match.range?.from ?? '', to: after } }, wanted + 1),
  ]);
  if (total === undefined) return await everyKey(match, wanted, after);
  return { keys: next.keys.filter(isAfter), total: Math.max(total, first.keys.length) };
}

/** DynamoDB's limit for a batch read. */
const MAX_KEYS = 100;

/** The existing items with these ids, unordered. */
export async function itemsOf<Item>(
  { table, definition, schema }: Pick<ListRequest<Item>, 'table' | 'definition' | 'schema'>,
  ids: readonly string[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (let first = 0; first < ids.length; first += MAX_KEYS) {
    const found = await batchGet(table, definition.partitionKey, ids.slice(first, first + MAX_KEYS));
    for (const item of found.values()) items.push(schema.parse(item));
  }
  return items;
}

/**
 * The newest `limit` keys of a partition of a list index, newest first, without the total: one call.
 * @param range inclusive
 */
export async function newestKeys(
  table: Table,
  { partitionKey }: Pick<TableDefinition, 'partitionKey'>,
  place: Place,
  range: { from: string; to: string },
  limit: number,
): Promise<Key[]> {
  return keysOf(await queryKeys(table, place, range, { Limit: limit }), partitionKey);
}

/** All ids, newest first. */
export async function matchingIds(match: Match): Promise<string[]> {
  return (await everyKey(match, Number.POSITIVE_INFINITY)).keys.map(({ id }) => id);
}

export interface Key {
  id: string;
  /** Its {@link LIST_ORDER}. */
  order: string;
}

/** The number of matches, by reading all their keys. */
export async function countMatches(match: Match): Promise<number> {
  return (await everyKey(match, 0)).total;
}

/**
 * Reads every matching key. DynamoDB reads 1 MB of them per call, about 5,000; keys beyond the wanted ones are only
 * counted, so they are neither sent nor stored.
 */
async function everyKey(match: Match, wanted: number, after?: string): Promise<{ keys: Key[]; total: number }> {
  const keys: Key[] = [];
  let total = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const options = { ExclusiveStartKey: start, ...(keys.length >= wanted && { Select: 'COUNT' as const }) };
    const answer = await queryKeys(match.table, placeOf(match), match.range, options);
    for (const key of keysOf(answer, match.definition.partitionKey)) {
      if (after === undefined || key.order < after) keys.push(key);
    }
    total += answer.Count ?? 0;
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return { keys, total };
}

/** The newest matching keys, and whether there may be more. */
async function newestOf(match: Match, limit: number): Promise<{ keys: Key[]; hasMore: boolean }> {
  const keys: Key[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const options = { ExclusiveStartKey: start, Limit: limit - keys.length };
    const answer = await queryKeys(match.table, placeOf(match), match.range, options);
    keys.push(...keysOf(answer, match.definition.partitionKey));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined && keys.length < limit);
  return { keys, hasMore: start !== undefined };
}

/** A partition of a list index. */
interface Place {
  index: string;
  partition: string;
}

function placeOf({ definition, filters }: Match): Place {
  const given = Object.fromEntries(Object.entries(filters).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  const names = (definition.listFilters ?? []).filter((name) => name in given);
  return { index: listIndexName(names), partition: listPartition(names, given) };
}

/** One call: the keys of a place, newest first. */
function queryKeys(
  { client, tableName }: Table,
  { index, partition }: Place,
  range: Match['range'],
  options: Pick<QueryCommandInput, 'ExclusiveStartKey' | 'Limit' | 'Select'>,
): Promise<QueryCommandOutput> {
  return client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: index,
      KeyConditionExpression: `#partition = :partition${range ? ' AND #order BETWEEN :from AND :to' : ''}`,
      ExpressionAttributeNames: { '#partition': index, ...(range && { '#order': LIST_ORDER }) },
      ExpressionAttributeValues: {
        ':partition': partition,
        ...(range && { ':from': range.from, ':to': range.to }),
      },
      ScanIndexForward: false,
      ...options,
    }),
  );
}

function keysOf({ Items = [] }: QueryCommandOutput, partitionKey: string): Key[] {
  return Items.map((item) => ({ id: String(item[partitionKey]), order: String(item[LIST_ORDER]) }));
}

/** More rounds than throttling explains; by then the request's own time is nearly over. */
const MAX_ROUNDS = 5;

/** Items by id. DynamoDB may leave keys of a batch unprocessed (throttling, 16 MB): they are requested again. */
async function batchGet(table: Table, partitionKey: string, ids: string[]): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  let request: BatchGetCommandOutput['UnprocessedKeys'] =
    ids.length === 0
      ? {}
      : { [table.tableName]: { Keys: ids.map((id) => ({ [partitionKey]: id })), ConsistentRead: true } };
  for (let round = 0; Object.keys(request ?? {}).length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new Error(`DynamoDB left keys of ${table.tableName} unread ${MAX_ROUNDS} times`);
    const answer: BatchGetCommandOutput = await table.client.send(new BatchGetCommand({ RequestItems: request }));
    for (const item of answer.Responses?.[table.tableName] ?? []) found.set(String(item[partitionKey]), item);
    request = answer.UnprocessedKeys;
  }
  return found;
}
