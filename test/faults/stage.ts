import { setTimeout as delay } from 'node:timers/promises';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createBackupStore } from '../../functions/adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../functions/adapters/dynamodb/clusters-store.ts';
import type { Table } from '../../functions/adapters/dynamodb/dynamodb.ts';
import type { TableName } from '../../functions/adapters/dynamodb/tables.ts';
import type { BackupStore } from '../../functions/domain/backup/backup-store.ts';
import type { ClusterStore } from '../../functions/domain/cluster/cluster-store.ts';
import { type LocalCloud, startLocalCloud } from '../../infra/local/local-cloud.ts';
import type { TidbEndpoint } from '../../infra/local/tidb.ts';
import { sdkClients } from '../integration/local-cloud/sdk-clients.ts';
import { changedApp } from '../integration/support/changed-app.ts';
import { ruleId } from '../integration/support/rule-id.ts';
import { until } from '../integration/support/until.ts';
import type { Aim } from './fault.ts';
import { awsGate, sqlGate } from './gates.ts';
import { HASTENED } from './hastened.ts';
import { Invocations, SCENARIO_ID } from './invocations.ts';
import { type ReferenceBackup, referenceOf } from './reference-backup.ts';
import { Scenario } from './scenario.ts';
import { openSqlDoor, type SqlDoor } from './sql-door.ts';
import { prepareTidbs, SLOW, type Tidbs } from './tidbs.ts';

/** Functions of sweeps, by the rule's name. */
const SWEEPS = {
  reconcile: 'RepairReconcile',
  autoBackup: 'AutoBackupAutoBackup',
  retention: 'RetentionRetention',
} as const;

const SETTLE_MS = 60_000;

/** The worker's fast timers: it sends a heartbeat every two seconds. */
const HEARTBEAT_SECONDS = 8;

