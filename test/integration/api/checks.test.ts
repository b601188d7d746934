import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../../functions/domain/cluster/check.ts';
import { type ApiWorld, useApiWorld } from '../../support/api-world.ts';
import { CREATED, later } from '../../support/records.ts';

const world = useApiWorld();
beforeEach(() => {
  world.executions.clear();
});

const RESULT: CheckResult = {
  workFlowId: 'check-1',
  status: 'failed',
  startTime: CREATED,
  endTime: later(2),
  findings: [{ check: 'storeReach', status: 'failed', message: 'AccessDenied', remedy: 'Allow it.' }],
};

const maintenanceOf = async (clusterId: string) =>
  (await world.api(`GET /clusters/${clusterId}`)).data.maintenanceStatus;

/** What registering sends, whose check {@link ApiWorld.register} removes. */
const registration = (clusterId: string) => ({
  clusterId,
  clusterName: 'Orders',
  endpoints: ['tidb.example.com:4000'],
  account: { user: 'backup', password: 'secret' },
});

describe('the check of a cluster', () => {
  it('starts a workflow that does not hold the cluster, in three calls', async () => {
    const clusterId = await world.register('to-check');
    world.calls.length = 0;

    const { code, data } = await world.api(`POST /clusters/${clusterId}/check`);

    expect(code).toBe(0);
    expect(world.calls).toEqual(['GetItemCommand', 'PutItemCommand', 'StartExecution']);
    const { workFlowId } = data;
    expect(world.executions.get(String(workFlowId))).toMatchObject({
      flowName: 'CheckCluster',
      clusterId,
      maintenanceStatusChange: false,
    });
    expect((await world.api(`GET /workflow/${workFlowId}`)).data).toMatchObject({
      info: { name: 'CheckCluster', bizId: clusterId, bizType: 'cluster', status: 'Initializing' },
      nodeNames: ['checkCluster'],
    });
    expect(await maintenanceOf(clusterId)).toBe('');
  });

  it('is started while another operation holds the cluster', async () => {
    const clusterId = await world.register('busy');
    await world.ports.clusters.lock(clusterId, { status: 'Restore', operationId: 'r', since: CREATED });

    expect(await world.api(`POST /clusters/${clusterId}/check`)).toMatchObject({ code: 0 });
    expect(await maintenanceOf(clusterId)).toBe('Restore');
  });

  it('needs a registered cluster', async () => {
    expect(await world.api('POST /clusters/nowhere/check')).toMatchObject({ status: 404, code: 10003 });
  });

  it('with scratch holds the cluster like a backup, and is refused while another operation does', async () => {
    const clusterId = await world.register('scratch');

    const { data } = await world.api(`POST /clusters/${clusterId}/check?scratch=true`);

    expect((await world.api(`GET /clusters/${clusterId}`)).data).toMatchObject({
      maintenanceStatus: 'BackUp',
      operationId: data.workFlowId,
    });
    expect(world.executions.get(String(data.workFlowId))).toMatchObject({ maintenanceStatusChange: true });
    expect(await world.api(`POST /clusters/${clusterId}/check?scratch=true`)).toMatchObject({
      status: 409,
      code: 20114,
    });
  });

  it.each(['', '?scratch=true'])('that cannot be started is rolled back %s', async (query) => {
    const clusterId = await world.register(`not-started${query.length}`);
    const { executions } = world.ports;
    vi.spyOn(executions, 'start').mockRejectedValueOnce(new Error('it is away'));

    expect(await world.api(`POST /clusters/${clusterId}/check${query}`)).toMatchObject({ status: 500, code: 40103 });

    expect(await maintenanceOf(clusterId)).toBe('');
    expect((await world.api(`GET /workflow?bizId=${clusterId}`)).data).toEqual({ workFlows: [] });
  });

  it('shows in the cluster, but not in lists, until another is registered under its id', async () => {
    const clusterId = await world.register('checked');
    expect((await world.api(`GET /clusters/${clusterId}`)).data).not.toHaveProperty('check');

    await world.ports.clusters.recordCheck(clusterId, { registeredAt: CREATED, check: RESULT });

    expect((await world.api(`GET /clusters/${clusterId}`)).data.check).toEqual(RESULT);
    const { data } = await world.api('GET /clusters?pageSize=100');
    expect(JSON.stringify(data)).not.toContain('findings');
    const note = { registeredAt: later(1), check: { ...RESULT, workFlowId: 'other' } };
    expect(await world.ports.clusters.recordCheck(clusterId, note)).toBe(false);
    expect((await world.api(`GET /clusters/${clusterId}`)).data.check).toEqual(RESULT);
  });

  it('plans what it would write, and the obstacles', async () => {
    const clusterId = await world.register('planned');
    const plan = async (query: string) =>
      (await world.api(`POST /clusters/${clusterId}/check?plan=true${query}`)).data.plan;

    expect(await plan('')).toMatchObject({ action: 'check', clusterId, path: 's3://own-bucket/tidb', conflicts: [] });
    await world.ports.clusters.lock(clusterId, { status: 'BackUp', operationId: 'b', since: CREATED });
    expect(await plan('&scratch=true')).toMatchObject({
      writes: [expect.any(String), expect.stringContaining('database'), expect.stringContaining(clusterId)],
      conflicts: [{ code: 20114 }],
    });
    expect(world.executions.size).toBe(0);
  });
});

