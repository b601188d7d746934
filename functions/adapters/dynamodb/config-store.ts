import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ConfigStore } from '../../domain/shared/stores.ts';
import { storedConfig } from '../../domain/shared/system-config.ts';
import { getItem, type Table } from './dynamodb.ts';
import { CONFIG_ID } from './tables.ts';

/** The system configuration: one item. */
export function createConfigStore(table: Table): ConfigStore {
  const read = async () => (await getItem(table, { configId: CONFIG_ID }, storedConfig)) ?? {};
  return {
    read,
    readLatest: read,

    // Needs no condition: each request changes one attribute, whole, and the last one wins.
    async write(key, value, at) {
      await table.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key: { configId: CONFIG_ID },
          UpdateExpression:
            value === undefined ? 'SET updateTime = :at REMOVE #key' : 'SET updateTime = :at, #key = :value',
          ExpressionAttributeNames: { '#key': key },
          ExpressionAttributeValues: { ':at': at, ...(value !== undefined && { ':value': value }) },
        }),
      );
    },
  };
}
