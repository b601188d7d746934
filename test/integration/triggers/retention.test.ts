import { afterAll, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { DUE_SHARDS } from '../../../functions/adapters/dynamodb/tables.ts';
import type { InitializingBackup } from '../../../functions/domain/backup/backup-record.ts';
import { type DueStore, UNTIL_CHANGED } from '../../../functions/domain/cluster/due-store.ts';
import type { RetentionView } from '../../../functions/domain/strategy/retention-view.ts';
import { startDeletion } from '../../../functions/operations/deletion/start-deletion.ts';
import { type ApplyRetentionDeps, applyRetention } from '../../../functions/operations/retention/apply-retention.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { dying } from '../../support/dying.ts';
import { aBackup, aWorkflow } from '../../support/records.ts';

let world: ApiWorld;
let info: MockInstance;
// The world's clock stands at 10:00 UTC on Sunday, 2026-03-01.
beforeAll(async () => {
  info = vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  world = await startApiWorld();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

let clusterId: string;
let clusters = 0;
beforeEach(async () => {
  // Every test begins with its own cluster, and with no other that a sweep would check.
  for (const ruled of await world.ports.due.find('retention', UNTIL_CHANGED)) {
    await world.ports.strategies.remove(ruled.clusterId);
  }
  clusters += 1;
  clusterId = await world.registerEarly(`cluster-${clusters}`);
  world.executions.clear();
  world.ended.clear();
  info.mockClear();
});

const now = () => world.ports.clock.now();
const depsOf = (change: Partial<ApplyRetentionDeps> = {}): ApplyRetentionDeps => ({
  ...world.ports,
  hasTime: () => true,
  ...change,
});
const sweep = (change: Partial<ApplyRetentionDeps> = {}) => applyRetention(now(), depsOf(change));

const rule = (retention: object, of = clusterId, change: object = {}) =>
  world.api(`PUT /clusters/${of}/strategy`, {
    strategy: { backupDate: 'Sunday', period: '1:00-2:00', retention, ...change },
  });

/** A finished backup of the day, and its id. */
async function finished(day: string, change: Partial<InitializingBackup> = {}): Promise<string> {
  const of = change.clusterId ?? clusterId;
  const backupId = change.backupId ?? `${of}-${day}`;
  const { backups } = world.ports;
  const at = `${day}T01:00:00.000Z`;
  await backups.create(aBackup({ backupMode: 'auto', createTime: at, ...change, backupId, clusterId: of }));
  await backups.startAttempt(backupId, at);
  await backups.finish(backupId, { attempt: 1, backupTso: day.replaceAll('-', ''), sizeBytes: '1', at });
  return backupId;
}

/** What the workflow of every started deletion does in the end. */
async function finishDeletions(): Promise<void> {
  for (const { backupId } of world.executions.values()) await world.ports.deletions.finish(backupId);
  world.executions.clear();
}

const statusOf = async (backupId: string) => (await world.ports.backups.get(backupId))?.status;
const NOTHING = { clusters: 1, removed: 0, refused: 0, failed: 0, left: 0 };

describe('a retention sweep', () => {
  it.each([{ keepLast: 2 }, { keepDaily: 2 }, { maxAgeDays: 30 }])(
    'counts a backup and its second copy as one: %j',
    async (retention) => {
      await rule(retention);
      const copy = { bucket: 'copies', region: 'eu-west-1' };
      const [old, kept, newest] = await Promise.all(
        ['2026-01-01', '2026-02-15', '2026-02-22'].map((day) => {
          const prefix = `backups/${clusterId}/${day}`;
          return finished(day, { location: { type: 's3', bucket: 'own-bucket', prefix, copy } });
        }),
      );

      const { data } = await world.api(`DELETE /backups/${old}?plan=true`);
      expect(await sweep()).toMatchObject({ removed: 1 });

      expect([...world.executions.values()]).toMatchObject([{ backupId: old }]);
      expect(await Promise.all([old, kept, newest].map((id) => statusOf(String(id))))).toEqual([
        ...['Deleting', 'Finished', 'Finished'],
      ]);
      // The plan of a deletion says what becomes of a copy that must not be touched.
      const { checksLeft } = (data as unknown as { plan: { checksLeft: string[] } }).plan;
      expect(checksLeft.join()).toContain('the bucket of the second copy allows the deletion');
    },
  );

  it('starts the deletion of what the rule does not keep, with the reason for each', async () => {
    await rule({ keepLast: 1 });
    const [old, newest] = [await finished('2026-01-01'), await finished('2026-02-01')];
    const other = await world.registerEarly(`${clusterId}-without`);
    const [untouched] = [
      await finished('2020-01-01', { clusterId: other }),
      await finished('2020-02-01', { clusterId: other }),
    ];

    const result = await sweep();

    expect(result).toEqual({ ...NOTHING, removed: 1 });
    expect([await statusOf(old), await statusOf(newest), await statusOf(untouched)]).toEqual([
      'Deleting',
      'Finished',
      'Finished',
    ]);
    expect(await world.ports.backups.get(old)).toMatchObject({ deletionReason: 'not kept by any part of the rule' });
    expect([...world.executions.values()]).toMatchObject([{ workFlowId: `${old}-delete-1`, backupId: old, clusterId }]);
    expect(info.mock.calls).toContainEqual([
      {
        message: 'retention removes a backup',
        ...{ clusterId, backupId: old, reasons: ['not kept by any part of the rule'] },
      },
    ]);
  });

  it('does nothing the second time, neither before nor after its deletions have ended', async () => {
    await rule({ keepLast: 1 });
    for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) await finished(day);

    const first = await sweep();
    const second = await sweep();
    await finishDeletions();
    const third = await sweep();

    expect([first.removed, second, third]).toEqual([2, NOTHING, { ...NOTHING, clusters: 0 }]);
  });

  it('costs one query per index and shard, two calls per cluster with a rule, and three per removal', async () => {
    world.calls.length = 0;
    await sweep();
    const queries = Array.from({ length: DUE_SHARDS.length + 1 }, () => 'QueryCommand');
    expect(world.calls).toEqual(queries);

    await rule({ keepLast: 1 });
    for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) await finished(day);
    world.calls.length = 0;
    await sweep();

    const removal = ['BatchGetItemCommand', 'UpdateItemCommand', 'StartExecution'];
    expect(world.calls.slice(queries.length)).toEqual(['GetItemCommand', 'QueryCommand', ...removal, ...removal]);
  });

  it('removes a manual backup from its expireAt on, even for a cluster without a rule or a removed one', async () => {
    const expiring = { backupMode: 'manual', expireAt: '2026-03-01T10:00:00.001Z' } as const;
    const [old, newest] = [await finished('2026-01-01', expiring), await finished('2026-01-02', expiring)];
    await world.api(`DELETE /clusters/${clusterId}`);

    const before = await sweep();
    world.advance(1);
    const after = await sweep();

    expect([before.clusters, after.clusters]).toEqual([0, 1]);
    // The newest is the last one left, and stays until someone deletes it.
    expect([await statusOf(old), await statusOf(newest)]).toEqual(['Deleting', 'Finished']);
    await startDeletion(newest, world.ports);
    expect((await sweep()).clusters).toBe(0);
  });

  it('pauses with the strategy; an expireAt does not', async () => {
    await rule({ keepLast: 1 }, clusterId, { paused: true });
    const automatic = await finished('2026-01-01');
    const manual = await finished('2026-01-02', { backupMode: 'manual', expireAt: '2026-02-01T00:00:00.000Z' });
    await finished('2026-01-03');

    await sweep();

    expect([await statusOf(automatic), await statusOf(manual)]).toEqual(['Finished', 'Deleting']);
  });

  it('removes a chain from its end, so that a death leaves no backup without its base', async () => {
    await rule({ keepLast: 1 });
    const full = await finished('2026-01-01');
    const incr = async (day: string, base: string) => {
      const on = { backupId: base, backupTso: base.slice(-10).replaceAll('-', '') };
      const backupId = `${clusterId}-${day}`;
      await world.ports.backups.holdBase(on, backupId);
      return await finished(day, { backupId, backupType: 'incr', base: on });
    };
    const first = await incr('2026-01-02', full);
    const second = await incr('2026-01-03', first);
    await finished('2026-02-01');

    const result = await sweep();

    expect(result).toEqual({ ...NOTHING, removed: 3 });
    expect([...world.executions.values()].map(({ backupId }) => backupId)).toEqual([second, first, full]);
  });

  it('leaves what is too much to the next sweep, for a cluster or in time', async () => {
    await rule({ keepLast: 1 });
    for (let day = 0; day < 103; day += 1) {
      await finished(new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10));
    }
    let tries = 0;

    const first = await sweep();
    const second = await sweep({ hasTime: () => tries++ < 2 });
    const third = await sweep();

    expect(first).toEqual({ ...NOTHING, removed: 100, left: 2 });
    expect(second).toEqual({ ...NOTHING, removed: 1, left: 1 });
    expect(third).toEqual({ ...NOTHING, removed: 1 });
  });
});