describe('registering', () => {
  it('starts a check, in two more calls', async () => {
    world.calls.length = 0;

    const { data } = await world.api('POST /clusters', registration('new'));

    expect(data).toEqual({ clusterId: 'new' });
    expect(world.calls).toEqual(['CreateSecret', 'PutItemCommand', 'PutItemCommand', 'StartExecution']);
    expect([...world.executions.values()]).toMatchObject([
      { flowName: 'CheckCluster', clusterId: 'new', maintenanceStatusChange: false },
    ]);
    expect(await maintenanceOf('new')).toBe('');
  });

  it('succeeds even if the check cannot be started, and leaves no workflow', async () => {
    vi.spyOn(world.ports.executions, 'start').mockRejectedValueOnce(new Error('it is away'));

    expect(await world.api('POST /clusters', registration('unchecked'))).toMatchObject({ code: 0 });

    expect(await world.api('GET /clusters/unchecked')).toMatchObject({ code: 0 });
    expect((await world.api('GET /workflow?bizId=unchecked')).data).toEqual({ workFlows: [] });
  });

  it('that is repeated after it died starts the check once', async () => {
    const key = { headers: { 'idempotency-key': 'register-once' } };
    vi.spyOn(world.ports.executions, 'start').mockImplementationOnce(async (_, input) => {
      world.executions.set(input.workFlowId, input);
      // It dies: the answer is not stored, and nothing is undone.
      return await new Promise<never>(() => {});
    });
    void world.api('POST /clusters', registration('died'), key);
    await vi.waitUntil(() => world.executions.size === 1);
    world.advance(31_000);

    expect(await world.api('POST /clusters', registration('died'), key)).toMatchObject({ code: 0 });

    expect(world.executions.size).toBe(1);
    expect((await world.api('GET /workflow?bizId=died')).data.workFlows).toHaveLength(1);
  });
});

describe('the check of the configuration', () => {
  it('starts a workflow, in two calls', async () => {
    world.calls.length = 0;

    const { data } = await world.api('POST /config/check');

    expect(world.calls).toEqual(['PutItemCommand', 'StartExecution']);
    expect((await world.api(`GET /workflow/${data.workFlowId}`)).data).toMatchObject({
      info: { name: 'CheckConfig', bizId: 'config', bizType: 'cluster' },
    });
  });

  it('is shown with every key', async () => {
    await world.ports.config.write('check', RESULT, CREATED);

    for (const configKey of ['BackupStoragePath', 'BackupRateLimit']) {
      expect((await world.api(`GET /config?configKey=${configKey}`)).data.check).toEqual(RESULT);
    }
    expect(await world.api('POST /config/update', { configKey: 'check', configValue: 'x' })).toMatchObject({
      code: 10001,
    });
  });

  it('plans what it would write: nothing without a usable store', async () => {
    const plan = async () => (await world.api('POST /config/check?plan=true')).data.plan;

    expect(await plan()).toMatchObject({ action: 'check', writes: [expect.stringContaining('s3://own-bucket/tidb')] });
    await world.ports.config.write('BackupStorageType', 'nfs', CREATED);
    expect(await plan()).toMatchObject({ writes: [] });
  });
});
