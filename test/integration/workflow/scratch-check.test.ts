import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecretReader } from '../../../functions/adapters/secrets/secret-reader.ts';
import { systemClock } from '../../../functions/adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../../functions/adapters/tidb/gateway.ts';
import { attemptLocation, deletionId } from '../../../functions/domain/backup/backup-record.ts';
import type { CheckResult, Finding } from '../../../functions/domain/cluster/check.ts';
import { scratchDatabase } from '../../../functions/domain/cluster/scratch.ts';
import type { CheckInput } from '../../../functions/domain/workflow/workflow.ts';
import { type CheckScratchDeps, checkScratch } from '../../../functions/workflow/check/check-scratch.ts';
import { Death } from '../../support/dying.ts';
import { type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { aWorkflow, CREATED } from '../../support/records.ts';
import { runWorkflow } from '../../support/run-workflow.ts';
import { loadNodes } from '../../support/workflow-nodes.ts';

/** The call of the scratch check at which its node dies, before or after it was made. */
const DEATHS_AT_WORK = [
  ['create', 'before'],
  ['create', 'after'],
  ['backup', 'before'],
  ['backup', 'after'],
  ['restore', 'before'],
  ['restore', 'after'],
] as const;

let world: NodeWorld;
let nodes: Awaited<ReturnType<typeof loadNodes>>;
beforeAll(async () => {
  world = await startNodeWorld();
  nodes = await loadNodes(world);
});
afterAll(() => world.stop());
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  world.executions.started.length = 0;
});

/** What `POST /clusters/{clusterId}/check?scratch=true` leaves behind. */
async function accepted({ clusterId }: TestCluster): Promise<CheckInput> {
  const workFlowId = randomUUID();
  await world.clusters.lock(clusterId, { status: 'BackUp', operationId: workFlowId, since: new Date().toISOString() });
  await world.workflows.create(aWorkflow({ workFlowId, flowName: 'CheckCluster', bizId: clusterId }));
  return { flowName: 'CheckCluster', workFlowId, clusterId, backupId: workFlowId, maintenanceStatusChange: true };
}

const run = (input: CheckInput) => runWorkflow('check-cluster.asl.json', input, nodes['check-cluster.asl.json']);

/** The started deletions, as Step Functions would run them. */
async function runDeletions(): Promise<void> {
  for (const { input } of world.executions.started.splice(0)) {
    expect(await runWorkflow('delete-backup.asl.json', input as object, nodes['delete-backup.asl.json'])).toEqual({
      invoked: ['deleteBackupFiles', 'end'],
    });
  }
}

async function resultOf({ clusterId, workFlowId }: CheckInput): Promise<CheckResult> {
  const check = (await world.clusters.get(clusterId))?.check;
  expect(check?.workFlowId).toBe(workFlowId);
  return check ?? expect.unreachable('the check is kept');
}

const scratchOf = ({ findings }: CheckResult): Finding[] => findings.filter(({ check }) => check.startsWith('scratch'));
const statusesOf = (result: CheckResult) => scratchOf(result).map(({ status }) => status);

const databasesOf = async ({ sql }: TestCluster) =>
  (await sql('SHOW DATABASES'))
    .map(({ Database }) => String(Database))
    .filter((name) => /backup|Temporary/i.test(name));

async function expectNothingLeft(cluster: TestCluster, { backupId, clusterId, workFlowId }: CheckInput): Promise<void> {
  expect(await databasesOf(cluster)).toEqual([]);
  expect((await world.clusters.get(clusterId))?.maintenance).toBeUndefined();
  await runDeletions();
  expect(await world.backups.get(backupId)).toBeUndefined();
  expect((await world.s3.keys(world.bucket)).filter((key) => key.includes(clusterId))).toEqual([]);
  expect((await world.clusters.get(clusterId))?.maintenance).toBeUndefined();
  expect(await world.workflows.get(workFlowId)).not.toMatchObject({ status: 'Processing' });
}

