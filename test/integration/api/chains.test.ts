import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { cachedConfig } from '../../../functions/adapters/dynamodb/cached-config.ts';
import type { BackupMode, DeletingBackup } from '../../../functions/domain/backup/backup-record.ts';
import type { BackupPlan, DeletionPlan, RestorePlan } from '../../../functions/domain/planning/plan.ts';
import { deletionEnd } from '../../../functions/workflow/deletion/deletion-end.ts';
import { type ApiPorts, createApi } from '../../support/api.ts';
import { useApiWorld } from '../../support/api-world.ts';
import { aBackup, later } from '../../support/records.ts';

const world = useApiWorld();

const down = () => Promise.reject(new Error('ProvisionedThroughputExceeded'));

/** TSOs that increase with each backup. */
let tso = 464_680_329_216_000_000n;

interface Made {
  /** Id of its base. */
  base?: string;
  mode?: BackupMode;
}

/** A finished backup, newer than all before it. */
async function finished(clusterId: string, backupId: string, { base, mode = 'manual' }: Made = {}): Promise<string> {
  const { backups } = world.ports;
  world.advance(1_000);
  tso += 1_000_000n;
  const at = new Date(world.ports.clock.now()).toISOString();
  const under = base === undefined ? undefined : await backups.get(base);
  const upon = under?.status === 'Finished' ? { backupId: under.backupId, backupTso: under.backupTso } : undefined;
  await backups.create(
    aBackup({ backupId, clusterId, backupMode: mode, createTime: at, ...(upon && { backupType: 'incr', base: upon }) }),
  );
  if (upon !== undefined) await backups.holdBase(upon, backupId);
  await backups.startAttempt(backupId, at);
  await backups.finish(backupId, { attempt: 1, backupTso: String(tso), sizeBytes: '1000', at });
  return backupId;
}

/** `name-full`, and two incremental ones, each based on the previous one. */
async function chain(
  clusterId: string,
  modes: readonly [BackupMode, BackupMode, BackupMode] = ['manual', 'manual', 'manual'],
) {
  await world.register(clusterId);
  const full = await finished(clusterId, `${clusterId}-full`, { mode: modes[0] });
  const first = await finished(clusterId, `${clusterId}-first`, { base: full, mode: modes[1] });
  const second = await finished(clusterId, `${clusterId}-second`, { base: first, mode: modes[2] });
  return { full, first, second };
}

async function recordOf(backupId: string): Promise<Record<string, unknown>> {
  const { data } = await world.api(`GET /backups?backupId=${backupId}`);
  return (data.backupRecords as Record<string, unknown>[])[0] ?? {};
}

const statusesOf = async (...backupIds: string[]) =>
  Promise.all(backupIds.map(async (backupId) => (await recordOf(backupId)).status));

const startedDeletions = () => [...world.executions.keys()].filter((name) => name.includes('-delete-'));

describe('an incremental backup', () => {
  it('is based on the newest finished one of its scope, which its record names and no one can delete', async () => {
    const { second } = await chain('growing');

    const { data } = await world.api('POST /backups', { clusterId: 'growing', backupType: 'incr' });

    expect(await recordOf(String(data.backupId))).toMatchObject({ backupType: 'incr', baseBackupId: second });
    expect(await world.api(`DELETE /backups/${second}`)).toMatchObject({
      status: 400,
      code: 20610,
      message: expect.stringContaining(`incremental backups build on it: "${data.backupId}"`),
    });
  });

  it('costs six calls once the configuration is known', async () => {
    await chain('counted');
    const api = createApi({ ...world.ports, config: cachedConfig(world.ports.config, world.ports.clock) });
    await api('GET /config?configKey=BackupStoragePath');
    await world.register('warm-up');
    await api('POST /backups', { clusterId: 'warm-up' });
    world.calls.length = 0;

    await api('POST /backups', { clusterId: 'counted', backupType: 'incr' });

    expect(world.calls).toEqual([
      // The cluster is locked and the base found.
      'UpdateItemCommand',
      'QueryCommand',
      // The record, and its hold on the base.
      'PutItemCommand',
      'UpdateItemCommand',
      'PutItemCommand',
      'StartExecution',
    ]);
  });

  it('of a scope shows it, and is refused with 20610 without a backup of that scope', async () => {
    await chain('scoped');
    const scope = { tables: ['shop.orders', '`my shop`.items'] };
    const ask = (backupType: string) => world.api('POST /backups', { clusterId: 'scoped', backupType, scope });

    expect(await ask('incr')).toMatchObject({
      status: 400,
      code: 20610,
      message: expect.stringContaining('needs a finished backup of this scope'),
    });
    expect(await world.ports.clusters.get('scoped')).not.toHaveProperty('maintenance');

    const { code, data } = await ask('full');
    expect(code).toBe(0);
    expect(await recordOf(String(data.backupId))).toMatchObject({ backupType: 'full', scope });
  });

  it.each([
    ['is not held', (ports: ApiPorts) => vi.spyOn(ports.backups, 'holdBase').mockImplementationOnce(down), 20602],
    [
      'is held, and the workflow not written',
      (ports: ApiPorts) => vi.spyOn(ports.workflows, 'create').mockImplementationOnce(down),
      40100,
    ],
    [
      'is held, and the execution not started',
      (ports: ApiPorts) => vi.spyOn(ports.executions, 'start').mockImplementationOnce(down),
      40103,
    ],
  ])('is rolled back because its base %s, and releases it', async (what, breakIt, code) => {
    const { second } = await chain(`undone-${code}`);
    breakIt(world.ports);

    expect(await world.api('POST /backups', { clusterId: `undone-${code}`, backupType: 'incr' }), what).toMatchObject({
      code,
    });

    expect(await world.ports.backups.get(second)).not.toHaveProperty('dependents');
    expect(await world.ports.clusters.get(`undone-${code}`)).not.toHaveProperty('maintenance');
  });
});

