import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { createBackupStore } from '../../functions/adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../functions/adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../../functions/adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../../functions/adapters/dynamodb/dynamodb.ts';
import { createStrategyStore } from '../../functions/adapters/dynamodb/strategies-store.ts';
import { DUE_INDEX, DUE_SHARDS, dueShard, TABLES, type TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { createWorkflowStore } from '../../functions/adapters/dynamodb/workflows-store.ts';
import { createWorkflowExecutions } from '../../functions/adapters/step-functions/workflow-executions.ts';
import type { Strategy } from '../../functions/domain/strategy/strategy.ts';
import { type AutoBackupDeps, autoBackup } from '../../functions/operations/strategy/auto-backup.ts';
import { bindToLoopback, type LoopbackServer, listenOnLoopback } from '../../infra/local/http/loopback-server.ts';
import { createTable } from '../support/create-table.ts';
import { aCluster } from '../support/records.ts';
import type { Figure } from './figures.ts';

const DUE = 1_000;

/** A query per shard, the configuration, and four calls per due cluster. */
const CALLS_BUDGET = DUE_SHARDS.length + 1 + 4 * DUE;

/** Percent by which a sweep over ten times as many strategies may differ. */
const DIFFERENCE_BUDGET = 20;

/** Each day has its own strategies, so that each sweep finds a thousand untouched ones. */
const DAYS = ['Monday', 'Tuesday', 'Wednesday'] as const;
const MONDAY = Date.UTC(2026, 2, 2);
const DAY = 86_400_000;
const WINDOW = { start: 9 * 60, end: 11 * 60 };

const BACKUP_STATE_MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:backup';

/**
 * Calls and seconds of a sweep with a thousand due strategies, among this many and among ten times as many. Sweeps over both take turns, so
 * that a change in the machine's speed affects both; the fastest counts, since any disturbance only adds time.
 */
export async function sweepFigures(sizes: readonly number[]): Promise<Figure[]> {
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const dynamodb = await bindToLoopback(dynalite({ createTableMs: 0 }).on('request', count));
  const stepFunctions = await listenAsStarter(count);
  const restore = setEnvironment({
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  });
  try {
    const client = createDocumentClient();
    const measured = [];
    for (const size of sizes) {
      measured.push({
        size,
        deps: await strategies(client, size),
        calls: Number.NaN,
        seconds: Number.POSITIVE_INFINITY,
      });
    }
    for (const day of DAYS.keys()) {
      for (const each of measured) {
        calls = 0;
        const started = performance.now();
        const sweep = await autoBackup(MONDAY + day * DAY + WINDOW.start * 60_000, each.deps);
        each.seconds = Math.min(each.seconds, (performance.now() - started) / 1_000);
        each.calls = calls;
        if (sweep.started !== DUE) throw new Error(`a sweep started ${sweep.started} of ${DUE} backups`);
      }
    }
    client.destroy();
    return figuresOf(measured);
  } finally {
    restore();
    await stepFunctions.close();
    await dynamodb.close();
  }
}

function figuresOf(measured: readonly { size: number; calls: number; seconds: number }[]): Figure[] {
  const section = `A sweep that starts ${DUE} backups`;
  const difference = (values: number[]) => (Math.max(...values) / Math.min(...values) - 1) * 100;
  return [
    ...measured.flatMap(({ size, calls, seconds }) => [
      { section, name: `calls, of ${size} strategies`, value: calls, unit: 'calls', budget: CALLS_BUDGET },
      { section, name: `time, of ${size} strategies`, value: seconds, unit: 's' },
    ]),
    {
      section,
      name: 'difference in calls',
      value: difference(measured.map(({ calls }) => calls)),
      unit: '%',
      budget: DIFFERENCE_BUDGET,
    },
    {
      section,
      name: 'difference in time',
      value: difference(measured.map(({ seconds }) => seconds)),
      unit: '%',
      budget: DIFFERENCE_BUDGET,
    },
  ];
}

/** Tables with this many strategies: {@link DUE} for each of {@link DAYS}, the others for Sunday. */
async function strategies(client: DynamoDBDocumentClient, size: number): Promise<AutoBackupDeps> {
  const table = (name: TableName) => ({ client, tableName: `${name}-${size}` });
  for (const name of Object.keys(TABLES) as TableName[]) await createTable(client, table(name).tableName, TABLES[name]);
  const BATCH = 25;
  for (let first = 0; first < size; first += BATCH) {
    const items = Array.from({ length: BATCH }, (_, i) => ({ PutRequest: { Item: clusterItem(first + i) } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [table('clusters').tableName]: items } }));
  }
  const config = createConfigStore(table('config'));
  // Without a limit: all due backups start.
  await config.write('maxConcurrentAutoBackups', '0', new Date(MONDAY).toISOString());
  return {
    clusters: createClusterStore(table('clusters')),
    strategies: createStrategyStore(table('clusters')),
    backups: createBackupStore(table('backups')),
    workflows: createWorkflowStore(table('workflows')),
    config,
    executions: createWorkflowExecutions({ BackupCluster: BACKUP_STATE_MACHINE }),
    events: { missed: () => Promise.reject(new Error('no window is missed here')) },
    defaultStoragePath: 'bench-bucket/tidb',
    hasTime: () => true,
  };
}

/** Like registering a cluster and saving its strategy, but without what lists read, which takes time to write. */
function clusterItem(number: number): Record<string, unknown> {
  const day = Math.floor(number / DUE);
  const weekday = DAYS[day];
  const cluster = aCluster({ clusterId: `cluster-${number}` });
  const strategy: Strategy = {
    weekdays: [weekday ?? 'Sunday'],
    period: WINDOW,
    timezone: 'Europe/Berlin',
    paused: false,
  };
  // 9:00 in Berlin is 8:00 in UTC, an hour before the sweep.
  const start = MONDAY + (weekday === undefined ? 6 : day) * DAY + (WINDOW.start - 60) * 60_000;
  return {
    ...cluster,
    strategy,
    [DUE_INDEX.sortKey]: new Date(start).toISOString(),
    [DUE_INDEX.partitionKey]: dueShard(cluster.clusterId),
  };
}

/** A Step Functions that starts nothing: a backup's later cost does not belong to the sweep. */
function listenAsStarter(onCall: () => void): Promise<LoopbackServer> {
  const executionArn = `${BACKUP_STATE_MACHINE.replace(':stateMachine:', ':execution:')}:bench`;
  return listenOnLoopback((request, response) => {
    onCall();
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ executionArn, startDate: 0 }));
    });
  });
}

/** @returns a function that restores the former values */
function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const former = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of former) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