describe('a scratch backup', () => {
  it.each(['6.5.11', '7.1.0', '7.6.0', '8.1.0', '8.5.0', '8.5.5'])(
    'of TiDB %s is taken and restored, and leaves nothing',
    async (version) => {
      const cluster = await world.cluster({ version });
      await cluster.sql('CREATE DATABASE shop');
      await cluster.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
      const input = await accepted(cluster);

      expect(await run(input)).toEqual({ invoked: ['checkCluster', 'checkScratch'] });

      expect(scratchOf(await resultOf(input))).toMatchObject([
        { check: 'scratchBackup', status: 'passed' },
        { check: 'scratchRestore', status: 'passed' },
        { check: 'scratchCleanup', status: 'passed' },
      ]);
      expect(await world.workflows.get(input.workFlowId)).toMatchObject({ status: 'Finished' });
      await expectNothingLeft(cluster, input);
      expect(await cluster.sql('SHOW TABLES FROM shop')).toHaveLength(1);
    },
  );

  it('names what the account lacks', async () => {
    const cluster = await world.cluster();
    await cluster.sql("CREATE USER backup IDENTIFIED BY 'of-backup'");
    await cluster.sql('GRANT BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN, PROCESS, SELECT ON *.* TO backup');
    const input = await accepted(await withAccount(cluster, 'backup', 'of-backup'));

    expect(await run(input)).toEqual({ invoked: ['checkCluster', 'checkScratch'] });

    const [written, restored] = scratchOf(await resultOf(input));
    expect(written).toMatchObject({ status: 'failed', remedy: expect.stringContaining('Grant') });
    expect(restored).toMatchObject({ status: 'skipped' });
    await expectNothingLeft(cluster, input);
  });

  it('needs rights only on its own databases', async () => {
    const cluster = await world.cluster();
    await cluster.sql("CREATE USER backup IDENTIFIED BY 'of-backup'");
    await cluster.sql('GRANT BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN, PROCESS ON *.* TO backup');
    await cluster.sql('GRANT CREATE, INSERT, SELECT, DROP ON `tidb\\_backup\\_check\\_%`.* TO backup');
    const input = await accepted(await withAccount(cluster, 'backup', 'of-backup'));

    await run(input);

    expect(statusesOf(await resultOf(input))).toEqual(['passed', 'passed', 'passed']);
    await expectNothingLeft(cluster, input);
  });

  it('that TiDB cannot write says so, with a remedy', async () => {
    const cluster = await world.cluster();
    cluster.sandbox.setFaults([
      { match: '^BACKUP ', action: 'error', errno: 8124, message: 'Backup failed: AccessDenied: Access Denied' },
    ]);
    const input = await accepted(cluster);

    await run(input);

    expect(scratchOf(await resultOf(input))[0]).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('s3:PutObject'),
      remedy: expect.any(String),
    });
    await expectNothingLeft(cluster, input);
  });

  it.each([{ logBackupTask: 'pitr' }, { changefeed: 'to-kafka' }])(
    'beside %j says what was not checked, and why',
    async (replication) => {
      const cluster = await world.cluster();
      cluster.sandbox.setFaults([replication]);
      const input = await accepted(cluster);

      await run(input);

      const result = await resultOf(input);
      expect(statusesOf(result)).toEqual(['passed', 'skipped', 'passed']);
      expect(scratchOf(result)[1]?.message).toMatch(/^not checked: TiDB refuses to restore while/);
      await expectNothingLeft(cluster, input);
    },
  );

  it('leaves a database alone that no check created', async () => {
    const cluster = await world.cluster();
    const input = await accepted(cluster);
    const database = scratchDatabase(input.workFlowId);
    await cluster.sql(`CREATE DATABASE ${database}`);
    await cluster.sql(`CREATE TABLE ${database}.of_a_user (id INT PRIMARY KEY)`);

    await run(input);

    expect(statusesOf(await resultOf(input))).toEqual(['failed', 'skipped', 'warning']);
    expect(await cluster.sql(`SHOW TABLES FROM ${database}`)).toHaveLength(1);
    expect((await world.clusters.get(input.clusterId))?.maintenance).toBeUndefined();
    // Repair retries, and finishes once the user has removed the obstacle.
    expect(await world.backups.get(input.backupId)).toMatchObject({
      status: 'Canceled',
      filesRemain: expect.any(String),
    });
    await cluster.sql(`DROP DATABASE ${database}`);
    await failAfter(input, new Error('FilesRemain'));
    await expectNothingLeft(cluster, input);
  });

  it('is removed once TiDB is back, by a repair that holds the cluster meanwhile', async () => {
    const cluster = await world.cluster();
    const input = await accepted(cluster);
    await dieAt('backup', 'after', input);
    const registered = (await world.clusters.get(input.clusterId)) ?? expect.unreachable('it is registered');
    await world.clusters.change(input.clusterId, { ...registered, endpoints: ['127.0.0.1:1'] }, CREATED);

    await failAfter(input, new Error('Death'));

    expect((await world.clusters.get(input.clusterId))?.maintenance).toBeUndefined();
    expect(await databasesOf(cluster)).toHaveLength(1);
    expect(await world.backups.get(input.backupId)).toMatchObject({
      status: 'Canceled',
      filesRemain: expect.any(String),
    });
    await world.clusters.change(input.clusterId, registered, CREATED);
    await world.clusters.lock(input.clusterId, { status: 'Restore', operationId: 'another', since: CREATED });
    await failAfter(input, new Error('FilesRemain'));
    expect(await databasesOf(cluster)).toHaveLength(1);
    await world.clusters.unlock(input.clusterId, 'another');
    await failAfter(input, new Error('FilesRemain'));
    await expectNothingLeft(cluster, input);
  });

  it.each(['7.6.0', '8.5.0', '8.5.5'])('whose RESTORE was interrupted leaves nothing in TiDB %s', async (version) => {
    const cluster = await world.cluster({ version });
    const input = await accepted(cluster);
    await dieAt('restore', 'before', input);
    await interruptRestore(cluster, input);
    // TiDB stores it in the cluster, or beside the backup.
    expect((await databasesOf(cluster)).length).toBeGreaterThanOrEqual(version === '7.6.0' ? 1 : 2);

    await failAfter(input, new Error('Death'));

    await expectNothingLeft(cluster, input);
    if (version === '8.5.5') expect(await cluster.sql('SELECT id FROM mysql.tidb_restore_registry')).toEqual([]);
  });

  it.each([
    ...DEATHS_AT_WORK,
    ['cancel', 'before'],
    ['cancel', 'after'],
    ['begin', 'after'],
    ['unlock', 'after'],
  ] as const)('that dies at %s, %s it, is removed by repair', async (call, when) => {
    const cluster = await world.cluster();
    const input = await accepted(cluster);

    await dieAt(call, when, input);
    await failAfter(input, new Error('Death'));
    // Twice: repair may die too, or run beside another.
    await failAfter(input, new Error('Death'));

    // Reconcile starts what could not be started: see its own tests.
    const record = await world.backups.get(input.backupId);
    if (record?.status === 'Deleting' && world.executions.started.length === 0) {
      const deletion = { ...input, workFlowId: deletionId(record), maintenanceStatusChange: true };
      world.executions.started.push({ stateMachineArn: '', name: deletion.workFlowId, input: deletion });
    }
    await expectNothingLeft(cluster, input);
  });
});