describe('a backup that comes into use after the plan was made', () => {
  /** The view as it was, while something happens after it was read. */
  const meanwhile = (happens: () => Promise<unknown>): Partial<ApplyRetentionDeps> => ({
    retention: {
      ...world.ports.retention,
      async backupsOf(id) {
        const seen = await world.ports.retention.backupsOf(id);
        await happens();
        return seen;
      },
    } satisfies RetentionView,
  });

  beforeEach(() => rule({ keepLast: 1 }));

  it('by a restore stays', async () => {
    const old = await finished('2026-01-01');
    await finished('2026-01-02');

    const result = await sweep(meanwhile(() => world.ports.backups.holdForRestore(old, 'restore-1')));

    expect(result).toEqual({ ...NOTHING, refused: 1 });
    expect(await statusOf(old)).toBe('Finished');
  });

  it('by a restore that has ended is removed', async () => {
    const old = await finished('2026-01-01');
    await finished('2026-01-02');
    const workFlowId = `${clusterId}-ended`;
    await world.ports.workflows.create(aWorkflow({ workFlowId, status: 'Error' }));
    await world.ports.backups.holdForRestore(old, workFlowId);

    expect(await sweep()).toEqual({ ...NOTHING, removed: 1 });
    expect(await statusOf(old)).toBe('Deleting');
  });

  it('as a base stays', async () => {
    const old = await finished('2026-01-01');
    await finished('2026-01-02');
    const base = { backupId: old, backupTso: '20260101' };
    const begin = async () => {
      await world.ports.backups.holdBase(base, 'incremental');
      await world.ports.backups.create(aBackup({ backupId: 'incremental', clusterId, backupType: 'incr', base }));
    };

    const result = await sweep(meanwhile(begin));

    expect(result).toEqual({ ...NOTHING, refused: 1 });
    expect(await sweep()).toEqual(NOTHING);
    expect(await statusOf(old)).toBe('Finished');
  });

  it('as the last one left stays: a user has deleted the newest', async () => {
    const old = await finished('2026-01-01');
    const newest = await finished('2026-01-02');

    const result = await sweep(meanwhile(() => startDeletion(newest, world.ports)));

    expect(result).toEqual({ ...NOTHING, left: 1 });
    expect(await sweep()).toEqual(NOTHING);
    expect(await statusOf(old)).toBe('Finished');
  });

  it('by a rule that keeps it stays', async () => {
    const old = await finished('2026-01-01');
    await finished('2026-01-02');
    const find: DueStore['find'] = async (...asked) => {
      const seen = await world.ports.due.find(...asked);
      await rule({ keepLast: 2 });
      return seen;
    };

    expect(await sweep({ due: { ...world.ports.due, find } })).toEqual(NOTHING);
    expect(await statusOf(old)).toBe('Finished');
  });

  it('by one that died before it had a record is removed', async () => {
    const old = await finished('2026-01-01');
    await finished('2026-01-02');
    await world.ports.backups.holdBase({ backupId: old, backupTso: '20260101' }, 'never-created');

    expect(await sweep()).toEqual({ ...NOTHING, removed: 1 });
    expect(await statusOf(old)).toBe('Deleting');
  });
});