describe('the deletion of a chain', () => {
  it('by force names everything it deletes, the last link first, and starts the workflows in that order', async () => {
    const { full, first, second } = await chain('forced');
    world.executions.clear();

    const answer = await world.api(`DELETE /backups/${full}?force=true`);

    expect(answer).toMatchObject({ status: 200, code: 0, data: { deletedBackupIds: [second, first, full] } });
    expect(startedDeletions()).toEqual([second, first, full].map((backupId) => `${backupId}-delete-1`));
    expect(await statusesOf(full, first, second)).toEqual(['Deleting', 'Deleting', 'Deleting']);
    expect(await world.api(`DELETE /backups/${full}?force=true`)).toMatchObject({ code: 0 });
  });

  it('without dependents needs no force, which makes no difference', async () => {
    const { second } = await chain('leaf');
    world.calls.length = 0;

    expect(await world.api(`DELETE /backups/${second}?force=true`)).toMatchObject({
      data: { deletedBackupIds: [second] },
    });

    expect(world.calls).toEqual(['UpdateItemCommand', 'StartExecution']);
  });

  it('by condition includes all of it', async () => {
    const { full, first, second } = await chain('whole');

    expect(await world.api('DELETE /backups?clusterId=whole')).toMatchObject({ code: 0 });

    expect(await statusesOf(full, first, second)).toEqual(['Deleting', 'Deleting', 'Deleting']);
  });

  it('by condition keeps the bases of the excluded one', async () => {
    const { full, first, second } = await chain('excluding');

    expect(await world.api(`DELETE /backups?clusterId=excluding&excludeBackupId=${first}`)).toMatchObject({ code: 0 });

    expect(await statusesOf(full, first, second)).toEqual(['Finished', 'Finished', 'Deleting']);
  });

  it.each([
    ['auto', ['auto', 'auto', 'manual'], ['Finished', 'Finished', 'Finished']],
    ['auto', ['auto', 'manual', 'auto'], ['Finished', 'Finished', 'Deleting']],
    ['auto', ['manual', 'auto', 'auto'], ['Finished', 'Deleting', 'Deleting']],
    ['all', ['auto', 'manual', 'auto'], ['Deleting', 'Deleting', 'Deleting']],
  ] as const)('with its cluster (%s of %j) keeps the bases of kept ones', async (which, modes, left) => {
    const clusterId = `removed-${which}-${modes.join('-')}`;
    const { full, first, second } = await chain(clusterId, modes);

    expect(await world.api(`DELETE /clusters/${clusterId}?deleteBackups=${which}`)).toMatchObject({ code: 0 });

    expect(await statusesOf(full, first, second)).toEqual(left);
  });
});

describe('the plan', () => {
  it('of an incremental backup names its base', async () => {
    const { second } = await chain('planned');

    const { data } = await world.api('POST /backups?plan=true', { clusterId: 'planned', backupType: 'incr' });

    expect(data.plan as BackupPlan).toMatchObject({ backupType: 'incr', baseBackupId: second });
  });

  it('of a restore names the chain in order, and the scope', async () => {
    const { full, first, second } = await chain('source');
    await world.register('empty');
    const scope = { databases: ['shop'] };

    const { data } = await world.api('POST /clusters/empty/restore?plan=true', { backupId: second, scope });

    const plan = data.plan as RestorePlan;
    expect(plan.chain.map(({ backupId }) => backupId)).toEqual([full, first, second]);
    expect(plan).toMatchObject({ scope, sizeBytes: '3000' });
  });

  it('of a deletion names the obstacles and, with force, everything that it then deletes', async () => {
    const { full, first, second } = await chain('doomed');
    const route = `DELETE /backups/${full}`;
    const planOf = async (query: string) => (await world.api(`${route}?${query}`)).data.plan as DeletionPlan;

    const refused = await planOf('plan=true');
    const forced = await planOf('force=true&plan=true');

    expect(refused.conflicts).toEqual([{ code: 20610, message: (await world.api(route)).message }]);
    expect(forced).toMatchObject({ conflicts: [], sizeBytes: '3000' });
    expect(forced.deletes.map(({ backupId }) => backupId)).toEqual([second, first, full]);
    expect((await world.api(`${route}?force=true`)).data.deletedBackupIds).toEqual([second, first, full]);
  });

  it('of a deletion by condition keeps the bases of kept ones, and says so', async () => {
    const { full, first, second } = await chain('partly');

    const { data } = await world.api(`DELETE /backups?clusterId=partly&excludeBackupId=${first}&plan=true`);

    const plan = data.plan as DeletionPlan;
    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual([second]);
    expect(plan.keeps).toEqual([
      { backupId: first, reason: 'it is excluded' },
      { backupId: full, reason: expect.stringContaining(`incremental backups build on it: "${first}"`) },
    ]);
  });
});

