import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createStores } from '../../functions/adapters/dynamodb/stores.ts';
import { TABLES, type TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { Engine } from '../../infra/local/aws/dynamodb/engine.ts';
import { createTable } from './create-table.ts';
import { engineClient } from './engine-client.ts';

/** Tables with their own names, in this process: nothing is sent over HTTP. */
export interface EngineTables {
  readonly client: DynamoDBDocumentClient;
  readonly stores: ReturnType<typeof storesOf>;
  /** What clients have sent and received so far. */
  readonly traffic: { calls: number; bytes: number };
  /** Writes items without a client, which would take as long again. */
  fill(table: TableName, count: number, itemOf: (number: number) => Record<string, unknown>): Promise<void>;
}

/** The limit of one request. */
const BATCH = 25;

const NAMES = {
  CLUSTERS_TABLE: 'clusters',
  BACKUPS_TABLE: 'backups',
  WORKFLOWS_TABLE: 'workflows',
  COUNTERS_TABLE: 'counters',
  CONFIG_TABLE: 'config',
} as const satisfies Record<string, TableName>;

/** @param clientOf defaults to one that counts its traffic */
export async function createEngineTables(clientOf?: (engine: Engine) => DynamoDBDocumentClient): Promise<EngineTables> {
  const engine = new Engine();
  const traffic = { calls: 0, bytes: 0 };
  const count = (bytes: number) => {
    traffic.calls += 1;
    traffic.bytes += bytes;
  };
  const client = clientOf?.(engine) ?? engineClient(engine, count);
  for (const name of Object.values(NAMES)) await createTable(client, name, TABLES[name]);
  return {
    client,
    stores: storesOf(client),
    traffic,
    async fill(table, count, itemOf) {
      for (let first = 0; first < count; first += BATCH) {
        const items = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => ({
          PutRequest: { Item: marshall(itemOf(first + index), { removeUndefinedValues: true }) },
        }));
        const { status, body } = await engine.send(
          'BatchWriteItem',
          JSON.stringify({ RequestItems: { [table]: items } }),
        );
        if (status !== 200) throw new Error(`${table} could not be filled: ${body}`);
      }
    },
  };
}

function storesOf(client: DynamoDBDocumentClient) {
  return createStores(client, NAMES);
}
