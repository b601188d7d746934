import {
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { OnAwsCall } from '../../../infra/local/aws/aws-call.ts';
import { type SandboxOptions, startTidbSandbox, type TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { tikvAccessKeyId } from '../../../infra/local/tikv-role.ts';
import { filesInBucket } from '../../support/bucket-files.ts';
import { sdkClients } from '../local-cloud/sdk-clients.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { until } from '../support/until.ts';

interface Answer {
  status: number;
  code: number;
  message: string;
  data: Record<string, unknown>;
}

export interface AppRecord {
  id: string;
  clusterId: string;
  status: string;
  progress?: number;
  deleteTime: string;
  executor?: string;
  lockedUntil?: string;
  error?: { code: number; message: string };
}

export type AppWorld = ReturnType<typeof worldIn>;

/** The whole app in the local cloud, with sandboxes whose faults the test controls. */
export async function startAppWorld(options: Parameters<typeof startTestCloud>[0] = {}) {
  const cloud = await startTestCloud({ idleSeconds: 60, ...options });
  return worldIn(cloud, () => cloud.stop());
}

interface SharedCloud {
  readonly cloud: TestCloud;
  /** By the file that uses it now. */
  onAwsCall: OnAwsCall;
}

/** This worker's world, while it is clean. */
let shared: SharedCloud | undefined;

/**
 * Like {@link startAppWorld}, in a cloud shared by one worker's files, with warm functions. Each file finds it empty, so it suits all files
 * that leave the configuration alone and count no metrics.
 */
export async function sharedAppWorld(onAwsCall: OnAwsCall = () => undefined): Promise<AppWorld> {
  shared ??= await startSharedCloud();
  const { cloud } = shared;
  const clients = sdkClients(cloud.endpoints);
  // The functions on the tables' streams have written once more since the last file.
  await emptyTables(clients.dynamodb);
  await emptyBucket(clients.s3, cloud.outputs.BackupBucket ?? '');
  shared.onAwsCall = onAwsCall;
  return worldIn(cloud, async () => {
    const isClean = cloud.denied.length === 0 && !(await isAnyRunning(clients.stepFunctions, cloud));
    if (!isClean) {
      shared = undefined;
      await cloud.stop();
    } else if (shared !== undefined) {
      shared.onAwsCall = () => undefined;
      await emptyTables(clients.dynamodb);
    }
  });
}

async function startSharedCloud(): Promise<SharedCloud> {
  const self: { onAwsCall: OnAwsCall } = { onAwsCall: () => undefined };
  const cloud = await startTestCloud({ idleSeconds: 60, onAwsCall: (call) => self.onAwsCall(call) });
  return Object.assign(self, { cloud });
}

async function isAnyRunning(stepFunctions: SFNClient, { outputs }: TestCloud): Promise<boolean> {
  const machines = Object.entries(outputs).filter(([name]) => name.endsWith('StateMachineArn'));
  const running = machines.map(async ([, stateMachineArn]) => {
    const { executions = [] } = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
    );
    return executions.length > 0;
  });
  return (await Promise.all(running)).includes(true);
}

async function emptyTables(client: DynamoDBClient): Promise<void> {
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  for (const TableName of TableNames) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const keys = new Set(Table?.KeySchema?.map(({ AttributeName }) => AttributeName));
    for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
      for (const item of Items) {
        const Key = Object.fromEntries(Object.entries(item).filter(([name]) => keys.has(name)));
        await client.send(new DeleteItemCommand({ TableName, Key }));
      }
    }
  }
}

async function emptyBucket(s3: S3Client, Bucket: string): Promise<void> {
  for (const Key of await filesInBucket(s3, Bucket)) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
}

