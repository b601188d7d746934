import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { appOfTenant } from '../support/app-of-tenant.ts';
import { changedApp } from '../support/changed-app.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, running, sql, startAppWorld } from './app-world.ts';

/** Half a MiB takes seventeen seconds. */
const SLOW = [{ throttleMiBPerSecond: 0.03 }];
/** Thirty of them are reserved for stopping the statement. */
const FUNCTION_SECONDS = 38;
const HEARTBEAT_SECONDS = 6;
const SECONDS = 30;

/** Functions with timeouts so short that a slow statement outlives them, and workers that are soon missed. */
function hastened(text: string): string {
  const template = JSON.parse(text) as { Resources: Record<string, { Properties: Record<string, unknown> }> };
  for (const [id, { Properties }] of Object.entries(template.Resources)) {
    if (/^(BackupClusterBackup|RestoreExistClusterRestoreFromSrcCluster)Function[0-9A-F]{8}$/.test(id)) {
      Properties.Timeout = FUNCTION_SECONDS;
    }
  }
  return JSON.stringify(template)
    .replaceAll(String.raw`\"HeartbeatSeconds\": 300`, String.raw`\"HeartbeatSeconds\": ${HEARTBEAT_SECONDS}`)
    .replaceAll(
      String.raw`\"HEARTBEAT_SECONDS\", \"Value\": \"300\"`,
      String.raw`\"HEARTBEAT_SECONDS\", \"Value\": \"${HEARTBEAT_SECONDS}\"`,
    );
}

/** They are removed after the record has ended. */
const expectNoFile = (world: AppWorld, backupId: string) =>
  expect.poll(() => world.filesOf(backupId), { timeout: SECONDS * 1_000 }).toEqual([]);

