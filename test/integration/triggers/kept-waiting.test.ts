import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { WindowMissed } from '../../../functions/domain/events/window-events.ts';
import type { FailNodes } from '../../../functions/domain/workflow/fail-nodes.ts';
import type { CaughtError } from '../../../functions/domain/workflow/node-failure.ts';
import { endedExecution } from '../../../functions/domain/workflow/workflow-executions.ts';
import { type ReconcileDeps, reconcile } from '../../../functions/operations/repair/reconcile.ts';
import { repairEnded } from '../../../functions/operations/repair/repair-ended.ts';
import { autoBackup } from '../../../functions/operations/strategy/auto-backup.ts';
import type { ApiPorts } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { dying } from '../../support/dying.ts';

const WHY = expect.stringContaining('throttled (429)');

let world: ApiWorld;
/** Stopped executions, with reasons. */
const stopped = new Map<string, CaughtError>();
/** Invocations of `fail` nodes, which Lambda refuses here like the others. */
const refused: CaughtError[] = [];
let told: WindowMissed[] = [];
let clusters = 0;

beforeAll(async () => {
  world = await startApiWorld();
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
beforeEach(() => {
  stopped.clear();
  refused.length = 0;
  told = [];
});
afterAll(() => world.stop());

/** The world's clock stands at 10:00 on Sunday, March 1st. */
const at = (time: string): number => Date.parse(`2026-03-01T${time}:00.000Z`);

const executions = {
  async stateOf(executionArn: string) {
    const id = executionArn.split(':').at(-1) ?? '';
    const input = world.executions.get(id);
    if (input === undefined) return { state: 'absent' } as const;
    const reason = stopped.get(id);
    return reason === undefined ? ({ state: 'running', input } as const) : ({ state: 'ended', input, reason } as const);
  },
  async stop(executionArn: string, reason: CaughtError) {
    stopped.set(executionArn.split(':').at(-1) ?? '', reason);
  },
};

const failNodes: FailNodes = {
  async run(_flow, _input, reason) {
    refused.push(reason);
    throw new Error('TooManyRequestsException');
  },
};

function depsOf(ports: ApiPorts = world.ports): ReconcileDeps {
  const { unfinished } = world;
  return { ...ports, executions: { ...ports.executions, ...executions }, unfinished, failNodes, hasTime: () => true };
}

const repairAt = (time: number, deps = depsOf()) => reconcile(time, deps);

const sweepAt = (time: number) =>
  autoBackup(time, {
    ...world.ports,
    hasTime: () => true,
    events: {
      async missed(windows) {
        told.push(...windows);
      },
    },
  });

async function registered(): Promise<string> {
  clusters += 1;
  return await world.register(`cluster-${clusters}`);
}

/** An automatic backup of a window from 9:00 to 11:00, of which no node has run yet. */
async function automatic(): Promise<{ clusterId: string; backupId: string }> {
  const clusterId = await registered();
  await save(clusterId, '9:00-11:00');
  expect(await sweepAt(at('10:00'))).toMatchObject({ started: 1 });
  return { clusterId, backupId: await backupOf(clusterId) };
}

async function save(clusterId: string, period: string): Promise<void> {
  const backupDate = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday';
  await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { backupDate, period } });
}

async function manual(): Promise<{ clusterId: string; backupId: string }> {
  const clusterId = await registered();
  await world.api('POST /backups', { clusterId, backupMode: 'manual' });
  return { clusterId, backupId: await backupOf(clusterId) };
}

async function backupOf(clusterId: string): Promise<string> {
  const maintenance = (await world.ports.clusters.get(clusterId))?.maintenance;
  return maintenance?.operationId ?? 'none';
}

async function expectMissed({ clusterId, backupId }: { clusterId: string; backupId: string }): Promise<void> {
  const { backups, workflows, clusters } = world.ports;
  expect(await backups.get(backupId)).toMatchObject({ status: 'Failed', error: { code: 20602, message: WHY } });
  expect(await workflows.get(backupId)).toMatchObject({ status: 'Error' });
  expect(await clusters.get(clusterId)).not.toHaveProperty('maintenance');
  // By the next sweep, even one whose event precedes the end of the window.
  expect(await sweepAt(at('10:59'))).toMatchObject({ missed: 1, started: 0 });
  const missed = { start: '2026-03-01T09:00:00.000Z', end: '2026-03-01T11:00:00.000Z', reason: WHY };
  expect(told).toEqual([{ clusterId, ...missed }]);
  expect(await clusters.get(clusterId)).toMatchObject({ lastMissed: missed });
  expect(await sweepAt(at('11:05'))).toMatchObject({ due: 0 });
  await remove(clusterId);
}

/** Windows of one test must not be due in the next. */
async function remove(clusterId: string): Promise<void> {
  await world.api(`DELETE /clusters/${clusterId}/strategy`);
  await world.ports.clusters.unlock(clusterId, await backupOf(clusterId));
}

