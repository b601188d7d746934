import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import type { BackupRecord } from '../../functions/domain/backup/backup-record.ts';
import type { BackupScope } from '../../functions/domain/backup/backup-scope.ts';
import { ownBackups } from '../../functions/domain/cluster/cluster.ts';
import { onlyAttempt } from '../../functions/domain/shared/request-attempt.ts';
import type { FlowName, OperationInput } from '../../functions/domain/workflow/workflow.ts';
import { backupCluster } from '../../functions/operations/backup/backup-cluster.ts';
import { startBackup } from '../../functions/operations/backup/start-backup.ts';
import { deleteBackupRecord } from '../../functions/operations/deletion/delete-backup-records.ts';
import { restoreExistCluster } from '../../functions/operations/restore/restore-exist-cluster.ts';
import { type NodeWorld, startNodeWorld, type TestCluster } from './node-world.ts';
import { CREATED } from './records.ts';
import { runWorkflow, type WorkflowRun } from './run-workflow.ts';
import { loadNodes } from './workflow-nodes.ts';

const FILES = {
  BackupCluster: 'backup-cluster.asl.json',
  RestoreExistCluster: 'restore-exist-cluster.asl.json',
  DeleteBackup: 'delete-backup.asl.json',
  UndeleteBackup: 'undelete-backup.asl.json',
  RestoreNewCluster: 'restore-new-cluster.asl.json',
  RestoreDrill: 'restore-drill.asl.json',
  CheckCluster: 'check-cluster.asl.json',
  CheckConfig: 'check-config.asl.json',
  ImportBackups: 'import-backups.asl.json',
} as const satisfies Record<FlowName, string>;