describe('a failing sweep', () => {
  it('continues after one cluster or backup, and counts it', async () => {
    const ids = [clusterId, await world.registerEarly(`${clusterId}-b`), await world.registerEarly(`${clusterId}-c`)];
    for (const id of ids) {
      await rule({ keepLast: 1 }, id);
      for (const day of ['2026-01-01', '2026-01-02']) await finished(day, { clusterId: id });
    }
    const { retention, executions } = world.ports;
    const backupsOf = async (id: string) => {
      if (id === ids[0]) throw new Error('throttled');
      return await retention.backupsOf(id);
    };
    const start: typeof executions.start = async (flow, input) => {
      if (input.clusterId === ids[1]) throw new Error('throttled');
      return await executions.start(flow, input);
    };

    const result = await sweep({ retention: { ...retention, backupsOf }, executions: { start } });

    expect(result).toEqual({ clusters: 3, removed: 1, refused: 0, failed: 2, left: 0 });
  });

  it('fails as a whole before it has checked any cluster', async () => {
    const clustersWithExpired = async () => Promise.reject(new Error('throttled'));

    const swept = sweep({ retention: { ...world.ports.retention, clustersWithExpired } });

    await expect(swept).rejects.toThrow('throttled');
  });

  it.each(['before', 'after'] as const)(
    'that dies %s any of its calls leaves nothing that the next does not handle',
    async (when) => {
      for (let at = 0; ; at += 1) {
        const id = await world.registerEarly(`${clusterId}-${when}-${at}`);
        await rule({ keepLast: 1 }, id);
        const backups: string[] = [];
        for (const day of ['2026-01-01', '2026-01-02', '2026-01-03'])
          backups.push(await finished(day, { clusterId: id }));
        const { clusters: own, backups: records, deletions, retention, executions } = world.ports;
        const struck = dying(
          { clusters: own, backups: records, deletions, retention, executions: { start: executions.start } },
          at,
          when,
        );
        await applyRetention(now(), { ...depsOf(), ...struck.ports }).catch(() => {});

        await sweep();
        // As reconcile does with what is being deleted.
        const unstarted = (await world.unfinished.deletions(now())).due.filter((each) => backups.includes(each));
        for (const backupId of unstarted) await startDeletion(backupId, world.ports);

        expect(await Promise.all(backups.map(statusOf))).toEqual(['Deleting', 'Deleting', 'Finished']);
        const started = [...world.executions.values()].filter((input) => input.clusterId === id);
        expect(started.map(({ backupId }) => backupId).sort()).toEqual(backups.slice(0, 2));
        await world.ports.strategies.remove(id);
        if (struck.calls() <= at) return;
      }
    },
  );
});
