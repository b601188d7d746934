import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { ZodMiniType } from 'zod/mini';
import { answerWithin } from '../shared/answer-within.ts';

/**
 * The document client of all stores. DynamoDB answers in milliseconds. A call that takes seconds is lost, and it is
 * better to repeat it (the SDK does, twice) than to wait until API Gateway gives up after 30 s.
 */
export function createDocumentClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ requestHandler: answerWithin(5_000) });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** A table and its client. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** Reads one item, strongly consistent. */
export async function getItem<Item>(
  table: Table,
  key: Record<string, string>,
  schema: ZodMiniType<Item>,
): Promise<Item | undefined> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.tableName, Key: key, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : schema.parse(Item);
}

/**
 * Writes an item whose id must be new. False if the id is taken.
 *
 *     we:     Put ──(written, answer lost)── SDK sends it again ── condition fails: the existing item is ours
 *     other:  Put with our id ────────────── Put ───────────────── condition fails: the existing item is another's
 *
 * `createTime` distinguishes the two: only the creator of the item sets it, once.
 */
export async function putNew(
  table: Table,
  partitionKey: string,
  item: Record<string, unknown> & { createTime: string },
): Promise<boolean> {
  const written = await unlessConditionFails(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#id)',
        ExpressionAttributeNames: { '#id': partitionKey },
      }),
    ),
  );
  if (written !== undefined) return true;
  const there = await table.client.send(
    new GetCommand({ TableName: table.tableName, Key: { [partitionKey]: item[partitionKey] }, ConsistentRead: true }),
  );
  return there.Item?.createTime === item.createTime;
}

/** The result of a conditional write; `undefined` if its condition failed, so that nothing was written. */
export async function unlessConditionFails<Result>(write: Promise<Result>): Promise<Result | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