describe('a record whose base was deleted all the same', () => {
  it('is not restored, and the missing base is named', async () => {
    const { full, second } = await chain('broken');
    await world.register('target');
    const there = await world.ports.backups.get(full);
    const seen = there?.status === 'Finished' ? there.dependentsAdded : undefined;
    await world.ports.deletions.begin(full, later(9), seen);

    expect(await world.api('POST /clusters/target/restore', { backupId: second })).toMatchObject({
      status: 400,
      code: 20610,
      message: `backup record invalid: its base backup ${full} is Deleting, but must be Finished`,
    });
    expect(await world.ports.clusters.get('target')).not.toHaveProperty('maintenance');
  });
});

describe('any sequence of requests', () => {
  type Ask = { ask: 'full' | 'incr' | 'delete' | 'force' | 'all' | 'gone'; of: number; fails: boolean };
  const asks = fc.array(
    fc.record({
      ask: fc.constantFrom<Ask['ask']>('full', 'incr', 'incr', 'incr', 'delete', 'force', 'all', 'gone'),
      of: fc.nat({ max: 30 }),
      fails: fc.boolean(),
    }),
    { minLength: 8, maxLength: 25 },
  );
  let clusters = 0;

  async function obey({ ask, of, fails }: Ask, clusterId: string): Promise<void> {
    const { backups, deletions } = world.ports;
    const ids = await deletions.backupsOf(clusterId);
    const backupId = ids[of % Math.max(ids.length, 1)] ?? 'none';
    world.advance(1_000);
    switch (ask) {
      case 'full':
      case 'incr': {
        const { code, data } = await world.api('POST /backups', { clusterId, backupType: ask });
        if (code !== 0) return expect(code).toBe(20610);
        const made = String(data.backupId);
        tso += 1n;
        const at = new Date(world.ports.clock.now()).toISOString();
        await backups.startAttempt(made, at);
        if (fails) await backups.fail(made, { error: { code: 1, message: 'x' }, at });
        else await backups.finish(made, { attempt: 1, backupTso: String(tso), sizeBytes: '1', at });
        await world.ports.clusters.unlock(clusterId, made);
        return;
      }
      case 'delete':
      case 'force':
        await world.api(`DELETE /backups/${backupId}?force=${ask === 'force'}`);
        return;
      case 'all':
        await world.api(`DELETE /backups?clusterId=${clusterId}&excludeBackupId=${backupId}`);
        return;
      case 'gone': {
        // Its workflow ends after those of its dependents.
        const record = await backups.get(backupId);
        if (record?.status === 'Deleting' && record.dependents === undefined)
          await deletionEnd(endOf(record), world.ports);
      }
    }
  }

  const endOf = ({ backupId, clusterId }: DeletingBackup) => ({
    ...{
      workFlowId: `${backupId}-delete-1`,
      clusterId,
      backupId,
      maintenanceStatusChange: true,
      files: { areGone: true },
    },
  });

  it('leaves no finished incremental backup without its finished base, and none held by a removed one', async () => {
    await fc.assert(
      fc.asyncProperty(asks, async (sequence) => {
        clusters += 1;
        const clusterId = await world.register(`any-${clusters}`);
        for (const ask of sequence) await obey(ask, clusterId);

        const records = await world.ports.backups.getAll(await world.ports.deletions.backupsOf(clusterId));
        const byId = new Map(records.map((record) => [record.backupId, record]));
        for (const { backupId, status, base } of records) {
          if (status !== 'Finished' || base === undefined) continue;
          const held = byId.get(base.backupId);
          expect(held, backupId).toMatchObject({ status: 'Finished', backupTso: base.backupTso });
          expect(held).toHaveProperty(
            'dependents',
            expect.toSatisfy((of: Set<string>) => of.has(backupId)),
          );
          const restorable = await world.api('POST /clusters/nowhere/restore', { backupId });
          // The chain is complete: only the cluster is missing.
          expect(restorable).toMatchObject({ code: 10003 });
        }
        // What nothing needs can be deleted: by force, all of it.
        for (const { backupId } of records) {
          const { code } = await world.api(`DELETE /backups/${backupId}?force=true`);
          expect(code, backupId).toBe(0);
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});
