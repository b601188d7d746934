import { setImmediate } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { indexesOf, type TableDefinition } from '../../functions/adapters/dynamodb/tables.ts';

/** A table with the keys and indexes of ours under another name, ready for requests. */
export async function createTable(
  client: DynamoDBDocumentClient,
  name: string,
  definition: TableDefinition,
): Promise<void> {
  const indexes = indexesOf(definition);
  const { partitionKey, sortKey } = definition;
  const own = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  const keys = new Set([...own, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])]);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: own.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: [...keys].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      // DynamoDB refuses an empty list.
      GlobalSecondaryIndexes:
        indexes.length === 0
          ? undefined
          : indexes.map((index) => ({
              IndexName: index.name,
              KeySchema: [
                { AttributeName: index.partitionKey, KeyType: 'HASH' },
                { AttributeName: index.sortKey, KeyType: 'RANGE' },
              ],
              Projection: index.include
                ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.include] }
                : { ProjectionType: 'KEYS_ONLY' },
            })),
    }),
  );
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await setImmediate();
  }
}
