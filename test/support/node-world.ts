import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { vi } from 'vitest';
import { createBackupFiles } from '../../functions/adapters/files/backup-files.ts';
import { createS3Stores } from '../../functions/adapters/files/s3-stores.ts';
import { createSecretReader } from '../../functions/adapters/secrets/secret-reader.ts';
import type { InitializingBackup } from '../../functions/domain/backup/backup-record.ts';
import type { Cluster, Maintenance } from '../../functions/domain/cluster/cluster.ts';
import type { StorageLocation } from '../../functions/domain/storage/storage-location.ts';
import type { OperationInput } from '../../functions/domain/workflow/workflow.ts';
import { type SandboxOptions, startTidbSandbox, type TidbSandbox } from '../../infra/local/tidb-sandbox/sandbox.ts';
import { startTables } from './dynamodb.ts';
import { aBackup, aCluster, aWorkflow } from './records.ts';
import { startS3 } from './s3.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { takeExecutions } from './started-executions.ts';

type S3Location = Extract<StorageLocation, { type: 's3' }>;

const PASSWORD = `p'w"\\d &+%#é`;

export type NodeWorld = Awaited<ReturnType<typeof startNodeWorld>>;

/** Everything that the workflow nodes talk to, and the nodes' real handlers. */
export async function startNodeWorld() {
  const [tables, s3, secrets] = [await startTables(), await startS3(), await startSecretsManager()];
  const bucket = await s3.createBucket();
  const sandboxes: TidbSandbox[] = [];
  for (const [name, table] of Object.entries(tables.names)) vi.stubEnv(`${name.toUpperCase()}_TABLE`, table);
  vi.stubEnv('DEFAULT_STORAGE_PATH', bucket);
  vi.stubEnv('DELETE_STATE_MACHINE_ARN', 'arn:aws:states:us-east-1:111122223333:stateMachine:delete');
  const executions = await takeExecutions();
  const { stores } = tables;
  return {
    ...stores,
    tables,
    s3,
    bucket,
    secrets,
    executions,
    files: createBackupFiles(createS3Stores(createSecretReader()), {}),
    handlers: await loadHandlers(),

    /** A sandbox that is registered as a cluster, under its own name. */
    async cluster(options: SandboxOptions = {}, change: Partial<Cluster> = {}): Promise<TestCluster> {
      const clusterId = `cluster-${randomUUID()}`;
      const sandbox = await startTidbSandbox({ password: PASSWORD, s3Endpoint: s3.endpoint, ...options });
      sandboxes.push(sandbox);
      const secretArn = await secrets.keep(JSON.stringify({ username: sandbox.user, password: PASSWORD }));
      const endpoints = sandbox.ports.map((port) => `${sandbox.host}:${port}`);
      await stores.clusters.create(
        aCluster({ clusterId, endpoints, account: { secretArn, managed: false }, ...change }),
      );
      return { clusterId, sandbox, sql: (text) => querySandbox(sandbox, text) };
    },

    /** What `POST /backups` leaves behind: lock, record and workflow. Returns the execution's input. */
    async accepted(
      clusterId: string,
      backupId: string,
      change: Partial<S3Location> = {},
      wanted: Partial<InitializingBackup> = {},
    ): Promise<OperationInput> {
      const location: S3Location = { type: 's3', bucket, prefix: `tidb/${clusterId}/${backupId}`, ...change };
      await hold(stores.clusters.lock, clusterId, { status: 'BackUp', operationId: backupId, since: now() });
      await stores.backups.create(aBackup({ clusterId, backupId, location, ...wanted }));
      await stores.workflows.create(aWorkflow({ workFlowId: backupId, bizId: clusterId }));
      return { workFlowId: backupId, clusterId, backupId, maintenanceStatusChange: true };
    },

    /** What `POST /clusters/{clusterId}/restore` leaves behind. */
    async acceptedRestore(clusterId: string, backupId: string, workFlowId: string): Promise<OperationInput> {
      await hold(stores.clusters.lock, clusterId, { status: 'Restore', operationId: workFlowId, since: now() });
      await stores.workflows.create(aWorkflow({ workFlowId, bizId: clusterId, flowName: 'RestoreExistCluster' }));
      return { workFlowId, clusterId, backupId, maintenanceStatusChange: true };
    },

    async stop() {
      await Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
      await Promise.all([tables.stop(), s3.stop(), secrets.stop(), executions.stop()]);
    },
  };
}