it.each(DEATHS_AT_WORK)(
  'a scratch backup that died at %s, %s it, is taken when its node is run again',
  async (call, when) => {
    const cluster = await world.cluster();
    const input = await accepted(cluster);
    const { checkCluster, checkScratch: again } = nodes['check-cluster.asl.json'];
    await dieAt(call, when, input);

    await again({ ...input, check: await checkCluster(input) });

    expect(statusesOf(await resultOf(input))).toEqual(['passed', 'passed', 'passed']);
    await expectNothingLeft(cluster, input);
  },
);

/** Sends the RESTORE of the scratch backup, and kills it before it is done. */
async function interruptRestore(cluster: TestCluster, { backupId, clusterId }: CheckInput): Promise<void> {
  const record = (await world.backups.get(backupId)) ?? expect.unreachable('it was created');
  const registered = (await world.clusters.get(clusterId)) ?? expect.unreachable('it is registered');
  const session = await createTidbGateway(createSecretReader()).openSession(registered);
  try {
    const { connectionId } = await session.locate();
    cluster.sandbox.setFaults([{ throttleMiBPerSecond: 0.0001 }]);
    const ended = session.restore({ location: attemptLocation(record, 1), limits: {}, scope: record.scope });
    ended.catch(() => undefined);
    await expect.poll(() => databasesOf(cluster), { timeout: 10_000 }).not.toEqual([]);
    await session.control.kill(connectionId);
    await expect(ended).rejects.toThrow();
  } finally {
    cluster.sandbox.setFaults([]);
    session.close();
  }
}

/** The node `fail`, which ends with the original error. */
async function failAfter(input: CheckInput, error: Error): Promise<void> {
  const { fail } = nodes['check-cluster.asl.json'];
  await expect(fail({ ...input, error: { Error: error.message, Cause: 'it died' } })).rejects.toMatchObject({
    name: error.message,
  });
}

/** Runs the nodes up to this call, at which the process dies. */
async function dieAt(call: string, when: 'before' | 'after', input: CheckInput): Promise<void> {
  const check = await nodes['check-cluster.asl.json'].checkCluster(input);
  let isDead = false;
  const strike = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    isDead ||= name === call && when === 'before';
    if (isDead) throw new Death();
    const result = await work();
    isDead ||= name === call;
    if (isDead) throw new Death();
    return result;
  };
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || name === 'close') return member;
        return (...args: unknown[]) => strike(String(name), async () => Reflect.apply(member, target, args));
      },
    });
  const gateway = createTidbGateway(createSecretReader());
  const deps: CheckScratchDeps = {
    ...{ clusters: mortal(world.clusters), backups: mortal(world.backups), deletions: mortal(world.deletions) },
    ...{ workflows: mortal(world.workflows), config: world.config, files: mortal(world.files) },
    tidb: {
      ...gateway,
      openScratch: (...args) => mortal(gateway.openScratch(...args)),
      openSession: async (...args) => mortal(await gateway.openSession(...args)),
    },
    executions: { start: async () => true },
    ...{ executor: 'lambda', deadline: Number.POSITIVE_INFINITY, outOfTime: '' },
    ...{ clock: systemClock, defaultStoragePath: world.bucket },
  };
  await checkScratch({ ...input, check }, deps).catch((error: unknown) => {
    if (!(error instanceof Death)) throw error;
  });
  expect(isDead).toBe(true);
}

async function withAccount(cluster: TestCluster, user: string, password: string): Promise<TestCluster> {
  const registered = (await world.clusters.get(cluster.clusterId)) ?? expect.unreachable('it is registered');
  const clusterId = `cluster-${randomUUID()}`;
  const secretArn = await world.secrets.keep(JSON.stringify({ username: user, password }));
  await world.clusters.create({ ...registered, clusterId, account: { secretArn, managed: false } });
  return { ...cluster, clusterId };
}
