import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deletionId } from '../../../functions/domain/backup/backup-record.ts';
import type { ChecksumSummary } from '../../../functions/domain/backup/verification.ts';
import { scratchDatabase } from '../../../functions/domain/cluster/scratch.ts';
import type { TidbControl } from '../../../functions/domain/tidb/tidb.ts';
import type { FailNodes } from '../../../functions/domain/workflow/fail-nodes.ts';
import type { ExecutionState } from '../../../functions/domain/workflow/workflow-executions.ts';
import { startDueDrills } from '../../../functions/operations/drill/start-due-drills.ts';
import { type ReconcileDeps, reconcile } from '../../../functions/operations/repair/reconcile.ts';
import { autoBackup } from '../../../functions/operations/strategy/auto-backup.ts';
import { backupFail } from '../../../functions/workflow/backup/backup-fail.ts';
import { checkFail, failedCheck } from '../../../functions/workflow/check/check-fail.ts';
import { failedNewCluster, newClusterFail } from '../../../functions/workflow/new-cluster/new-cluster-fail.ts';
import { restoreFail } from '../../../functions/workflow/restore/restore-fail.ts';
import { failedOperation } from '../../../functions/workflow/shared/failed-operation.ts';
import { type ApiPorts, createApi } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { dying } from '../../support/dying.ts';
import { FakeTidb } from '../../support/fake-tidb.ts';
import { aBackup } from '../../support/records.ts';

const MINUTE = 60_000;
const TIMEOUT = 120_000;

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  // Repairs are logged, hundreds of times here.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterAll(() => world.stop());

/** Nothing of theirs runs, and their files are removed at once. */
const idleTidb = {
  running: async () => [],
  restoreLeftovers: async () => ({ databases: [], registered: [] }),
  close: () => {},
} as Partial<TidbControl> as TidbControl;
const noFiles = {
  read: async () => undefined,
  dataBytes: async () => 0n,
  stateOf: async () => ({}),
  abortUploads: async () => {},
  removeAll: async () => {},
};

/** The nodes themselves, as their functions would run them. */
function failNodes(): FailNodes {
  const clock = { ...world.ports.clock, sleep: async () => {} };
  const deps = { ...world.ports, clock, tidb: { openControl: () => idleTidb }, files: noFiles };
  const provisioner = { destroy: async () => 'released' as const };
  return {
    async run(flowName, input, reason) {
      const failed = { ...input, error: reason };
      const newCluster = () =>
        newClusterFail(failedNewCluster.parse(failed), {
          ...deps,
          provisioners: { adopt: provisioner, lambda: provisioner },
        });
      const check = () =>
        checkFail(failedCheck.parse(failed), {
          ...{ ...deps, tidb: new FakeTidb(clock), files: { exists: async () => false } },
          ...{ executor: 'lambda', deadline: Number.POSITIVE_INFINITY, outOfTime: 'too long' },
        });
      const runs = {
        BackupCluster: () => backupFail(failedOperation.parse(failed), deps),
        RestoreExistCluster: () => restoreFail(failedOperation.parse(failed), deps),
        RestoreNewCluster: newCluster,
        RestoreDrill: newCluster,
        CheckCluster: check,
        CheckConfig: check,
        ImportBackups: check,
      };
      await expect(runs[flowName]()).rejects.toMatchObject({ name: reason.Error });
    },
  };
}

async function stateOf(executionArn: string): Promise<ExecutionState> {
  const id = executionArn.split(':').at(-1) ?? '';
  const input = world.executions.get(id);
  if (input === undefined) return { state: 'absent' };
  if (!world.ended.has(id)) return { state: 'running', input };
  return { state: 'ended', input, reason: { Error: 'WorkflowStopped', Cause: 'the workflow was stopped' } };
}

async function stop(executionArn: string): Promise<void> {
  world.ended.add(executionArn.split(':').at(-1) ?? '');
}

function depsOf(ports: ApiPorts): ReconcileDeps {
  const executions = { ...ports.executions, stateOf, stop };
  return { ...ports, executions, unfinished: world.unfinished, failNodes: failNodes(), hasTime: () => true };
}

const sweep = (minutes: number, deps = depsOf(world.ports)) =>
  reconcile(world.ports.clock.now() + minutes * MINUTE, deps);

/** Call number `at` of what is started with these ports, and every later one, does not return. */
function mortal(at: number, when: 'before' | 'after') {
  const { clusters, strategies, backups, deletions, workflows, secrets, executions } = world.ports;
  const { arnOf, start, exists } = executions;
  const struck = dying(
    { clusters, strategies, backups, deletions, workflows, secrets, executions: { start, exists } },
    at,
    when,
  );
  const { ports } = struck;
  return { ports: { ...world.ports, ...ports, executions: { ...ports.executions, arnOf } }, calls: struck.calls };
}