/** The nodes have a real clock, by which an old operation would have waited too long. */
const now = () => new Date().toISOString();

export interface TestCluster {
  clusterId: string;
  sandbox: TidbSandbox;
  sql(text: string): Promise<RowDataPacket[]>;
}

/** The part of Lambda's context that a node reads. */
export function contextWith(remainingMs = 900_000): Context {
  const end = Date.now() + remainingMs;
  return { getRemainingTimeInMillis: () => end - Date.now() } as Context;
}

/** Two megabytes: enough to watch a slowed-down backup. */
export async function loadSample({ sql }: TestCluster): Promise<void> {
  await sql('CREATE DATABASE shop');
  await sql(
    'CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, big BIGINT UNSIGNED, amount DECIMAL(20,4), name VARCHAR(100), made DATETIME(3), raw BLOB)',
  );
  await sql(
    "INSERT INTO shop.orders VALUES (1, 18446744073709551615, 12345678901234.5678, 'é😀', '2026-03-01 10:00:00.123', x'00ff'), (2, NULL, NULL, NULL, NULL, NULL)",
  );
  await sql('CREATE TABLE shop.bulk (id INT PRIMARY KEY, filler LONGTEXT)');
  const filler = 'x'.repeat(1024);
  for (let start = 0; start < 2_048; start += 512) {
    const rows = Array.from({ length: 512 }, (_, index) => `(${start + index}, '${filler}')`);
    await sql(`INSERT INTO shop.bulk VALUES ${rows.join(', ')}`);
  }
}

/** How Step Functions sees a node's error. */
export function caught(error: unknown): { Error: string; Cause: string } {
  if (!(error instanceof Error)) throw new Error('a node throws errors');
  return {
    Error: error.name,
    Cause: JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] }),
  };
}

/** The entry files read the environment when they are loaded, so each world loads its own: files of tests share a process. */
async function loadHandlers() {
  vi.resetModules();
  const [
    chooseExecutor,
    backup,
    updateBackupRecord,
    backupEnd,
    backupFail,
    restoreFromSrcCluster,
    restoreEnd,
    restoreFail,
    deleteBackupFiles,
    deletionEnd,
  ] = await Promise.all([
    import('../../functions/workflow/backup/choose-executor.lambda.ts'),
    import('../../functions/workflow/backup/backup.lambda.ts'),
    import('../../functions/workflow/backup/update-backup-record.lambda.ts'),
    import('../../functions/workflow/backup/backup-end.lambda.ts'),
    import('../../functions/workflow/backup/backup-fail.lambda.ts'),
    import('../../functions/workflow/restore/restore-from-src-cluster.lambda.ts'),
    import('../../functions/workflow/restore/restore-end.lambda.ts'),
    import('../../functions/workflow/restore/restore-fail.lambda.ts'),
    import('../../functions/workflow/deletion/delete-backup-files.lambda.ts'),
    import('../../functions/workflow/deletion/deletion-end.lambda.ts'),
  ]);
  return {
    chooseExecutor: chooseExecutor.handler,
    backup: backup.handler,
    updateBackupRecord: updateBackupRecord.handler,
    backupEnd: backupEnd.handler,
    backupFail: backupFail.handler,
    restoreFromSrcCluster: restoreFromSrcCluster.handler,
    restoreEnd: restoreEnd.handler,
    restoreFail: restoreFail.handler,
    deleteBackupFiles: deleteBackupFiles.handler,
    deletionEnd: deletionEnd.handler,
  };
}

async function hold(
  lock: (clusterId: string, maintenance: Maintenance) => Promise<{ outcome: string; cluster?: Cluster }>,
  clusterId: string,
  maintenance: Maintenance,
): Promise<void> {
  const { outcome } = await lock(clusterId, maintenance);
  if (outcome !== 'locked') throw new Error(`the cluster cannot be locked: ${outcome}`);
}

async function querySandbox({ host, port, user }: TidbSandbox, text: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({
    ...{ host, port, user, password: PASSWORD },
    ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true },
  });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(text);
    return rows;
  } finally {
    connection.destroy();
  }
}
