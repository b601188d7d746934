import { describe, expect, it } from 'vitest';
import type { DeletionPlan } from '../../../functions/domain/planning/plan.ts';
import { useApiWorld } from '../../support/api-world.ts';
import { planning } from '../../support/planning.ts';
import { aBackup } from '../../support/records.ts';

const world = useApiWorld();

const { planOf, finished, chainOf, recordOf } = planning(world);

describe('the plan of a deletion', () => {
  it('matches what the deletion then does', async () => {
    const lockedUntil = new Date(world.ports.clock.now() + 86_400_000).toISOString();
    const size = { sizeBytes: String(100 * 1024 ** 3), lockedUntil };
    const backupId = await finished(await world.register('shrinking'), 'to-go', size);

    const plan = await planOf<DeletionPlan>(`DELETE /backups/${backupId}`);

    const path = (await recordOf(backupId)).filePath;
    expect(plan).toMatchObject({
      action: 'delete',
      deletes: [{ backupId, path, ...size }],
      ...size,
      cost: { perMonthUsd: -2.3 },
      conflicts: [],
    });
    expect((await world.api(`DELETE /backups/${backupId}`)).data).toEqual({ lockedUntil });
    expect((await recordOf(backupId)).status).toBe('Deleting');
  });

  it('of all backups of a cluster names what it deletes and why the others stay, and only these are deleted', async () => {
    const clusterId = await world.register('emptied');
    const [gone, kept, held] = [
      await finished(clusterId, 'gone'),
      await finished(clusterId, 'kept'),
      await finished(clusterId, 'held'),
    ];
    await world.ports.backups.create(aBackup({ backupId: 'runs', clusterId }));
    await world.ports.backups.holdForRestore(held, 'a-restore');
    const route = `DELETE /backups?clusterId=${clusterId}&excludeBackupId=${kept}`;

    const plan = await planOf<DeletionPlan>(route);

    expect(plan.deletes.map((backup) => backup.backupId)).toEqual([gone]);
    expect(new Map(plan.keeps.map(({ backupId, reason }) => [backupId, reason]))).toEqual(
      new Map([
        [kept, 'it is excluded'],
        [held, expect.stringContaining('a restore is reading it')],
        ['runs', expect.stringContaining('it is Initializing; cancel it')],
      ]),
    );
    await world.api(route);
    const { data } = await world.api(`GET /backups?clusterId=${clusterId}`);
    const deleting = (data.backupRecords as { id: string; status: string }[]).filter(
      ({ status }) => status === 'Deleting',
    );
    expect(deleting.map(({ id }) => id)).toEqual([gone]);
  });

  it('with force names what it then deletes, in that order', async () => {
    const chain = await chainOf(await world.register('felled'), 2);
    const route = `DELETE /backups/${chain[0]}?force=true`;

    const plan = await planOf<DeletionPlan>(route);

    expect(plan).toMatchObject({ conflicts: [], dependents: [], sizeBytes: '3000', files: 15 });
    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual(chain.toReversed());
    expect((await world.api(route)).data.deletedBackupIds).toEqual(chain.toReversed());
  });

  it('of all backups of a cluster keeps the bases of kept ones', async () => {
    const clusterId = await world.register('thinned');
    const [full = '', first = '', second = ''] = await chainOf(clusterId, 2);
    const route = `DELETE /backups?clusterId=${clusterId}&excludeBackupId=${first}`;

    const plan = await planOf<DeletionPlan>(route);

    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual([second]);
    expect(plan.keeps.map(({ backupId }) => backupId)).toEqual([first, full]);
    expect(plan.files).toBe(5);
    expect(plan.keeps.at(-1)?.reason).toContain('incremental backups build on it');
    await world.api(route);
    const statuses = await Promise.all([full, first, second].map(async (id) => (await recordOf(id)).status));
    expect(statuses).toEqual(['Finished', 'Finished', 'Deleting']);
  });

  it('of all backups of a cluster includes whole chains', async () => {
    const clusterId = await world.register('cleared');
    const chain = await chainOf(clusterId, 2);

    const plan = await planOf<DeletionPlan>(`DELETE /backups?clusterId=${clusterId}`);

    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual(chain.toReversed());
    await world.api(`DELETE /backups?clusterId=${clusterId}`);
    for (const backupId of chain) expect((await recordOf(backupId)).status).toBe('Deleting');
  });

  it('of a removed backup says that there is nothing to do', async () => {
    world.executions.set('gone-before-delete-1', {} as never);

    expect(await planOf<DeletionPlan>('DELETE /backups/gone-before')).toMatchObject({
      deletes: [],
      cost: { onceUsd: 0 },
    });
  });
});

describe('a present obstacle', () => {
  /** The answer of the request itself meanwhile. */
  async function expectConflict(route: string, body: unknown, status: number): Promise<void> {
    const plan = await planOf<{ conflicts: unknown[] }>(route, body);

    const refused = await world.api(route, body);

    expect(refused.status).toBe(status);
    expect(plan.conflicts).toEqual([{ code: refused.code, message: refused.message }]);
  }

  it('appears in a plan with the text of the refusal: another operation', async () => {
    const clusterId = await world.register('occupied');
    const backupId = await finished(clusterId, 'occupied-1');
    await world.api('POST /backups', { clusterId });

    await expectConflict('POST /backups', { clusterId }, 409);
    await expectConflict(`POST /clusters/${clusterId}/restore`, { backupId }, 409);
    await expectConflict(`DELETE /clusters/${clusterId}?deleteBackups=all`, undefined, 409);
  });

  it('may be a restore that reads what is to be deleted', async () => {
    const backupId = await finished(await world.register('read'), 'read-1');
    await world.ports.backups.holdForRestore(backupId, 'a-restore');

    await expectConflict(`DELETE /backups/${backupId}`, undefined, 400);
  });
});

describe('the dependents of a backup', () => {
  it('keep it: the plan lists them, and says how the deletion would be refused', async () => {
    const [full = '', ...others] = await chainOf(await world.register('needed'), 2);

    const plan = await planOf<DeletionPlan>(`DELETE /backups/${full}`);

    expect(plan.dependents.toSorted()).toEqual(others.toSorted());
    const { status, code, message } = await world.api(`DELETE /backups/${full}`);
    expect(status).toBe(400);
    expect(plan.conflicts).toEqual([{ code, message }]);
  });

  it('may be read by a restore, which is an obstacle even with force', async () => {
    const [full, last = ''] = await chainOf(await world.register('needed-and-read'), 1);
    await world.ports.backups.holdForRestore(last, 'a-restore');
    const route = `DELETE /backups/${full}?force=true`;

    const plan = await planOf<DeletionPlan>(route);

    const { code, message } = await world.api(route);
    expect(message).toContain('a restore is reading it');
    expect(plan.conflicts).toEqual([{ code, message }]);
  });
});