describe('the worker', () => {
  let world: AppWorld;
  beforeAll(async () => {
    world = await startAppWorld({ template: await changedApp(hastened) });
  }, 120_000);
  afterAll(() => world.stop());

  async function prepare(faults: Parameters<TidbSandbox['setFaults']>[0] = SLOW) {
    const sandbox = await world.sandbox();
    await fill(sandbox);
    sandbox.setFaults(faults);
    return { sandbox, clusterId: await world.register(sandbox) };
  }

  async function backUp(clusterId: string, executor?: 'fargate'): Promise<string> {
    const { data, message } = await world.api('POST /backups', { clusterId, ...(executor && { executor }) });
    return data.backupId === undefined ? expect.unreachable(message) : String(data.backupId);
  }

  /** The worker whose statement is running. */
  const workerOf = (id: string) =>
    until(`the worker of ${id}`, async () =>
      world.cloud.tasks().find(({ overrides }) => overrides.NODE_INPUT?.includes(`"${id}"`)),
    );

  async function workflow(id: string) {
    const { data } = await world.api(`GET /workflow/${id}`);
    const { status } = data.info as { status: string };
    return {
      status,
      nodes: data.nodes as { name: string; status: string; parameters: string; result: string }[],
      names: data.nodeNames,
    };
  }

  const untilWorkflow = (id: string, status: string) =>
    expect.poll(async () => (await workflow(id)).status, { timeout: SECONDS * 1_000 }).toBe(status);

  const folders = async (backupId: string) =>
    new Set((await world.filesOf(backupId)).map((name) => /attempt-\d+/.exec(name)?.[0]));

  async function expectRestorable(backupId: string): Promise<void> {
    const target = await world.sandbox();
    const { data } = await world.api(`POST /clusters/${await world.register(target)}/restore`, { backupId });
    await untilWorkflow(String(data.workFlowId), 'Finished');
    expect(await sql(target, 'SELECT COUNT(*) AS total FROM shop.orders')).toMatchObject([{ total: 512 }]);
  }

  it('takes over a backup that outlives its function: one record, one workflow, one kept attempt', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await backUp(clusterId);
    const seen: number[] = [];
    const isBetween = (progress: number) => progress > 0 && progress < 100;
    const record = await world.untilRecord(
      backupId,
      ({ progress, status, executor }) => {
        if (progress !== undefined) seen.push(progress);
        // It has shown what it cannot finish in time, and how far it is.
        if (executor === 'fargate' && seen.some(isBetween)) sandbox.setFaults([]);
        return status === 'Finished';
      },
      60,
    );

    expect(record).toMatchObject({ executor: 'fargate', progress: 100 });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.some(isBetween)).toBe(true);
    expect(await folders(backupId)).toEqual(new Set(['attempt-2']));
    await untilWorkflow(backupId, 'Finished');
    const { nodes, names } = await workflow(backupId);
    expect(nodes.map(({ name, status }) => [name, status])).toEqual(
      ['backup', 'updateBackupRecord', 'end'].map((name) => [name, 'Finished']),
    );
    expect(names).toEqual(['backup', 'updateBackupRecord', 'end']);
    expect(await world.maintenanceOf(clusterId)).toBe('');
    await expectRestorable(backupId);
  }, 120_000);

  it('runs what is pinned to it, and can be canceled there', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await backUp(clusterId, 'fargate');
    await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);
    expect(await world.record(backupId)).toMatchObject({ executor: 'fargate', status: 'Processing' });

    await world.api('POST /backups/cancel', { clusterId, backupId });

    await world.untilRecord(backupId, ({ status }) => status === 'Canceled');
    expect(await running(sandbox, 'BACKUP')).toEqual([]);
    await expectNoFile(world, backupId);
    await untilWorkflow(backupId, 'Canceled');
    await expect.poll(() => world.cloud.tasks(), { timeout: SECONDS * 1_000 }).toEqual([]);
  }, 120_000);

  it('that is interrupted leaves nothing running, and another starts the backup again', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await backUp(clusterId, 'fargate');
    await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);
    const began = performance.now();

    await (await workerOf(backupId)).interrupt();

    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await running(sandbox, 'BACKUP')).toEqual([]);
    expect(await world.record(backupId)).toHaveProperty('status', 'Processing');
    sandbox.setFaults([]);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished', 60);
    expect(await folders(backupId)).toEqual(new Set(['attempt-2']));
    await expectRestorable(backupId);
  }, 120_000);

  it('that is killed is missed, and another waits for its BACKUP', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await backUp(clusterId, 'fargate');
    await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);
    const first = await workerOf(backupId);

    await first.kill();
    await expect.poll(async () => (await workerOf(backupId)).arn, { timeout: SECONDS * 1_000 }).not.toBe(first.arn);
    expect(await running(sandbox, 'BACKUP')).toHaveLength(1);
    sandbox.setFaults([]);

    await world.untilRecord(backupId, ({ status }) => status === 'Finished', 60);
    expect(await folders(backupId)).toEqual(new Set(['attempt-1']));
    await expectRestorable(backupId);
  }, 120_000);

  it('restores what is pinned to it, even if it is killed; one without time in its function says so, and so does an interrupted one', async () => {
    const { clusterId } = await prepare([]);
    const backupId = await backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    const restore = async (executor?: 'fargate') => {
      const target = await world.sandbox();
      target.setFaults(SLOW);
      const targetId = await world.register(target);
      const { data } = await world.api(`POST /clusters/${targetId}/restore`, {
        backupId,
        ...(executor && { executor }),
      });
      return { target, targetId, workFlowId: String(data.workFlowId) };
    };
    const [inFunction, onWorker] = [await restore(), await restore('fargate')];
    const [interrupted, killed] = [await restore('fargate'), await restore('fargate')];

    const worker = await workerOf(interrupted.workFlowId);
    await expect.poll(() => running(interrupted.target, 'RESTORE'), { timeout: SECONDS * 1_000 }).toHaveLength(1);
    await expect.poll(() => running(killed.target, 'RESTORE'), { timeout: SECONDS * 1_000 }).toHaveLength(1);
    await Promise.all([worker.interrupt(), (await workerOf(killed.workFlowId)).kill()]);
    await untilWorkflow(interrupted.workFlowId, 'Error');
    await untilWorkflow(inFunction.workFlowId, 'Error');
    onWorker.target.setFaults([]);
    await untilWorkflow(onWorker.workFlowId, 'Finished');
    // Another worker has waited for the same RESTORE.
    killed.target.setFaults([]);
    await untilWorkflow(killed.workFlowId, 'Finished');
    expect(await sql(killed.target, 'SHOW RESTORES')).toHaveLength(1);
    expect(await sql(killed.target, 'SELECT COUNT(*) AS total FROM shop.orders')).toMatchObject([{ total: 512 }]);

    const failures = [inFunction, interrupted].map(async ({ workFlowId, target, targetId }) => {
      const { nodes } = await workflow(workFlowId);
      expect(await running(target, 'RESTORE')).toEqual([]);
      expect(await world.maintenanceOf(targetId)).toBe('');
      return nodes.find(({ name }) => name === 'restoreFromSrcCluster');
    });
    expect(await Promise.all(failures)).toMatchObject([
      { status: 'Error', result: expect.stringContaining('restore again with "executor": "fargate"') },
      { status: 'Error', result: expect.stringMatching(/^WorkerInterrupted: RESTORE was stopped at .*restore again/) },
    ]);
    const { nodes } = await workflow(onWorker.workFlowId);
    expect(nodes.map(({ name, status }) => [name, status])).toEqual(
      ['restoreFromSrcCluster', 'end'].map((name) => [name, 'Finished']),
    );
    expect(JSON.parse(nodes[0]?.result ?? '')).toHaveProperty('executor', 'fargate');
    expect(JSON.parse(nodes[0]?.parameters ?? '')).toHaveProperty('choice.executor', 'fargate');
  }, 120_000);
});

it('does not exist without a network: a backup that is too long fails, and says exactly that', async () => {
  const tenant = await appOfTenant({ network: undefined, efs: undefined });
  const world = await startAppWorld({ template: await changedApp(hastened, tenant) });
  try {
    const sandbox = await world.sandbox();
    await fill(sandbox);
    sandbox.setFaults(SLOW);
    const clusterId = await world.register(sandbox);
    expect(await world.api('POST /backups', { clusterId, executor: 'fargate' })).toMatchObject({ code: 10001 });

    const backupId = await world.backUp(clusterId);

    const record = await world.untilRecord(backupId, ({ status }) => status === 'Failed', 60);
    expect(record).toMatchObject({ executor: 'lambda' });
    expect(record?.error?.message).toMatch(
      /^OutOfTime: BACKUP was stopped at \d+ %: it is too long for a function of 15 minutes, and this deployment has no worker because the tenant's file names no "network"/,
    );
    await expectNoFile(world, backupId);
    expect(await running(sandbox, 'BACKUP')).toEqual([]);
  } finally {
    await world.stop();
  }
}, 120_000);