type Mortal = ReturnType<typeof mortal>['ports'];

async function finishedBackup(clusterId: string, checksums?: ChecksumSummary): Promise<string> {
  const { backups, workflows, clusters } = world.ports;
  const { data } = await world.api('POST /backups', { clusterId, backupMode: 'manual' });
  const backupId = String(data.backupId);
  const at = new Date(world.ports.clock.now()).toISOString();
  await backups.startAttempt(backupId, at);
  await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '1', checksums, at });
  await clusters.unlock(clusterId, backupId);
  await workflows.setStatus({ workFlowId: backupId, flowName: 'BackupCluster', bizId: clusterId }, 'Finished', at);
  return backupId;
}

const DAILY = {
  backupDate: 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday',
  period: '9:00-11:00',
};

/** Each operation with its setup and request. */
const OPERATIONS: Record<string, (id: string) => Promise<(ports: Mortal) => Promise<unknown>>> = {
  'a backup': async (id) => (ports) => createApi(ports)('POST /backups', { clusterId: id, backupMode: 'manual' }),
  'a restore': async (id) => {
    const backupId = await finishedBackup(id);
    return (ports) => createApi(ports)(`POST /clusters/${id}/restore`, { backupId });
  },
  'a restore into a given cluster': async (id) => {
    const backupId = await finishedBackup(id);
    const body = { clusterName: 'new', clusterId: `${id}-new`, backupId, endpoints: ['tidb.example.com:4000'] };
    const account = { user: 'root', password: 'secret' };
    return (ports) => createApi(ports)('POST /clusters/restore', { ...body, account });
  },
  'a drill': async (id) => {
    const backupId = await finishedBackup(id, { tables: 1 });
    return (ports) => createApi(ports)(`POST /backups/${backupId}/drill`, {});
  },
  'a scratch check': async (id) => (ports) => createApi(ports)(`POST /clusters/${id}/check?scratch=true`, {}),
  'a check of the configuration': async () => (ports) => createApi(ports)('POST /config/check', {}),
  'a deletion': async (id) => {
    const backupId = await finishedBackup(id);
    return (ports) => createApi(ports)(`DELETE /backups/${backupId}`);
  },
  'the removal of a cluster': async (id) => {
    await finishedBackup(id);
    return (ports) => createApi(ports)(`DELETE /clusters/${id}?deleteBackups=all`);
  },
  'an automatic backup': async (id) => {
    await world.api(`PUT /clusters/${id}/strategy`, { strategy: DAILY });
    const deps = { hasTime: () => true, events: { missed: async () => {} } };
    return (ports) => autoBackup(world.ports.clock.now(), { ...ports, ...deps });
  },
};

/** As if every running execution were stopped. */
function stopAll(): void {
  for (const id of world.executions.keys()) world.ended.add(id);
}

async function expectNothingStuck(clusterId: string, where: string): Promise<void> {
  const { unfinished, ports } = world;
  expect(await unfinished.holds(), where).toEqual([]);
  expect(await unfinished.workflows(), where).toEqual([]);
  for (const backupId of await ports.deletions.backupsOf(clusterId)) {
    const record = await ports.backups.get(backupId);
    expect(['Finished', 'Failed', 'Canceled', 'Deleting'], where).toContain(record?.status);
    if (record?.status === 'Finished') expect(record, where).not.toHaveProperty('restoredBy');
    // Backups being deleted are processed.
    if (record?.status !== 'Deleting') continue;
    expect(await stateOf(ports.executions.arnOf('DeleteBackup', deletionId(record))), where).toMatchObject({
      state: 'running',
    });
  }
}

/** Leftovers of a scenario must not count in the next. */
async function removeScenario(clusterId: string): Promise<void> {
  stopAll();
  for (const id of [clusterId, `${clusterId}-new`]) await world.api(`DELETE /clusters/${id}`);
  for (const backupId of await world.ports.deletions.backupsOf(clusterId)) {
    const record = await world.ports.backups.get(backupId);
    if (record?.status === 'Deleting') await world.ports.deletions.finish(backupId);
  }
}

let scenarios = 0;
async function scenario(name: string): Promise<{ clusterId: string; ask: (ports: Mortal) => Promise<unknown> }> {
  scenarios += 1;
  const clusterId = await world.register(`cluster-${scenarios}`);
  const prepare = OPERATIONS[name];
  if (prepare === undefined) throw new Error(`there is no ${name}`);
  return { clusterId, ask: await prepare(clusterId) };
}

