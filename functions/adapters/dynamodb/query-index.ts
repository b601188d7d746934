import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from './dynamodb.ts';
import type { IndexDefinition } from './tables.ts';

/**
 * All items of one partition of an index, in the order of the sort key; 1 MB per call.
 * @param upTo the last wanted sort key; defaults to all
 */
export async function queryIndex(
  table: Table,
  index: IndexDefinition,
  partition: string,
  upTo?: string,
): Promise<unknown[]> {
  const isBounded = upTo !== undefined;
  const found: unknown[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: index.name,
        KeyConditionExpression: `#partition = :partition${isBounded ? ' AND #sort <= :upTo' : ''}`,
        ExpressionAttributeNames: { '#partition': index.partitionKey, ...(isBounded && { '#sort': index.sortKey }) },
        ExpressionAttributeValues: { ':partition': partition, ...(isBounded && { ':upTo': upTo }) },
        ExclusiveStartKey: start,
      }),
    );
    found.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return found;
}