/** Chains of backups, by the real operations and nodes, with a TiDB. Called in a `describe`, whose end stops it. */
export function backupChains() {
  let world: NodeWorld;
  let nodes: Awaited<ReturnType<typeof loadNodes>>;
  /** Executions that were started but have not run, by workflow. */
  const started = new Map<string, { flow: FlowName; input: OperationInput }>();

  beforeAll(async () => {
    world = await startNodeWorld();
    nodes = await loadNodes(world);
  });
  afterAll(() => world.stop());

  const clock = { now: Date.now };
  const deps = () => ({
    ...world,
    attempt: onlyAttempt(clock),
    clock,
    defaultStoragePath: world.bucket,
    hasWorker: false,
    executions: {
      arnOf: (_: FlowName, id: string) => `arn:aws:states:us-east-1:111122223333:execution:w:${id}`,
      start: async (flow: FlowName, input: OperationInput) => {
        started.set(input.workFlowId, { flow, input });
        return true;
      },
      exists: async (arn: string) => started.has(arn.split(':').at(-1) ?? ''),
    },
  });

  async function run(workFlowId: string): Promise<WorkflowRun> {
    const { flow, input } = started.get(workFlowId) ?? expect.unreachable('it was started');
    const { cause, ...ended } = await runWorkflow(FILES[flow], input, nodes[FILES[flow]]);
    // As Lambda reports it.
    return cause === undefined ? ended : { ...ended, cause: JSON.parse(cause).errorMessage };
  }

  const start = ({ clusterId }: TestCluster, backupType: 'full' | 'incr', scope?: BackupScope) =>
    backupCluster({ clusterId, backupMode: 'manual', backupType, scope }, deps());

  async function backUp(cluster: TestCluster, backupType: 'full' | 'incr', scope?: BackupScope): Promise<string> {
    const { backupId } = await start(cluster, backupType, scope);
    expect(await run(backupId)).toEqual({ invoked: ['chooseExecutor', 'backup', 'updateBackupRecord', 'end'] });
    return backupId;
  }

  async function restore({ clusterId }: TestCluster, backupId: string, scope?: BackupScope): Promise<WorkflowRun> {
    const { workFlowId } = await restoreExistCluster({ clusterId, backupId, scope }, deps());
    return await run(workFlowId);
  }

  const RESTORED = { invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'end'] };

  async function remove(backupId: string, force?: boolean) {
    const answer = await deleteBackupRecord({ backupId, force }, deps());
    return answer.deletedBackupIds;
  }

  const record = async (backupId: string): Promise<BackupRecord> =>
    (await world.backups.get(backupId)) ?? expect.unreachable('the record is there');

  const finishedRecord = async (backupId: string) => {
    const found = await record(backupId);
    return found.status === 'Finished' ? found : expect.unreachable('it is finished');
  };

  const tables = async (cluster: TestCluster) => {
    const rows = await cluster.sql('SELECT table_schema, table_name FROM information_schema.tables');
    const names = rows.map((row) => Object.values(row).join('.'));
    return names.filter((name) => /^(shop|crm)\./.test(name)).sort();
  };

  /** A full backup and two incremental ones: rows are added, changed and removed between them, and so are columns and tables. */
  async function prepare(options: Parameters<NodeWorld['cluster']>[0] = {}) {
    const source = await world.cluster(options);
    await source.sql('CREATE DATABASE shop');
    await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY, name VARCHAR(20))');
    await source.sql("INSERT INTO shop.orders VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    const full = await backUp(source, 'full');
    await source.sql('DELETE FROM shop.orders WHERE id = 3');
    await source.sql("UPDATE shop.orders SET name = 'changed' WHERE id = 1");
    await source.sql("ALTER TABLE shop.orders ADD COLUMN note VARCHAR(20) DEFAULT 'none'");
    await source.sql("INSERT INTO shop.orders VALUES (4, 'four', 'new')");
    await source.sql('CREATE TABLE shop.added (id INT PRIMARY KEY)');
    const first = await backUp(source, 'incr');
    await source.sql('INSERT INTO shop.added VALUES (7)');
    await source.sql("UPDATE shop.orders SET note = 'late' WHERE id = 2");
    const second = await backUp(source, 'incr');
    return { source, full, first, second };
  }

  /** A full backup of a cluster with a table. */
  async function fullOnly() {
    const source = await world.cluster();
    await source.sql('CREATE DATABASE shop');
    await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
    return { source, full: await backUp(source, 'full') };
  }

  /** As a sweep of auto-backup starts it. */
  async function startByStrategy({ clusterId }: TestCluster): Promise<string> {
    const backupId = randomUUID();
    const [since, at] = [new Date().toISOString(), CREATED];
    await world.clusters.lock(clusterId, { status: 'BackUp', operationId: backupId, since, backupMode: 'auto' });
    const own = ownBackups((await world.clusters.get(clusterId)) ?? expect.unreachable('it is registered'));
    const base = { type: 's3', bucket: world.bucket, prefix: 'tidb' } as const;
    await startBackup(
      {
        ...{ backupId, clusterId, own, backupMode: 'auto', checksums: false, base, at },
        ...{ backupType: 'incr', withoutBase: 'full', fallbackToFull: true },
      },
      () => expect.unreachable('it is started'),
      deps(),
    );
    return backupId;
  }

  /** Marks a base for deletion despite its dependents, which no operation does. */
  async function mark(backupId: string): Promise<void> {
    const there = await record(backupId);
    const seen = there.status === 'Finished' ? there.dependentsAdded : undefined;
    expect(await world.deletions.begin(backupId, CREATED, seen)).toHaveProperty('status', 'Deleting');
  }

  const baseOf = ({ base }: BackupRecord) => base ?? expect.unreachable('it is incremental');

  const filesOf = async (...backupIds: string[]) => {
    const keys = await world.s3.keys(world.bucket);
    return keys.filter((key) => backupIds.some((backupId) => key.includes(backupId)));
  };

  /** The first node of a deletion, without its retry policy. */
  const runOnce = (backupId: string) => {
    const { input } = started.get(`${backupId}-delete-1`) ?? expect.unreachable('it was started');
    return nodes[FILES.DeleteBackup]
      .deleteBackupFiles({ input, executionArn: `arn:${backupId}`, startTime: CREATED })
      .catch((error: unknown) => error);
  };

  const rows = async (cluster: TestCluster) => [
    await cluster.sql('SELECT * FROM shop.orders ORDER BY id'),
    await cluster.sql('SELECT * FROM shop.added ORDER BY id'),
  ];

  return {
    get world() {
      return world;
    },
    deps,
    run,
    start,
    backUp,
    restore,
    RESTORED,
    remove,
    record,
    finishedRecord,
    tables,
    prepare,
    fullOnly,
    startByStrategy,
    mark,
    baseOf,
    filesOf,
    runOnce,
    rows,
  };
}