describe.each(Object.keys(OPERATIONS))('%s', (name) => {
  it.each(['before', 'after'] as const)(
    'is not stuck if it dies %s any of its calls, whether its execution runs or dies too',
    async (when) => {
      for (let at = 0, isOver = false; !isOver; at += 1) {
        const { clusterId, ask } = await scenario(name);
        const { ports, calls } = mortal(at, when);
        await ask(ports).catch(() => undefined);
        // The last round is undisturbed.
        isOver = calls() <= at;
        stopAll();

        await sweep(5);
        await sweep(10);

        await expectNothingStuck(clusterId, `${name}, ${when} call ${at}`);
        await removeScenario(clusterId);
      }
    },
    TIMEOUT,
  );

  it('that is running is left alone, as is one that is about to be started', async () => {
    const { clusterId, ask } = await scenario(name);
    await ask({ ...world.ports });
    const before = await world.unfinished.holds();

    // An automatic backup that has not started when its window ends, at 11:00, is missed.
    expect(await sweep(59)).toMatchObject({ repaired: 0, failed: 0 });

    expect(await world.unfinished.holds()).toEqual(before);
    stopAll();
    await sweep(5);
    await removeScenario(clusterId);
  });
});

it('that may be about to start is left alone for five minutes', async () => {
  const { clusterId, ask } = await scenario('a backup');
  await ask(mortal(1, 'after').ports).catch(() => undefined);
  expect(await world.unfinished.holds()).toHaveLength(1);

  expect(await sweep(4.9)).toMatchObject({ running: 1, repaired: 0 });
  expect(await world.unfinished.holds()).toHaveLength(1);
  expect(await sweep(5)).toMatchObject({ repaired: 1 });

  await expectNothingStuck(clusterId, 'young');
  await removeScenario(clusterId);
});

it('a due drill whose sweep died as it started it is started by a later one', async () => {
  const clusterId = await world.register('drilled');
  await finishedBackup(clusterId, { tables: 1 });
  const strategy = { ...DAILY, period: '7:00-8:00', drill: { backupDate: 'Sunday' } };
  await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });
  const dies: ApiPorts['executions'] = { ...world.ports.executions, start: () => new Promise(() => {}) };
  const drill = (executions = world.ports.executions) =>
    startDueDrills(world.ports.clock.now(), { ...world.ports, executions, hasTime: () => true });
  void drill(dies);
  await expect.poll(() => world.unfinished.workflows()).toHaveLength(1);

  expect(await drill()).toMatchObject({ started: 0 });
  expect(await sweep(5)).toMatchObject({ repaired: 1 });
  expect(await drill()).toMatchObject({ started: 1 });

  const [workFlowId = ''] = await world.unfinished.workflows();
  expect(world.executions.get(workFlowId)).toMatchObject({ drill: { clusterId } });
  stopAll();
  await sweep(5);
  await expectNothingStuck(clusterId, workFlowId);
  await removeScenario(clusterId);
});

it("a check's leftovers are removed by its own node", async () => {
  const { clusterId, ask } = await scenario('a scratch check');
  const { backups, clock } = world.ports;
  await ask({ ...world.ports });
  const [workFlowId = ''] = await world.unfinished.workflows();
  const scope = { databases: [scratchDatabase(workFlowId)] };
  await backups.create(aBackup({ ...{ clusterId, workFlowId, backupId: workFlowId, scope } }));
  await backups.cancel(workFlowId, { filesRemain: 'TiDB was away', at: new Date(clock.now()).toISOString() });
  await world.ports.clusters.unlock(clusterId, workFlowId);
  const workflow = { workFlowId, flowName: 'CheckCluster', bizId: clusterId } as const;
  await world.ports.workflows.setStatus(workflow, 'Finished', new Date(clock.now()).toISOString());

  expect(await sweep(4.9)).toMatchObject({ running: 1, repaired: 0 });
  expect(await sweep(5)).toMatchObject({ repaired: 1 });

  expect(await backups.get(workFlowId)).toMatchObject({ status: 'Deleting' });
  await expectNothingStuck(clusterId, workFlowId);
  await removeScenario(clusterId);
});

