import { describe, expect, it } from 'vitest';
import { cachedConfig } from '../../../functions/adapters/dynamodb/cached-config.ts';
import type { BackupPlan, RestorePlan } from '../../../functions/domain/planning/plan.ts';
import { chooseExecutor } from '../../../functions/workflow/backup/choose-executor.ts';
import { createApi } from '../../support/api.ts';
import { useApiWorld } from '../../support/api-world.ts';
import { FakeTidb } from '../../support/fake-tidb.ts';
import { planning } from '../../support/planning.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const world = useApiWorld();

const { planOf, finished, over, taken, chainOf, recordOf } = planning(world);

describe('the plan of a backup', () => {
  it('matches what the backup then does', async () => {
    const clusterId = await world.register('planned');
    const body = { clusterId, executor: 'fargate' };

    const plan = await planOf<BackupPlan>('POST /backups', body);

    const { data } = await world.api('POST /backups', body);
    const backupId = String(data.backupId);
    const record = await recordOf(backupId);
    expect(plan).toMatchObject({ action: 'backup', clusterId, conflicts: [] });
    expect(record.filePath).toBe(`${plan.path}/${backupId}`);
    expect(record.backupType).toBe(plan.backupType);
    expect(plan.executor).toBe('fargate');
    expect(world.executions.get(backupId)).toMatchObject({ wantedExecutor: plan.executor });
    await over(clusterId, backupId);
  });

  it('takes duration, size, executor and cost from the last runs', async () => {
    const clusterId = await world.register('long');
    await finished(clusterId, 'long-1', { seconds: 800 });
    await finished(clusterId, 'long-2', { seconds: 900, sizeBytes: String(100 * 1024 ** 3) });

    const plan = await planOf<BackupPlan>('POST /backups', { clusterId });

    expect(plan).toMatchObject({ durationSeconds: 1_125, sizeBytes: String(100 * 1024 ** 3), executor: 'fargate' });
    expect(plan.executorReason).toContain('the slowest of the last 2 backups of the same scope and type: 600 or more');
    expect(plan.cost).toMatchObject({ perMonthUsd: 2.3, pricesAsOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(plan.checksLeft.join()).not.toContain('how much data');
  });

  it.each([
    [100, 'lambda', {}],
    [900, 'fargate', {}],
    [30, 'lambda', { checksums: true }],
    [100, 'fargate', { checksums: true }],
  ])(
    'names the executor that the workflow then chooses: after a run of %i seconds %s, of %j',
    async (seconds, executor, change) => {
      const clusterId = await world.register(`chosen-${executor}-after-${seconds}`);
      await finished(clusterId, `chosen-after-${seconds}${executor}`, { seconds });
      const body = { clusterId, ...change };

      const plan = await planOf<BackupPlan>('POST /backups', body);

      const { data } = await world.api('POST /backups', body);
      const input = world.executions.get(String(data.backupId));
      if (input === undefined) throw new Error('nothing was started');
      const clock = new VirtualClock();
      const choice = await chooseExecutor(
        { input, operation: 'Backup' },
        { ...world.ports, tidb: new FakeTidb(clock), clock },
      );
      expect(plan).toMatchObject({ executor, executorReason: choice.reason });
      expect(choice.executor).toBe(executor);
    },
  );

  it('says what it does not know about a cluster without backups', async () => {
    const plan = await planOf<BackupPlan>('POST /backups', { clusterId: await world.register('new') });

    for (const unknown of ['durationSeconds', 'sizeBytes', 'cost']) expect(plan).not.toHaveProperty(unknown);
    expect(plan.executor).toBe('lambda');
    expect(plan.checksLeft.join()).toContain('how much data the cluster holds');
  });

  it("runs on the cluster's executor, unless the request says otherwise", async () => {
    const clusterId = await world.register('pinned', { executor: 'fargate' });
    const executorOf = async (body: object) =>
      (await planOf<BackupPlan>('POST /backups', { clusterId, ...body })).executor;

    expect(await executorOf({})).toBe('fargate');
    expect(await executorOf({ executor: 'lambda' })).toBe('lambda');
  });

  it('names the base of an incremental one, and the scope', async () => {
    const clusterId = await world.register('incremental');
    const scope = { databases: ['shop'] };
    const base = await taken(clusterId, { scope });
    await taken(clusterId);
    const body = { clusterId, backupType: 'incr', scope };

    const plan = await planOf<BackupPlan>('POST /backups', body);

    const record = await recordOf(await taken(clusterId, body));
    expect(plan).toMatchObject({ backupType: 'incr', baseBackupId: base, scope });
    expect(record).toMatchObject({ backupType: 'incr', baseBackupId: base, scope });
    expect(plan.durationBasis).toContain('the last backup of the whole cluster');
    expect(plan.checksLeft.join()).toMatch(/GC safe point.*whether DDL since.*files.*decides where the backup runs/);
  });

  it('costs two calls once the configuration is known', async () => {
    const clusterId = await world.register('counted');
    // As the entry file composes it.
    const api = createApi({ ...world.ports, config: cachedConfig(world.ports.config, world.ports.clock) });
    await api('POST /backups?plan=true', { clusterId });
    world.calls.length = 0;

    await api('POST /backups?plan=true', { clusterId });

    expect(world.calls.toSorted()).toEqual(['GetItemCommand', 'QueryCommand']);
  });
});

describe('the plan of a restore', () => {
  it('matches what the restore then does', async () => {
    const backupId = await finished(await world.register('source'), 'restored');
    const clusterId = await world.register('target');

    const plan = await planOf<RestorePlan>(`POST /clusters/${clusterId}/restore`, { backupId });

    expect(plan).toMatchObject({
      action: 'restore',
      clusterId,
      chain: [{ backupId, backupType: 'full', path: (await recordOf(backupId)).filePath, sizeBytes: '1000' }],
      sizeBytes: '1000',
      executor: 'lambda',
      conflicts: [],
    });
    expect(plan.checksLeft.join()).toContain('tables of the backup');
    const { data } = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
    expect(world.executions.get(String(data.workFlowId))).toMatchObject({ clusterId, backupId });
  });

  it('says what the cluster must be like, as far as the backup tells', async () => {
    const clusterId = await world.register('versioned');
    const release = { tidbVersion: 'v8.5.0', newCollationEnabled: true };
    const backupId = await finished(clusterId, 'of-8-5', { release });

    const plan = await planOf<RestorePlan>(`POST /clusters/${clusterId}/restore`, { backupId });

    expect(plan.chain).toMatchObject([{ tidbVersion: 'v8.5.0' }]);
    expect(plan.checksLeft.join()).toMatch(/is v8\.0\.0 or later, .* of v8\.5\.0, has new_collation_enabled = true/);
    expect(await recordOf(backupId)).toMatchObject(release);
  });

  it('says what happens to the accounts, and is refused unless that is confirmed', async () => {
    const backupId = await finished(await world.register('accounts'), 'with-accounts');
    for (const [route, request] of [
      [`POST /clusters/${await world.register('accounts-target')}/restore`, { backupId }],
      ['POST /clusters/restore', { clusterName: 'A copy', backupId }],
    ] as const) {
      const kept = await planOf<RestorePlan>(route, request);
      const confirmed = await planOf<RestorePlan>(route, {
        ...request,
        ...{ withSystemTables: true, confirmAccounts: true },
      });

      expect(kept).toMatchObject({ conflicts: [], accounts: expect.stringContaining('stay as they are') });
      const replaced = expect.stringContaining('become those of the backup');
      expect(confirmed).toMatchObject({ conflicts: [], accounts: replaced });
      for (const asked of [route, `${route}?plan=true`]) {
        expect(await world.api(asked, { ...request, withSystemTables: true })).toMatchObject({
          ...{ status: 400, code: 10001 },
          message: expect.stringContaining('confirmAccounts: must be true'),
        });
      }
    }
  });

  it('of an incremental backup covers its chain, the full one first', async () => {
    const chain = await chainOf(await world.register('chained'), 2);
    const clusterId = await world.register('chained-target');
    const request = { backupId: chain.at(-1), scope: { tables: ['shop.orders'] } };

    const plan = await planOf<RestorePlan>(`POST /clusters/${clusterId}/restore`, request);

    expect(plan.chain.map((link) => link.backupId)).toEqual(chain);
    expect(plan.chain.map((link) => link.backupType)).toEqual(['full', 'incr', 'incr']);
    expect(plan).toMatchObject({ sizeBytes: '3000', files: 15, scope: request.scope });
  });

  it('of many bytes runs on the worker, and takes longer under a limit', async () => {
    const backupId = await finished(await world.register('large'), 'large-1', { sizeBytes: String(2 * 1024 ** 4) });
    const plan = () => planOf<RestorePlan>('POST /clusters/restore', { clusterName: 'A copy', backupId });

    const free = await plan();
    await world.api('POST /config/update', { configKey: 'RestoreRateLimit', configValue: '10' });
    const limited = await plan();
    await world.api('POST /config/update', { configKey: 'RestoreRateLimit', configValue: '0' });

    expect(free.executor).toBe('fargate');
    expect(free).not.toHaveProperty('clusterId');
    expect(free.cost?.perMonthUsd).toBe(0);
    expect(limited.durationSeconds).toBeGreaterThan(9 * (free.durationSeconds ?? Number.NaN));
  });
});

describe('the plan of a drill', () => {
  it('covers the chain that is then restored into its own cluster', async () => {
    const clusterId = await world.register('drilled');
    const checksums = { tables: 8 };
    const backupId = await taken(clusterId, {}, { checksums });

    const plan = await planOf<RestorePlan>(`POST /backups/${backupId}/drill`, {});

    expect(plan).toMatchObject({ action: 'drill', chain: [{ backupId }], conflicts: [], executor: 'lambda' });
    expect(plan).not.toHaveProperty('clusterId');
    const { data } = await world.api(`POST /backups/${backupId}/drill`, {});
    expect(world.executions.get(String(data.workFlowId))).toMatchObject({ backupId });
  });
});
