import { randomUUID } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';
import { createDocumentClient, type Table } from '../../functions/adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../functions/adapters/dynamodb/stores.ts';
import { TABLES, type TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { Engine } from '../../infra/local/aws/dynamodb/engine.ts';
import { bindToLoopback } from '../../infra/local/http/loopback-server.ts';
import { createTable } from './create-table.ts';
import { callInProcess } from './in-process.ts';

export interface TestTables {
  client: DynamoDBDocumentClient;
  /** Names of tables for this test only. */
  names: Record<TableName, string>;
  table(name: TableName): Table;
  stores: ReturnType<typeof storesOf>;
  stop(): Promise<void>;
}

/** Our tables, empty, in an embedded DynamoDB, or in the one at `TEST_DYNAMODB_ENDPOINT`. Clients made afterwards find it through the environment. */
export async function startTables(): Promise<TestTables> {
  const embedded = process.env.TEST_DYNAMODB_ENDPOINT === undefined ? await startDynalite() : undefined;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', process.env.TEST_DYNAMODB_ENDPOINT ?? embedded?.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const client = createDocumentClient();
  const run = randomUUID().slice(0, 8);
  const names = {
    clusters: `clusters-${run}`,
    backups: `backups-${run}`,
    workflows: `workflows-${run}`,
    counters: `counters-${run}`,
    config: `config-${run}`,
    requests: `requests-${run}`,
    imports: `imports-${run}`,
  };
  await Promise.all(entries(names).map(([table, name]) => createTable(client, name, TABLES[table])));
  return {
    client,
    names,
    table: (name) => ({ client, tableName: names[name] }),
    stores: storesOf(client, names),
    async stop() {
      await Promise.all(entries(names).map(([, TableName]) => client.send(new DeleteTableCommand({ TableName }))));
      client.destroy();
      await embedded?.stop();
      vi.unstubAllEnvs();
    },
  };
}

function storesOf(client: DynamoDBDocumentClient, names: Record<TableName, string>) {
  return createStores(client, {
    CLUSTERS_TABLE: names.clusters,
    BACKUPS_TABLE: names.backups,
    WORKFLOWS_TABLE: names.workflows,
    COUNTERS_TABLE: names.counters,
    CONFIG_TABLE: names.config,
    REQUESTS_TABLE: names.requests,
    IMPORTS_TABLE: names.imports,
  });
}

/** The names of the commands that a client sends from now on, in order. */
export function recordCommands(client: DynamoDBDocumentClient): string[] {
  const sent: string[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      sent.push(String(context.commandName));
      return await next(args);
    },
    { step: 'initialize' },
  );
  return sent;
}

function entries(names: Record<TableName, string>): [TableName, string][] {
  return Object.entries(names) as [TableName, string][];
}

async function startDynalite() {
  const engine = new Engine();
  const server = await bindToLoopback(engine.server);
  const leaveProcess = callInProcess(server.port, engine);
  return {
    endpoint: server.url,
    async stop() {
      leaveProcess();
      await server.close();
    },
  };
}