describe('a successful operation', () => {
  /** Started, and its success recorded, while its node `end` cannot be invoked. */
  async function succeeded(name: string): Promise<{ clusterId: string; workFlowId: string }> {
    const { workflows, clusters, backups, clock } = world.ports;
    const { clusterId, ask } = await scenario(name);
    const known = new Set(world.executions.keys());
    await ask({ ...world.ports });
    const [workFlowId = ''] = [...world.executions.keys()].filter((id) => !known.has(id));
    const { backupId = '' } = world.executions.get(workFlowId) ?? {};
    const at = new Date(clock.now()).toISOString();
    if (name === 'a deletion') {
      const times = { createTime: at, updateTime: at };
      const executionArn = world.ports.executions.arnOf('DeleteBackup', workFlowId);
      const workflow = { workFlowId, flowName: 'DeleteBackup', bizId: clusterId, executionArn } as const;
      await workflows.create({ ...workflow, status: 'Processing', ...times });
      await clusters.lock(clusterId, { status: 'Deleting', operationId: workFlowId, since: at });
    } else if (name === 'a backup') {
      await backups.startAttempt(backupId, at);
      await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '1', at });
    } else {
      await backups.holdForRestore(backupId, workFlowId);
    }
    await workflows.recordSuccess(workFlowId, at);
    return { clusterId, workFlowId };
  }

  it.each(['a backup', 'a restore', 'a restore into a given cluster', 'a deletion'])(
    'is finished by the next sweep while its execution waits for `end`: %s',
    async (name) => {
      const { clusterId, workFlowId } = await succeeded(name);

      expect(await sweep(0)).toMatchObject({ repaired: 1, failed: 0 });

      await expectNothingStuck(clusterId, name);
      expect(await world.ports.workflows.get(workFlowId)).toHaveProperty('status', 'Finished');
      await removeScenario(clusterId);
    },
  );

  it.each(['a backup', 'a restore', 'a restore into a given cluster', 'a deletion'])(
    'is finished, not failed, once its execution has ended without `end`: %s',
    async (name) => {
      const { clusterId, workFlowId } = await succeeded(name);
      stopAll();

      await sweep(5);

      await expectNothingStuck(clusterId, name);
      expect(await world.ports.workflows.get(workFlowId)).toHaveProperty('status', 'Finished');
      await removeScenario(clusterId);
    },
  );

  it('keeps its cluster held if it is a drill, whose cluster only its own nodes can destroy', async () => {
    const { clusterId, workFlowId } = await succeeded('a drill');

    expect(await sweep(0)).toMatchObject({ repaired: 0, running: 1 });

    expect(await world.ports.workflows.get(workFlowId)).toHaveProperty('status', 'Initializing');
    stopAll();
    await sweep(5);
    expect(await world.ports.workflows.get(workFlowId)).toHaveProperty('status', 'Finished');
    await removeScenario(clusterId);
  });
});

it.each([
  ['continues in another execution', false, 'Error'],
  ['is over once its record is removed', true, 'Finished'],
])('a deletion that died while it held the cluster %s', async (_what, isGone, status) => {
  const { clusters, workflows, deletions, executions } = world.ports;
  const { clusterId, ask } = await scenario('a deletion');
  await ask({ ...world.ports });
  const [backupId = ''] = await deletions.backupsOf(clusterId);
  const workFlowId = deletionId({ backupId, deletions: 1 });
  const at = new Date(world.ports.clock.now()).toISOString();
  const executionArn = executions.arnOf('DeleteBackup', workFlowId);
  const times = { createTime: at, updateTime: at };
  await workflows.create({
    ...{ workFlowId, flowName: 'DeleteBackup', bizId: clusterId, executionArn, status: 'Processing' },
    ...times,
  });
  await clusters.lock(clusterId, { status: 'Deleting', operationId: workFlowId, since: at });
  if (isGone) await deletions.finish(backupId);
  stopAll();

  await sweep(5);

  await expectNothingStuck(clusterId, workFlowId);
  expect(await workflows.get(workFlowId)).toHaveProperty('status', status);
  expect(world.executions.has(deletionId({ backupId, deletions: 2 }))).toBe(!isGone);
  await removeScenario(clusterId);
});

