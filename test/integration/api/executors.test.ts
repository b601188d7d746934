import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, later } from '../../support/records.ts';

const SETTINGS = { clusterName: 'Orders', endpoints: ['tidb.example.com:4000'], timezone: 'UTC' };
const ACCOUNT = { user: 'backup', password: 'secret' };

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  await world.ports.backups.create(aBackup({ backupId: 'finished', clusterId: 'gone' }));
  await world.ports.backups.startAttempt('finished', later(1), 'fargate');
  await world.ports.backups.finish('finished', {
    attempt: 1,
    backupTso: '1',
    sizeBytes: '1',
    checksums: { tables: 1 },
    at: later(2),
  });
});
afterAll(() => world.stop());

const executionOf = ({ data }: { data: Record<string, unknown> }) => world.executions.get(String(data.workFlowId));

describe('where something runs', () => {
  it('may be chosen for a backup, in the record and the execution', async () => {
    await world.register('pinned-backup');

    const answer = await world.api('POST /backups', { clusterId: 'pinned-backup', executor: 'fargate' });

    expect(executionOf(answer)).toMatchObject({ wantedExecutor: 'fargate' });
    const { data } = await world.api(`GET /backups?backupId=${answer.data.backupId}`);
    expect(data.backupRecords).toMatchObject([{ executor: 'fargate' }]);
  });

  it('may be chosen for a restore, into a cluster or a new one', async () => {
    await world.register('target');

    const restore = await world.api('POST /clusters/target/restore', { backupId: 'finished', executor: 'fargate' });
    const request = { ...SETTINGS, account: ACCOUNT, backupId: 'finished', executor: 'lambda' };
    const restoreNew = await world.api('POST /clusters/restore', request);

    expect(executionOf(restore)).toMatchObject({ wantedExecutor: 'fargate' });
    expect(executionOf(restoreNew)).toMatchObject({ wantedExecutor: 'lambda' });
  });

  it('may be chosen for a cluster, and is replaced with the rest of its registration', async () => {
    const executorOf = async () => (await world.api('GET /clusters/pinned')).data.executor;
    await world.register('pinned', { executor: 'fargate' });
    expect(await executorOf()).toBe('fargate');

    await world.api('PUT /clusters/pinned', { ...SETTINGS, executor: 'lambda' });
    expect(await executorOf()).toBe('lambda');
    await world.api('PUT /clusters/pinned', SETTINGS);

    expect((await world.api('GET /clusters/pinned')).data).not.toHaveProperty('executor');
  });

  it('may be chosen for a drill, by its request or the strategy', async () => {
    const clusterId = await world.register('drilled');
    const drill = await world.api('POST /backups/finished/drill', { executor: 'fargate' });
    const strategy = {
      backupDate: 'Sunday',
      period: '7:00-8:00',
      drill: { backupDate: 'Sunday', executor: 'fargate' },
    };
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });

    expect(executionOf(drill)).toMatchObject({ wantedExecutor: 'fargate' });
    expect((await world.api(`GET /clusters/${clusterId}/strategy`)).data.strategy).toMatchObject({
      drill: strategy.drill,
    });
  });

  it('learns that a backup has ended', async () => {
    const { data } = await world.api('GET /backups?backupId=finished');

    expect(data.backupRecords).toMatchObject([{ executor: 'fargate' }]);
  });
});

describe('without a worker', () => {
  beforeAll(() => world.register('small'));
  it('a strategy with drills on it is refused', async () => {
    const drill = { backupDate: 'Sunday', executor: 'fargate' };
    const put = () =>
      world.api('PUT /clusters/small/strategy', { strategy: { backupDate: 'Sunday', period: '7:00-8:00', drill } });
    world.ports.hasWorker = false;
    try {
      expect(await put()).toMatchObject({
        status: 400,
        code: 10001,
        message: expect.stringContaining('has no worker'),
      });
    } finally {
      world.ports.hasWorker = true;
    }
    expect(await put()).toMatchObject({ code: 0 });
  });

  it.each([
    ['POST /backups', { clusterId: 'small' }],
    ['POST /clusters/small/restore', { backupId: 'finished' }],
    ['POST /clusters/restore', { ...SETTINGS, account: ACCOUNT, backupId: 'finished' }],
    ['POST /clusters', { ...SETTINGS, clusterId: 'new', account: ACCOUNT }],
    ['PUT /clusters/small', SETTINGS],
    ['POST /backups/finished/drill', {}],
  ])('%s refuses to run on it, says what would be right, and changes nothing', async (route, body) => {
    world.ports.hasWorker = false;
    world.calls.length = 0;
    try {
      const answer = await world.api(route, { ...body, executor: 'fargate' });

      expect(answer).toMatchObject({
        status: 400,
        code: 10001,
        message:
          'parameter is invalid: executor: must be "lambda" or omitted: this deployment has no worker, because the tenant file names no "network"',
      });
      expect(world.calls).toEqual([]);
      const { code } = await world.api(route, { ...body, executor: 'lambda' });
      expect(code).toBe(0);
    } finally {
      world.ports.hasWorker = true;
      const { maintenance } = (await world.ports.clusters.get('small')) ?? {};
      if (maintenance) await world.ports.clusters.unlock('small', maintenance.operationId);
    }
  });
});
