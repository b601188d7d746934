import { BatchGetCommand, type BatchGetCommandOutput, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ZodMiniType } from 'zod/mini';
import type { Page, PageRequest } from '../domain/stores.ts';
import type { Table } from './dynamodb.ts';
import { LIST_ORDER, listIndexName, listPartition, type TableDefinition } from './tables.ts';

interface Match {
  table: Table;
  definition: TableDefinition;
  /** Values to filter by; undefined: any. */
  filters: Readonly<Record<string, string | undefined>>;
  /** First and last {@link LIST_ORDER}, both inclusive. */
  range?: { from: string; to: string };
}

interface ListRequest<Item> extends Match {
  page: PageRequest;
  schema: ZodMiniType<Item>;
}

/**
 * One page of a table's items, newest first. One query over the keys that match yields the total and the page's keys;
 * one batch read yields the items. Nothing else of the table is read.
 */
export async function listItems<Item>(request: ListRequest<Item>): Promise<Page<Item>> {
  const { partitionKey } = request.definition;
  const keys = await matchingIds(request);
  const first = (request.page.page - 1) * request.page.pageSize;
  const wanted = keys.slice(first, first + request.page.pageSize);
  const found = await batchGet(request.table, partitionKey, wanted);
  // The index is behind the table by some milliseconds: an item that went in between is left out of its page.
  const items = wanted.flatMap((id) => found.get(id) ?? []).map((item) => request.schema.parse(item));
  return { items, total: keys.length };
}

/** The ids, newest first. DynamoDB answers 1 MB of keys at a time: about 5,000 of them to a call. */
export async function matchingIds({ table, definition, filters, range }: Match): Promise<string[]> {
  const given = Object.fromEntries(Object.entries(filters).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  const names = (definition.listFilters ?? []).filter((name) => name in given);
  const index = listIndexName(names);
  const ids: string[] = [];
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
        ScanIndexForward: false,
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) ids.push(String(item[definition.partitionKey]));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return ids;
}

/** More rounds than throttling of one page explains; the request's own time is nearly over by then. */
const MAX_ROUNDS = 5;

/** Items by id. DynamoDB may leave keys of a batch for later (throttling, 16 MB): they are asked for again. */
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