describe('a sweep', () => {
  it.each(['before', 'after'] as const)(
    'that dies %s any of its calls is completed by the next',
    async (when) => {
      for (const name of ['a backup', 'a restore', 'the removal of a cluster', 'an automatic backup']) {
        for (let at = 0, isOver = false; !isOver; at += 1) {
          const { clusterId, ask } = await scenario(name);
          // After the cluster was locked, and the record or the workflow written.
          await ask(mortal(3, 'before').ports).catch(() => undefined);
          const { ports, calls } = mortal(at, when);
          await sweep(5, depsOf({ ...world.ports, ...ports })).catch(() => undefined);
          isOver = calls() <= at;

          await sweep(10);
          await sweep(15);

          await expectNothingStuck(clusterId, `${name}, sweep dies ${when} call ${at}`);
          await removeScenario(clusterId);
        }
      }
    },
    120_000,
  );

  it('beside another has the same effect as one', async () => {
    const { clusterId, ask } = await scenario('an automatic backup');
    await ask(mortal(2, 'after').ports).catch(() => undefined);

    await Promise.all([sweep(5), sweep(5), sweep(5)]);

    await expectNothingStuck(clusterId, 'beside');
    // The window is due again, at its start, for the next sweep of auto-backup.
    expect(await world.ports.strategies.due('2026-03-01T10:00:00.000Z')).toEqual([
      expect.objectContaining({ clusterId, nextRunAt: '2026-03-01T09:00:00.000Z' }),
    ]);
    await removeScenario(clusterId);
  });

  it('costs a query per kind of active item, and two reads per item', async () => {
    const { clusterId, ask } = await scenario('a backup');
    await ask({ ...world.ports });
    const [workFlowId = ''] = await world.unfinished.workflows();
    const workflow = { workFlowId, flowName: 'BackupCluster', bizId: clusterId } as const;
    await world.ports.workflows.setStatus(workflow, 'Processing', new Date().toISOString());
    for (let index = 0; index < 20; index += 1) await world.register(`idle-${index}`);
    world.calls.length = 0;

    await sweep(60);

    expect(world.calls.toSorted()).toEqual(['GetItemCommand', ...Array(9).fill('QueryCommand')]);
    stopAll();
    await sweep(5);
    await removeScenario(clusterId);
  });

  it('costs nothing more for deletions that wait for locked files, and continues soon after', async () => {
    const { clusters, workflows, deletions, executions, clock } = world.ports;
    const { clusterId, ask } = await scenario('a deletion');
    await ask({ ...world.ports });
    const [backupId = ''] = await deletions.backupsOf(clusterId);
    const workFlowId = deletionId({ backupId, deletions: 1 });
    const at = new Date(clock.now()).toISOString();
    await workflows.create({
      ...{ workFlowId, flowName: 'DeleteBackup', bizId: clusterId, status: 'Processing' },
      ...{ executionArn: executions.arnOf('DeleteBackup', workFlowId), createTime: at, updateTime: at },
    });
    const lockedUntil = new Date(clock.now() + 30 * 24 * 60 * MINUTE).toISOString();
    await deletions.recordLock(backupId, { lockedUntil, at });
    world.calls.length = 0;

    await sweep(60);

    expect(world.calls).toEqual(Array(9).fill('QueryCommand'));
    expect(await clusters.get(clusterId)).not.toHaveProperty('maintenance');
    // The execution died as it waited, unnoticed.
    stopAll();
    await sweep(30 * 24 * 60 - 1);
    expect(world.executions.has(deletionId({ backupId, deletions: 2 }))).toBe(false);
    await sweep(30 * 24 * 60);
    expect(world.executions.has(deletionId({ backupId, deletions: 2 }))).toBe(true);
    stopAll();
    await removeScenario(clusterId);
  });

  it('removes files of a canceled backup once they are unlocked, and again soon after if some are not', async () => {
    const { backups, clock } = world.ports;
    const { clusterId, ask } = await scenario('a backup');
    await ask({ ...world.ports });
    const [backupId = ''] = await world.unfinished.workflows();
    const minutes = (count: number) => new Date(clock.now() + count * MINUTE).toISOString();
    await backups.startAttempt(backupId, minutes(0));
    const runs: string[] = [];
    const failNodes = { run: async (_flow: string, input: { backupId: string }) => void runs.push(input.backupId) };
    const swept = async (at: number) => {
      runs.length = 0;
      await sweep(at, { ...depsOf(world.ports), failNodes });
      return runs.includes(backupId);
    };
    const day = 24 * 60;
    await backups.cancel(backupId, { filesRemain: 'locked', lockedUntil: minutes(30 * day), at: minutes(1) });

    expect([await swept(30 * day - 1), await swept(30 * day)]).toEqual([false, true]);
    // One of them, written last, is locked a little longer.
    const soon = 30 * day;
    const locked = { filesRemain: 'locked', lockedUntil: minutes(soon + 2) };
    await backups.cancel(backupId, { ...locked, at: minutes(soon) });
    expect([await swept(soon + 1), await swept(soon + 2)]).toEqual([false, true]);
    await backups.cancel(backupId, { ...locked, filesRemain: 'the store is away', at: minutes(soon + 3) });
    expect([await swept(soon + 7), await swept(soon + 8)]).toEqual([false, true]);
    stopAll();
    await backups.cancel(backupId, { at: minutes(soon + 8) });
    await sweep(5);
    await removeScenario(clusterId);
  });
});