/** A local cloud on which many scenarios run at once, each with its own cluster. */
export interface Stage {
  readonly clients: ReturnType<typeof sdkClients>;
  readonly bucket: string;
  readonly backups: BackupStore;
  readonly tidbs: Tidbs;
  tableOf(name: TableName): Table;
  backupExecutionArn(backupId: string): string;
  /** A new scenario, without a cluster yet. */
  scenario(flow: string, aims: readonly Aim[]): Scenario;
  /** Registers the scenario's cluster, behind its own door; by default the TiDB with data. */
  register(scenario: Scenario, tidb?: TidbEndpoint): Promise<void>;
  /** Sends an API request for a scenario. @returns the answer of a success */
  ask(scenario: Scenario, route: string, body?: unknown): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Runs a sweep, for one scenario or for all. */
  sweep(rule: keyof typeof SWEEPS, time: Date, scenario?: Scenario): Promise<void>;
  /** Resolves when nothing works on the scenario any more, or after a time in which everything ends. */
  settled(scenario: Scenario): Promise<void>;
  allSettled(): Promise<void>;
  /** The backup that others are copies of. */
  reference(): ReferenceBackup;
  keepReference(backupId: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const invocations = new Invocations();
  const scenarios = new Map<string, Scenario>();
  const swept = new Map<string, Scenario>();
  const doors: SqlDoor[] = [];

  const cloud = await startLocalCloud({
    template: await changedApp(quiet),
    idleSeconds: 60,
    // Each server runs one BACKUP at a time.
    tidb: { clusters: 1, servers: 8 },
    functionEnvironment: () => HASTENED,
    gate: awsGate(invocations, { find: (id) => scenarios.get(id), sweptBy: (label) => swept.get(label) }),
    onInvocationStart: (start) => invocations.begin(start),
    onInvoke: ({ pid }) => invocations.end(pid),
    onTaskStart: (task) => invocations.beginTask(task),
    onTaskStop: ({ pid }) => invocations.end(pid),
  });
  cloud.readiness.refuses = ({ logicalId, payload }) => {
    const scenario = scenarios.get(SCENARIO_ID.exec(payload)?.[0] ?? '');
    return scenario?.isWithoutEnd && /EndFunction/.test(logicalId) ? 'ResourceNotReadyException' : undefined;
  };
  const [full] = cloud.tidb;
  if (full === undefined) throw new Error('the cloud has no TiDB');
  const clients = sdkClients(cloud.endpoints, undefined, 3);
  const tableOf = await tablesOf(clients.dynamodb);
  const clusters = createClusterStore(tableOf('clusters'));
  const backups = createBackupStore(tableOf('backups'));
  const tidbs = await prepareTidbs(full, cloud.endpoints.s3);
  const secretArn = await secretOf(full, cloud, clusters);
  const rules = {
    reconcile: await ruleId('RepairReconcile'),
    autoBackup: await ruleId('AutoBackupRule'),
    retention: await ruleId('RetentionRule'),
  };
  let reference: ReferenceBackup | undefined;

  async function isRunning({ executions }: Scenario): Promise<boolean> {
    for (const executionArn of executions) {
      const { status } = await clients.stepFunctions
        .send(new DescribeExecutionCommand({ executionArn }))
        // It was requested but never started.
        .catch(() => ({ status: 'ABSENT' }));
      if (status === 'RUNNING') return true;
      executions.delete(executionArn);
    }
    return false;
  }

  const stage: Stage = {
    clients,
    bucket: cloud.outputs.BackupBucket ?? '',
    backups,
    tidbs,
    tableOf,

    backupExecutionArn: (backupId) =>
      `${cloud.outputs.BackupStateMachineArn?.replace(':stateMachine:', ':execution:')}:${backupId}`,

    scenario(flow, aims) {
      const id = `scene-${String(scenarios.size).padStart(5, '0')}`;
      const scenario = new Scenario(id, flow, aims, flow.startsWith('cancel') ? id + SLOW : id);
      scenarios.set(id, scenario);
      return scenario;
    },

    async register(scenario, tidb) {
      const port = tidb?.port ?? full.ports[scenarios.size % full.ports.length] ?? full.port;
      const door = await openSqlDoor({ host: full.host, port }, () => sqlGate(invocations, scenario));
      doors.push(door);
      const at = new Date().toISOString();
      await clusters.create({
        clusterId: scenario.clusterId,
        clusterName: scenario.flow,
        endpoints: [`127.0.0.1:${door.port}`],
        account: { managed: false, secretArn },
        tls: 'disabled',
        timezone: 'UTC',
        // Before the given backups were made: nothing builds on an older backup.
        createTime: new Date(0).toISOString(),
        updateTime: at,
      });
    },

    async ask(scenario, route, body) {
      const [method = '', path = ''] = route.split(' ', 2);
      const response = await fetch(cloud.api + path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      // The gateway's answer for a dead function has no code.
      const { code, data = {} } = (await response.json()) as { code?: number; data?: Record<string, unknown> };
      scenario.answers.push({ code, data });
      return code === 0 ? data : undefined;
    },

    async sweep(rule, time, scenario) {
      if (scenario !== undefined) swept.set(SWEEPS[rule], scenario);
      await cloud.fireRule(rules[rule], time);
      swept.delete(SWEEPS[rule]);
    },

    async settled(scenario) {
      const isAtWork = () => invocations.workingOn(scenario.id).length > 0;
      const giveUpAt = Date.now() + SETTLE_MS;
      while (Date.now() < giveUpAt) {
        if (!isAtWork() && !(await isRunning(scenario)) && !isAtWork()) return;
        await Promise.race([invocations.nextEnd(), delay(isAtWork() ? 1_000 : 100)]);
      }
    },

    async allSettled() {
      for (const scenario of scenarios.values()) await stage.settled(scenario);
    },

    reference() {
      if (reference === undefined) throw new Error('no backup has been taken yet');
      return reference;
    },

    async keepReference(backupId) {
      reference = await referenceOf(stage, backupId);
    },

    async stop() {
      await Promise.all(doors.map((door) => door.close()));
      await tidbs.stop();
      await cloud.stop();
    },
  };
  return stage;
}

/**
 * Sweeps run when a test says so, and changes are not published: that is a separate function with its own tests. No one waits five minutes
 * for a dead worker, nor eight hours until a node `end` is abandoned.
 */
function quiet(template: string): string {
  return template
    .replaceAll(/(HeartbeatSeconds\\": ?)\d+/g, `$1${HEARTBEAT_SECONDS}`)
    .replaceAll(/(MaxAttempts\\": ?)26\b/g, (_, key: string) => `${key}3`)
    .replaceAll('"rate(5 minutes)"', '"rate(1 day)"')
    .replaceAll('"BatchSize"', '"Enabled": false, "BatchSize"');
}

async function tablesOf(dynamodb: ReturnType<typeof sdkClients>['dynamodb']): Promise<Stage['tableOf']> {
  const client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } });
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
  return (name) => {
    const tableName = TableNames.find((each) => each.toLowerCase().includes(`tables${name}`));
    if (tableName === undefined) throw new Error(`the app has no table ${name}`);
    return { client, tableName };
  };
}

/** All clusters share one secret: that of a cluster registered as a user would. */
async function secretOf(
  { host, port, user, password }: TidbEndpoint,
  { api }: LocalCloud,
  clusters: Pick<ClusterStore, 'get'>,
): Promise<string> {
  const clusterId = 'holder-of-the-secret';
  const body = { clusterId, clusterName: clusterId, endpoints: [`${host}:${port}`], account: { user, password } };
  return await until('a registered cluster', async () => {
    // The very first call is slow, and the functions' timers are fast.
    await fetch(`${api}/clusters`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, tls: 'disabled' }),
    });
    return (await clusters.get(clusterId))?.account.secretArn;
  });
}
