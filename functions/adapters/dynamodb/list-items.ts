import { BatchGetCommand, type BatchGetCommandOutput, QueryCommand } from '@aws-sdk/lib-dynamodb';
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
}

/**
 * One page of a table's items, newest first. One query of the matching keys yields the page's keys and the total; one
 * batch read yields the items. Nothing else is read.
 */
export async function listItems<Item>(request: ListRequest<Item>): Promise<Page<Item>> {
  const { partitionKey } = request.definition;
  const { page, pageSize, after } = request.page;
  const passed = after === undefined ? (page - 1) * pageSize : 0;
  const { keys, total } = await matching({ ...request, after }, passed + pageSize + 1);
  const shown = keys.slice(passed, passed + pageSize);
  const wanted = shown.map(({ id }) => id);
  const found = await batchGet(request.table, partitionKey, wanted);
  // The index lags behind the table by some milliseconds: an item removed in between is left out of its page.
  const items = wanted.flatMap((id) => found.get(id) ?? []).map((item) => request.schema.parse(item));
  return { items, total, ...(keys.length > passed + pageSize && { next: shown.at(-1)?.order }) };
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
  { client, tableName }: Table,
  { partitionKey }: Pick<TableDefinition, 'partitionKey'>,
  { index, partition }: { index: string; partition: string },
  { from, to }: { from: string; to: string },
  limit: number,
): Promise<Key[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: index,
      KeyConditionExpression: '#partition = :partition AND #order BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#partition': index, '#order': LIST_ORDER },
      ExpressionAttributeValues: { ':partition': partition, ':from': from, ':to': to },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return Items.map((item) => ({ id: String(item[partitionKey]), order: String(item[LIST_ORDER]) }));
}

/** All ids, newest first. */
export async function matchingIds(match: Match): Promise<string[]> {
  return (await matching(match, Number.POSITIVE_INFINITY)).keys.map(({ id }) => id);
}

export interface Key {
  id: string;
  /** Its {@link LIST_ORDER}. */
  order: string;
}

/**
 * The newest keys after `after`, at least `wanted` of them if there are that many; and the total number of matches.
 * DynamoDB reads 1 MB of keys per call, about 5,000; keys beyond the wanted ones are only counted, so they are neither
 * sent nor stored.
 */
async function matching(
  { table, definition, filters, range, after }: Match & Pick<PageRequest, 'after'>,
  wanted: number,
): Promise<{ keys: Key[]; total: number }> {
  const given = Object.fromEntries(Object.entries(filters).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  const names = (definition.listFilters ?? []).filter((name) => name in given);
  const index = listIndexName(names);
  const keys: Key[] = [];
  let total = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: index,
        KeyConditionExpression: `#partition = :partition${range ? ' AND #order BETWEEN :from AND :to' : ''}`,
        ExpressionAttributeNames: { '#partition': index, ...(range && { '#order': LIST_ORDER }) },
        ExpressionAttributeValues: {
          ':partition': listPartition(names, given),
          ...(range && { ':from': range.from, ':to': range.to }),
        },
        ...(keys.length >= wanted && { Select: 'COUNT' }),
        ScanIndexForward: false,
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) {
      const key = { id: String(item[definition.partitionKey]), order: String(item[LIST_ORDER]) };
      if (after === undefined || key.order < after) keys.push(key);
    }
    total += answer.Count ?? 0;
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return { keys, total };
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
