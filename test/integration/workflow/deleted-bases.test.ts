import { describe, expect, it } from 'vitest';
import { backupCluster } from '../../../functions/operations/backup/backup-cluster.ts';
import { removeCluster } from '../../../functions/operations/cluster/remove-cluster.ts';
import { deleteBackupRecord } from '../../../functions/operations/deletion/delete-backup-records.ts';
import { backupChains } from '../../support/backup-chains.ts';
import { CREATED } from '../../support/records.ts';

describe('deleting the base of others, by the real operations and nodes, with a TiDB', () => {
  const chains = backupChains();
  const {
    deps,
    run,
    start,
    backUp,
    remove,
    record,
    prepare,
    fullOnly,
    startByStrategy,
    mark,
    baseOf,
    filesOf,
    runOnce,
  } = chains;

  it('is refused, and lists them', async () => {
    const { full, first, second } = await prepare();

    await expect(remove(full)).rejects.toMatchObject({
      code: 20610,
      message: `backup record invalid: it is Finished; incremental backups build on it: "${second}", "${first}"; delete these first, or all with force=true`,
    });

    expect(await record(full)).toHaveProperty('status', 'Finished');
  });

  it('from its end leaves no file', async () => {
    const { full, first, second } = await prepare();

    for (const backupId of [second, first, full]) {
      await remove(backupId);
      expect(await run(`${backupId}-delete-1`)).toEqual({ invoked: ['deleteBackupFiles', 'end'] });
      expect(await chains.world.backups.get(backupId)).toBeUndefined();
    }
    expect(await filesOf(full, first, second)).toEqual([]);
  });

  it('by force deletes them too, the last of the chain first, in any order of their workflows', async () => {
    const { full, first, second } = await prepare();

    expect(await remove(full, true)).toEqual([second, first, full]);

    // Its turn has not come: no file is removed while its dependents exist.
    expect(await runOnce(full)).toMatchObject({ name: 'DependentsRemain', message: expect.stringContaining(first) });
    expect(await filesOf(full)).not.toEqual([]);
    for (const backupId of [second, first, full]) expect(await run(`${backupId}-delete-1`)).not.toHaveProperty('error');
    expect(await filesOf(full, first, second)).toEqual([]);
    for (const backupId of [second, first, full]) expect(await chains.world.backups.get(backupId)).toBeUndefined();
  });

  it('by force is refused while one of them is running, and then deletes none', async () => {
    const { source, full, first, second } = await prepare();
    const { backupId: running } = await start(source, 'incr');

    await expect(remove(full, true)).rejects.toMatchObject({
      code: 20610,
      message: expect.stringContaining(`the dependent backup ${running} is Initializing; cancel it`),
    });

    for (const link of [full, first, second]) expect(await record(link)).toHaveProperty('status', 'Finished');
    expect(await run(running)).not.toHaveProperty('error');
  });

  it.each(['Failed', 'Canceled', 'gone'])('ignores one that is %s and whose hold was left by a death', async (how) => {
    const { source, full } = await fullOnly();
    const { backupId } = await start(source, 'incr');
    if (how === 'Failed') await chains.world.backups.fail(backupId, { error: { code: 1, message: 'x' }, at: CREATED });
    else if (how === 'Canceled') await chains.world.backups.cancel(backupId, { at: CREATED });
    else await chains.world.backups.removeUnstarted(backupId);
    expect(await record(full)).toMatchObject({ dependents: new Set([backupId]) });

    await remove(full);

    expect(await record(full)).toHaveProperty('status', 'Deleting');
  });

  it('leaves a base of another TiDB under the same id unused', async () => {
    const { source, full } = await fullOnly();
    const { clusterId } = source;
    const {
      maintenance: _,
      tidb: __,
      ...registered
    } = (await chains.world.clusters.get(clusterId)) ?? expect.unreachable('it is registered');
    await removeCluster(clusterId, undefined, {
      ...{ ...deps(), secrets: { remove: async () => {} } },
      ...{ strategies: { keepMissed: async () => {} } },
      ...{ events: { missed: async () => {} }, metrics: { emit: () => {} } },
    });
    await chains.world.clusters.create({ ...registered, createTime: new Date().toISOString() });

    await expect(start(source, 'incr')).rejects.toMatchObject({
      code: 20610,
      message: expect.stringContaining('from the same TiDB'),
    });

    const first = await startByStrategy(source);
    expect(await record(first)).toHaveProperty('backupType', 'full');
    expect(await run(first)).not.toHaveProperty('error');
    expect(baseOf(await record(await backUp(source, 'incr')))).toMatchObject({ backupId: first });
    expect(await record(full)).not.toHaveProperty('dependents');
  });

  it('wins over a new one that would build on it', async () => {
    const { source, full } = await fullOnly();
    const backups = {
      ...chains.world.backups,
      // It is marked just after it was found.
      newestOfScope: async (...wanted: Parameters<typeof chains.world.backups.newestOfScope>) => {
        const base = await chains.world.backups.newestOfScope(...wanted);
        await chains.world.deletions.begin(full, CREATED);
        return base;
      },
    };

    await expect(
      backupCluster({ clusterId: source.clusterId, backupMode: 'manual', backupType: 'incr' }, { ...deps(), backups }),
    ).rejects.toMatchObject({
      code: 20610,
      message: expect.stringContaining(`the base backup ${full} has just been deleted`),
    });

    expect(await chains.world.clusters.get(source.clusterId)).not.toHaveProperty('maintenance');
    const { items } = await chains.world.backups.list({ clusterId: source.clusterId }, { page: 1, pageSize: 10 });
    expect(items.map(({ backupId }) => backupId)).toEqual([full]);
  });

  it('is refused if a dependent was added since the check', async () => {
    const { source, full } = await fullOnly();
    const first = await backUp(source, 'incr');
    const backups = {
      ...chains.world.backups,
      // Another one starts to build on the same base as soon as the list is made.
      get: async (backupId: string) => {
        const found = await chains.world.backups.get(backupId);
        if (backupId === first && found?.status === 'Finished')
          await chains.world.backups.holdBase(baseOf(found), 'newcomer');
        return found;
      },
    };
    const { executions, ...others } = deps();

    await expect(
      deleteBackupRecord({ backupId: full, force: true }, { ...others, executions, backups }),
    ).rejects.toMatchObject({ code: 20610, message: expect.stringContaining('have just changed; try again') });

    expect(await record(full)).toHaveProperty('status', 'Finished');
  });

  it('makes a node that builds on it fail if it is missing all the same, and say so', async () => {
    const { source, full } = await fullOnly();
    const { backupId } = await start(source, 'incr');
    await mark(full);

    expect(await run(backupId)).toMatchObject({ error: 'BaseGone', invoked: ['chooseExecutor', 'backup', 'fail'] });

    expect(await record(backupId)).toMatchObject({
      status: 'Failed',
      error: { code: 20610, message: expect.stringContaining(full) },
    });
  });
});
