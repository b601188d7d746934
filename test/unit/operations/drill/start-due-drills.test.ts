import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { UNTIL_CHANGED } from '../../../../functions/domain/cluster/due-store.ts';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import type { OperationInput, Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import { type StartDueDrillsDeps, startDueDrills } from '../../../../functions/operations/drill/start-due-drills.ts';
import { aBackup, aCluster, CREATED } from '../../../support/records.ts';

/** CREATED is a Sunday, 10:00; the window ends at 2:00 on Monday. */
const STRATEGY: Strategy = {
  weekdays: ['Sunday'],
  period: { start: 22 * 60, end: 2 * 60 },
  timezone: 'UTC',
  paused: false,
  drill: { weekdays: ['Sunday'], assertions: ['SELECT 1'], parameters: { size: 'small' }, executor: 'fargate' },
};
const at = (time: string) => Date.parse(`2026-03-${time}:00Z`);
const RECORD: FinishedBackup = {
  ...aBackup({ attempts: 1 }),
  ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '449', sizeBytes: '1', finishedAttempt: 1 },
  checksums: { tables: 3 },
};

let warn: MockInstance;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockReturnValue();
  return () => vi.restoreAllMocks();
});

function prepare(strategy: Strategy | undefined = STRATEGY, record: FinishedBackup | undefined = RECORD) {
  const workflows = new Map<string, Workflow>();
  const started: OperationInput[] = [];
  let dueAt = CREATED;
  const deps: StartDueDrillsDeps = {
    clusters: { getAll: async () => [aCluster({ strategy })] },
    due: {
      find: async (_, now) => [{ clusterId: 'cluster-1', dueAt }].filter((each) => each.dueAt <= now),
      async postpone(_, __, next) {
        dueAt = next ?? UNTIL_CHANGED;
        return true;
      },
    },
    backups: { getAll: async () => (record ? [record] : []), newestFinished: async () => record },
    workflows: {
      getAll: async (ids) => ids.flatMap((id) => workflows.get(id) ?? []),
      get: async (id) => workflows.get(id),
      create: async (workflow) => {
        workflows.set(workflow.workFlowId, workflow);
        return true;
      },
      removeUnstarted: async (id) => workflows.delete(id),
    },
    executions: {
      arnOf: (flow, id) => `arn:${flow}:${id}`,
      start: async (_, input) => {
        started.push(input);
        return true;
      },
      exists: async () => false,
    },
    hasProvisioner: true,
    hasTime: () => true,
  };
  return { deps, started, workflows, dueAt: () => dueAt };
}

describe('the sweep for drills', () => {
  it('restores from the second copy if the strategy says so, once that is complete', async () => {
    const drill = { weekdays: ['Sunday'], assertions: [], parameters: {}, source: 'copy' } satisfies Strategy['drill'];
    const location = { type: 's3', bucket: 'b', prefix: 'p', copy: { bucket: 'c', region: 'eu-west-1' } } as const;
    const early = prepare({ ...STRATEGY, drill }, { ...RECORD, location });
    expect(await startDueDrills(at('02T02:00'), early.deps)).toEqual({ started: 0, skipped: 1 });

    const whole = prepare({ ...STRATEGY, drill }, { ...RECORD, location, copiedAt: CREATED });
    await startDueDrills(at('02T02:15'), whole.deps);
    expect(whole.started).toMatchObject([{ source: 'copy' }]);
  });

  it.each([
    ['01T21:59', 0],
    ['02T01:59', 0],
    ['02T02:00', 1],
    ['03T01:59', 1],
    ['03T02:00', 0],
  ])("starts a Sunday's drill after its window, for a day: %s", async (time, count) => {
    const { deps, started } = prepare();

    await startDueDrills(at(time), deps);

    expect(started).toHaveLength(count);
  });

  it("starts it once, for the backup's cluster, with the strategy's settings", async () => {
    const { deps, started, workflows } = prepare();

    const sweeps = [await startDueDrills(at('02T02:00'), deps), await startDueDrills(at('02T02:15'), deps)];

    expect(sweeps).toEqual([
      { started: 1, skipped: 0 },
      { started: 0, skipped: 0 },
    ]);
    expect(started).toEqual([
      expect.objectContaining({
        workFlowId: expect.stringMatching(/^drill-20260301T220000Z-[0-9a-f]{24}$/),
        ...{ backupId: 'backup-1', provisioner: 'lambda', onFailure: 'destroy', parameters: { size: 'small' } },
        wantedExecutor: 'fargate',
        drill: expect.objectContaining({ clusterId: 'cluster-1' }),
      }),
    ]);
    expect([...workflows.values()]).toMatchObject([
      { flowName: 'RestoreDrill', bizId: 'cluster-1', assertions: ['SELECT 1'] },
    ]);
  });

  it('ignores a strategy that is paused or has no drills', async () => {
    for (const strategy of [
      { ...STRATEGY, paused: true },
      { ...STRATEGY, drill: undefined },
    ]) {
      const { deps, started } = prepare(strategy);
      expect(await startDueDrills(at('02T03:00'), deps)).toEqual({ started: 0, skipped: 0 });
      expect(started).toEqual([]);
    }
  });

  it('looks at the cluster again on the next day for a drill', async () => {
    const { deps, dueAt, workflows } = prepare();

    await startDueDrills(at('01T12:00'), deps);
    expect(dueAt()).toBe('2026-03-02T02:00:00.000Z');
    await startDueDrills(at('02T02:00'), deps);
    expect(dueAt()).toBe('2026-03-09T02:00:00.000Z');
    expect(workflows.size).toBe(1);
  });

  it('looks again for a day at a cluster that has nothing to drill yet, and at one whose start has died', async () => {
    const without = prepare(STRATEGY, { ...RECORD, checksums: undefined });
    await startDueDrills(at('02T02:00'), without.deps);
    expect(without.dueAt()).toBe(CREATED);
    await startDueDrills(at('03T02:00'), without.deps);
    expect(without.dueAt()).toBe('2026-03-09T02:00:00.000Z');

    const died = prepare();
    const { start } = died.deps.executions;
    died.deps.executions.start = () => new Promise(() => {});
    void startDueDrills(at('02T02:00'), died.deps);
    await vi.waitFor(() => expect(died.workflows.size).toBe(1));
    died.deps.executions.start = start;
    await startDueDrills(at('02T02:15'), died.deps);
    expect(died.dueAt()).toBe(CREATED);
  });

  it('reports why it starts none', async () => {
    const { checksums, ...unnoted } = RECORD;
    for (const world of [
      { ...prepare(), hasProvisioner: false },
      { ...prepare(STRATEGY, unnoted), hasProvisioner: true },
    ]) {
      const { deps, started, hasProvisioner } = world;
      expect(await startDueDrills(at('02T03:00'), { ...deps, hasProvisioner })).toEqual({ started: 0, skipped: 1 });
      expect(started).toEqual([]);
    }
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('fails for one cluster only after it has checked the others', async () => {
    const { deps, started } = prepare();
    const clusters = ['away', 'cluster-1'].map((clusterId) => aCluster({ clusterId, strategy: STRATEGY }));
    deps.clusters = { getAll: async () => clusters };
    deps.backups.newestFinished = async ({ clusterId }) =>
      clusterId === 'away' ? Promise.reject(new Error('throttled')) : RECORD;
    vi.spyOn(console, 'error').mockReturnValue();

    await expect(startDueDrills(at('02T03:00'), deps)).rejects.toBeInstanceOf(AggregateError);
    expect(started).toHaveLength(1);
  });
});