function worldIn(cloud: TestCloud, end: () => Promise<void>) {
  const clients = sdkClients(cloud.endpoints);
  const sandboxes: TidbSandbox[] = [];
  const Bucket = cloud.outputs.BackupBucket ?? '';

  async function api(route: string, body?: unknown): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ', 2);
    const response = await fetch(cloud.api + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  }

  async function register(sandbox: TidbSandbox): Promise<string> {
    const { data } = await api('POST /clusters', {
      clusterName: 'sandbox',
      endpoints: sandbox.ports.map((port) => `${sandbox.host}:${port}`),
      account: { user: sandbox.user, password: sandbox.password },
      tls: 'disabled',
    });
    return String(data.clusterId);
  }

  const records = async (query: string) =>
    (await api(`GET /backups?${query}`)).data.backupRecords as unknown as AppRecord[];

  return {
    cloud,
    api,
    clients,
    bucket: Bucket,
    register,
    records,

    async sandbox(sandboxOptions: SandboxOptions = {}): Promise<TidbSandbox> {
      const sandbox = await startTidbSandbox({
        password: 'sandbox',
        s3Endpoint: cloud.endpoints.s3,
        s3Credentials: { accessKeyId: tikvAccessKeyId('test'), secretAccessKey: 'tikv' },
        mounts: cloud.mounts,
        ...sandboxOptions,
      });
      sandboxes.push(sandbox);
      return sandbox;
    },

    async backUp(clusterId: string, backupMode: 'manual' | 'auto' = 'manual'): Promise<string> {
      const { code, message, data } = await api('POST /backups', { clusterId, backupMode });
      if (code !== 0) throw new Error(message);
      return String(data.backupId);
    },

    record: async (backupId: string) => (await records(`backupId=${backupId}`))[0],

    /** Waits for the record to match `expected`. */
    untilRecord: (backupId: string, expected: (record: AppRecord) => boolean, seconds = 20) =>
      until(
        `backup ${backupId}`,
        async () => {
          const [record] = await records(`backupId=${backupId}`);
          return record !== undefined && expected(record) ? record : undefined;
        },
        seconds,
      ),

    untilGone: (backupId: string, seconds = 20) =>
      until(
        `the end of record ${backupId}`,
        async () => ((await records(`backupId=${backupId}`)).length === 0 ? true : undefined),
        seconds,
      ),

    maintenanceOf: async (clusterId: string) => (await api(`GET /clusters/${clusterId}`)).data.maintenanceStatus,

    /** Keys and unfinished uploads whose names contain `part`. */
    filesOf: async (part: string) => (await filesInBucket(clients.s3, Bucket)).filter((name) => name.includes(part)),

    /** Ends the execution of a deletion, like an operator who does not know better. */
    async abortDeletion(workFlowId: string): Promise<void> {
      const stateMachineArn = cloud.outputs.DeleteStateMachineArn ?? '';
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${workFlowId}`;
      await clients.stepFunctions.send(new StopExecutionCommand({ executionArn }));
    },

    async stop() {
      await Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
      await end();
    },
  };
}

type Connectable = Pick<TidbSandbox, 'host' | 'port' | 'user' | 'password'>;

export async function sql(
  { host, port, user, password }: Connectable,
  ...statements: string[]
): Promise<RowDataPacket[]> {
  const numbers = { supportBigNumbers: true };
  const connection = await createConnection({ host, port, user, password, ...numbers });
  try {
    let rows: RowDataPacket[] = [];
    for (const statement of statements) [rows] = await connection.query<RowDataPacket[]>(statement);
    return rows;
  } finally {
    connection.destroy();
  }
}

/** The statements in TiDB, including queued ones. */
export const running = (sandbox: TidbSandbox, kind: 'BACKUP' | 'RESTORE') =>
  sql(sandbox, `SELECT INFO FROM information_schema.cluster_processlist WHERE INFO LIKE '${kind}%'`);

/** A table with rows of a kilobyte each: enough to watch a slowed-down backup. */
export async function fill(sandbox: Connectable, rows = 512): Promise<void> {
  const filler = 'x'.repeat(1_024);
  await sql(
    sandbox,
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (id INT PRIMARY KEY, filler TEXT)',
    `INSERT INTO shop.orders VALUES ${Array.from({ length: rows }, (_, id) => `(${id}, '${filler}')`).join(', ')}`,
  );
}