it('an automatic backup that could not start in its window is missed, even if its function is refused too', async () => {
  const waiting = await automatic();

  expect(await repairAt(at('10:59'))).toMatchObject({ running: 1, repaired: 0 });
  expect(stopped.size).toBe(0);
  expect(await repairAt(at('11:00'))).toMatchObject({ repaired: 1, failed: 0 });

  expect(stopped.get(waiting.backupId)).toEqual({ Error: 'TooLateToBegin', Cause: WHY });
  expect(refused).toEqual([]);
  await expectMissed(waiting);
});

it.each(['before', 'after'] as const)(
  'a sweep that dies %s any of its calls while abandoning one is completed by the next',
  async (when) => {
    for (let call = 0, isOver = false; !isOver; call += 1) {
      const waiting = await automatic();
      stopped.clear();
      told = [];
      const { strategies, backups, workflows, clusters } = world.ports;
      const struck = dying(
        { clusters, strategies, backups, workflows, executions: { stop: executions.stop } },
        call,
        when,
      );
      const deps = depsOf({ ...world.ports, ...struck.ports, executions: world.ports.executions });
      const { stop } = struck.ports.executions;

      await repairAt(at('11:00'), { ...deps, executions: { ...deps.executions, stop } }).catch(() => undefined);
      isOver = struck.calls() <= call;
      await repairAt(at('11:05'));
      await repairAt(at('11:10'));

      await expectMissed(waiting);
    }
  },
  60_000,
);

it('the event that an execution was stopped does the same as the sweep that stopped it', async () => {
  const waiting = await automatic();
  const input = world.executions.get(waiting.backupId);
  await repairAt(
    at('11:00'),
    depsOf({ ...world.ports, backups: { ...world.ports.backups, fail: dead, cancel: dead } }),
  );
  const { Error: error, Cause: cause } = stopped.get(waiting.backupId) ?? { Error: '', Cause: '' };

  const told = endedExecution({ status: 'ABORTED', input: JSON.stringify(input), error, cause });
  expect(await repairEnded('BackupCluster', told, depsOf())).toBe(true);

  await expectMissed(waiting);
});

const dead = () => Promise.reject(new Error('dead'));

it('a backup that has started is left alone, and ended by its `fail` node if it starts as it is abandoned', async () => {
  const { clusterId, backupId } = await automatic();
  const { backups } = world.ports;
  const beginning: ApiPorts['backups'] = {
    ...backups,
    async fail(...end) {
      await backups.startAttempt(backupId, '2026-03-01T11:00:00.000Z');
      return await backups.fail(...end);
    },
  };

  expect(await repairAt(at('11:00'), depsOf({ ...world.ports, backups: beginning }))).toMatchObject({ failed: 1 });

  expect(refused).toEqual([{ Error: 'TooLateToBegin', Cause: WHY }]);
  expect(await backups.get(backupId)).toMatchObject({ status: 'Processing' });
  stopped.clear();
  expect(await repairAt(at('11:05'))).toMatchObject({ running: 1, repaired: 0 });
  await world.ports.clusters.unlock(clusterId, backupId);
  await remove(clusterId);
  const workflow = { workFlowId: backupId, flowName: 'BackupCluster', bizId: clusterId } as const;
  await world.ports.workflows.setStatus(workflow, 'Error', '2026-03-01T11:05:00.000Z');
});

it.each([
  ['was saved with other windows', (id: string) => save(id, '3:00-4:00'), { lastMissed: { reason: WHY } }],
  ['was removed', (id: string) => world.api(`DELETE /clusters/${id}/strategy`), {}],
])('a backup that could not start frees its cluster although the strategy %s', async (_what, change, expected) => {
  const { clusterId, backupId } = await automatic();
  await change(clusterId);

  expect(await repairAt(at('11:00'))).toMatchObject({ repaired: 1 });

  const cluster = await world.ports.clusters.get(clusterId);
  expect(cluster).not.toHaveProperty('maintenance');
  expect(cluster).toMatchObject(expected);
  expect(await world.ports.backups.get(backupId)).toMatchObject({ status: 'Failed' });
  await remove(clusterId);
});

it('a manual backup waits for a day', async () => {
  const { clusterId, backupId } = await manual();

  expect(await repairAt(at('10:00') + 86_399_000)).toMatchObject({ running: 1, repaired: 0 });
  expect(await repairAt(at('10:00') + 86_400_000)).toMatchObject({ repaired: 1 });

  expect(await world.ports.backups.get(backupId)).toMatchObject({ status: 'Failed', error: { message: WHY } });
  expect(await world.ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
});

it('a waiting backup that a user cancels is canceled by the next sweep', async () => {
  const { clusterId, backupId } = await manual();
  await world.api('POST /backups/cancel', { clusterId, backupId });

  expect(await repairAt(at('10:05'))).toMatchObject({ repaired: 1 });

  expect(await world.ports.backups.get(backupId)).toMatchObject({ status: 'Canceled' });
  expect(await world.ports.workflows.get(backupId)).toMatchObject({ status: 'Canceled' });
  expect(await world.ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
  expect(refused).toEqual([]);
});
