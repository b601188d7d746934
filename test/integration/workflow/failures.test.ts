import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brieSql } from '../../../functions/adapters/tidb/brie-sql.ts';
import { attemptLocation } from '../../../functions/domain/backup/backup-record.ts';
import type { Cluster } from '../../../functions/domain/cluster/cluster.ts';
import { originalError } from '../../../functions/domain/workflow/node-failure.ts';
import type { OperationInput } from '../../../functions/domain/workflow/workflow.ts';
import {
  caught,
  contextWith,
  loadSample,
  type NodeWorld,
  startNodeWorld,
  type TestCluster,
} from '../../support/node-world.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const SLOW = [{ throttleMiBPerSecond: 0.2 }];

describe('a failing backup, with a TiDB', () => {
  let world: NodeWorld;
  let proxies: TcpProxy[];

  beforeAll(async () => {
    world = await startNodeWorld();
    proxies = [];
  });
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await world.stop();
  });

  async function prepare(options: Parameters<NodeWorld['cluster']>[0] = {}) {
    const cluster = await world.cluster(options);
    await loadSample(cluster);
    const input = await world.accepted(cluster.clusterId, randomUUID());
    return { cluster, input };
  }

  /** As Step Functions would continue: `fail`, which rethrows the error. */
  async function failAfter(input: OperationInput, error: unknown): Promise<void> {
    await expect(world.handlers.backupFail({ ...input, error: caught(error) })).rejects.toHaveProperty(
      'name',
      originalError(caught(error)).name,
    );
  }

  async function expectNothingLeft({ clusterId, sql }: TestCluster, { backupId }: OperationInput): Promise<void> {
    expect(await sql(RUNNING)).toEqual([]);
    expect((await world.s3.keys(world.bucket)).filter((key) => key.includes(backupId))).toEqual([]);
    expect(await world.clusters.get(clusterId)).not.toHaveProperty('maintenance');
    expect(await world.backups.get(backupId)).not.toHaveProperty('filesRemain');
  }

  const isProcessing = async ({ backupId }: OperationInput, atLeast = 0) => {
    const record = await world.backups.get(backupId);
    return record?.status === 'Processing' && record.progress >= atLeast;
  };
  const filesOf = async ({ backupId }: OperationInput) =>
    (await world.s3.keys(world.bucket)).filter((key) => key.includes(backupId)).length;

  it('is canceled: nothing is running, no file is left, the cluster is free', async () => {
    const { cluster, input } = await prepare();
    cluster.sandbox.setFaults(SLOW);

    const run = world.handlers.backup(input, contextWith()).catch((error: unknown) => error);
    await expect.poll(() => isProcessing(input, 1), { timeout: 15_000 }).toBe(true);
    await world.backups.requestCancel(input.backupId, { clusterId: input.clusterId, at: new Date().toISOString() });
    const error = await run;

    expect(error).toMatchObject({ name: 'BackupCanceled' });
    await failAfter(input, error);
    await expectNothingLeft(cluster, input);
    expect(await world.backups.get(input.backupId)).toHaveProperty('status', 'Canceled');
    expect(await world.workflows.get(input.workFlowId)).toHaveProperty('status', 'Canceled');
  });

  it('is stopped in time when its function is about to end', async () => {
    const { cluster, input } = await prepare();
    cluster.sandbox.setFaults(SLOW);

    const error = await world.handlers.backup(input, contextWith(32_000)).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'OutOfTime' });
    expect(await cluster.sql(RUNNING)).toEqual([]);
    await failAfter(input, error);
    await expectNothingLeft(cluster, input);
    expect(await world.backups.get(input.backupId)).toMatchObject({ status: 'Failed', error: { code: 20602 } });
  });

  it('is adopted if the connection was lost and TiDB ran it to its end', async () => {
    const { cluster, input } = await prepare({ version: '8.5.0' });
    const proxy = await behindProxy(cluster);
    cluster.sandbox.setFaults([{ throttleMiBPerSecond: 1 }]);

    const run = world.handlers.backup(input, contextWith());
    await expect.poll(() => filesOf(input), { timeout: 15_000 }).toBeGreaterThan(0);
    proxy.cut();
    const result = await run;

    await world.handlers.updateBackupRecord({ ...input, backup: result });
    expect(result.backupTso).toMatch(/^\d{18}$/);
    expect(BigInt(result.sizeBytes)).toBeGreaterThan(1_000_000n);
    expect(await cluster.sql('SHOW BACKUPS')).toHaveLength(1);
  });

  it('fails if the connection was lost and TiDB ended it', async () => {
    const { cluster, input } = await prepare({ version: '8.5.1' });
    const proxy = await behindProxy(cluster);
    cluster.sandbox.setFaults(SLOW);

    const run = world.handlers.backup(input, contextWith()).catch((error: unknown) => error);
    await expect.poll(() => filesOf(input), { timeout: 15_000 }).toBeGreaterThan(0);
    proxy.cut();
    const error = await run;

    expect(error).toMatchObject({ name: 'TidbConnectionLost' });
    await failAfter(input, error);
    await expectNothingLeft(cluster, input);
  });

  it('leaves nothing running after its function was killed', async () => {
    const { cluster, input } = await prepare();
    cluster.sandbox.setFaults(SLOW);
    // What the node had done until then.
    const record = await world.backups.startAttempt(input.backupId, new Date().toISOString());
    const location = attemptLocation(record ?? expect.unreachable(), 1);
    const orphan = cluster.sql(brieSql('BACKUP', { location, limits: {} })).catch((error: unknown) => error);
    await expect.poll(() => filesOf(input)).toBeGreaterThan(0);

    await failAfter(
      input,
      Object.assign(new Error('Task timed out after 900.00 seconds'), { name: 'Sandbox.Timedout' }),
    );

    await expectNothingLeft(cluster, input);
    expect(await world.backups.get(input.backupId)).toMatchObject({
      status: 'Failed',
      error: { code: 10000, message: 'Sandbox.Timedout: Task timed out after 900.00 seconds' },
    });
    await expect(orphan).resolves.toBeInstanceOf(Error);
  });

  it('names what could not be reached', async () => {
    const { cluster, input } = await prepare();
    const proxy = await startTcpProxy(cluster.sandbox);
    await use(cluster, { endpoints: [proxy.endpoint] });
    await proxy.stop();

    const error = await world.handlers.backup(input, contextWith()).catch((thrown: unknown) => thrown);
    await failAfter(input, error);

    expect(await world.backups.get(input.backupId)).toMatchObject({
      status: 'Failed',
      error: { code: 10007, message: expect.stringContaining(`${proxy.endpoint} (ECONNREFUSED)`) },
    });
  });

  it.each([
    ['a wrong password', { username: 'root', password: 'wrong' }, /refuses the cluster's account: .*Access denied/],
    ['an account without BACKUP_ADMIN', { username: 'reader', password: 'r' }, /must have SUPER or BACKUP_ADMIN/],
  ])('says so with %s', async (_, account, message) => {
    const { cluster, input } = await prepare();
    await cluster.sql("CREATE USER 'reader' IDENTIFIED BY 'r'");
    const secretArn = await world.secrets.keep(JSON.stringify(account));
    await use(cluster, { account: { secretArn, managed: false } });

    const error = await world.handlers.backup(input, contextWith()).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'TidbAccessDenied', message: expect.stringMatching(message) });
  });

  it('does not write into a path that holds a backup', async () => {
    const { cluster, input } = await prepare();
    const record = await world.backups.get(input.backupId);
    if (record?.location.type !== 's3') throw new Error('a record in S3');
    await world.s3.put(world.bucket, `${record.location.prefix}/attempt-1/backupmeta`);

    const error = await world.handlers.backup(input, contextWith()).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'BackupPathUnusable', message: expect.stringContaining('8124') });
    await failAfter(input, error);
    await expectNothingLeft(cluster, input);
  });

  it('uses a new path when the node is run again', async () => {
    const { input } = await prepare();
    await world.backups.startAttempt(input.backupId, new Date().toISOString());

    const result = await world.handlers.backup(input, contextWith());

    expect(result.attempt).toBe(2);
    expect(await world.s3.keys(world.bucket)).toContainEqual(
      expect.stringContaining(`${input.backupId}/attempt-2/backupmeta`),
    );
  });

  async function behindProxy(cluster: TestCluster): Promise<TcpProxy> {
    const proxy = await startTcpProxy(cluster.sandbox);
    proxies.push(proxy);
    await use(cluster, { endpoints: [proxy.endpoint] });
    return proxy;
  }

  async function use({ clusterId }: TestCluster, settings: Partial<Cluster>): Promise<void> {
    const cluster = (await world.clusters.get(clusterId)) ?? expect.unreachable('the cluster is registered');
    await world.clusters.change(clusterId, { ...cluster, ...settings }, new Date().toISOString());
  }
});

const RUNNING = "SELECT ID FROM information_schema.cluster_processlist WHERE INFO LIKE 'BACKUP%'";
