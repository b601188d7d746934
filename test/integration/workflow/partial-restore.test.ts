import { describe, expect, it } from 'vitest';
import { formatTableName } from '../../../functions/domain/backup/backup-scope.ts';
import { restoreExistCluster } from '../../../functions/operations/restore/restore-exist-cluster.ts';
import { backupChains } from '../../support/backup-chains.ts';

describe('a part of a backup, by the real operations and nodes, with a TiDB', () => {
  const chains = backupChains();
  const { deps, run, start, backUp, restore, RESTORED, record, tables, prepare } = chains;

  async function twoDatabases() {
    const source = await chains.world.cluster();
    await source.sql('CREATE DATABASE shop');
    await source.sql('CREATE DATABASE crm');
    for (const name of ['shop.orders', 'shop.items', 'crm.people']) {
      await source.sql(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
      await source.sql(`INSERT INTO ${name} VALUES (1)`);
    }
    return source;
  }

  it.each([
    [{ databases: ['shop'] }, ['shop.items', 'shop.orders']],
    [{ tables: ['SHOP.Orders', 'crm.people'] }, ['crm.people', 'shop.orders']],
  ])('is restored from a full one: %j', async (scope, expected) => {
    const source = await twoDatabases();
    const backupId = await backUp(source, 'full');
    const target = await chains.world.cluster();
    await target.sql('CREATE DATABASE shop');
    // In the way of the whole, and of no part of it.
    await target.sql('CREATE DATABASE crm');
    if (!expected.includes('crm.people')) await target.sql('CREATE TABLE crm.people (id INT PRIMARY KEY)');

    expect(await restore(target, backupId, scope)).toEqual(RESTORED);

    expect(await tables(target)).toEqual([...new Set(['crm.people', ...expected])].sort());
    expect(await target.sql('SELECT * FROM shop.orders')).toEqual([{ id: 1 }]);
  });

  it('is restored from a chain, including a table that came later', async () => {
    const { source, second } = await prepare();
    const target = await chains.world.cluster();

    expect(await restore(target, second, { tables: ['shop.added'] })).toEqual(RESTORED);

    expect(await tables(target)).toEqual(['shop.added']);
    expect(await target.sql('SELECT * FROM shop.added')).toEqual(await source.sql('SELECT * FROM shop.added'));
  });

  it.each([
    [{ databases: ['nowhere', 'shop'] }, '"nowhere"'],
    [{ tables: ['shop.orders', 'shop.`no such`'] }, '"shop.no such"'],
  ])('that the backup does not contain is refused once, by its names: %j', async (scope, names) => {
    const backupId = await backUp(await twoDatabases(), 'full');
    const target = await chains.world.cluster();

    expect(await restore(target, backupId, scope)).toEqual({
      error: 'ScopeNotFound',
      cause: `the backup does not hold ${names}; remove them from the scope`,
      invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'fail'],
    });

    expect(await tables(target)).toEqual([]);
  });

  it("that is outside the backup's scope is refused at once, with its contents", async () => {
    const backupId = await backUp(await twoDatabases(), 'full', { databases: ['shop'] });
    const { clusterId } = await chains.world.cluster();

    for (const scope of [{ databases: ['crm'] }, { tables: ['crm.people'] }]) {
      await expect(restoreExistCluster({ clusterId, backupId, scope }, deps())).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining('it holds only the databases "shop"'),
      });
    }
    expect(await chains.world.clusters.get(clusterId)).not.toHaveProperty('maintenance');
  });

  it.each(['`', '.', ' ', '"', "'", '\\', '\n', '*', '--', '/* x */', '%_', '😀'])(
    'is backed up and restored by names that contain %j',
    async (awkward) => {
      const source = await chains.world.cluster();
      const [database, table] = [`d${awkward}b`, `t${awkward}b`];
      const quoted = [database, table].map((name) => `\`${name.replaceAll('`', '``')}\``);
      await source.sql(`CREATE DATABASE ${quoted[0]}`);
      for (const name of [quoted.join('.'), `${quoted[0]}.other`])
        await source.sql(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
      await source.sql(`INSERT INTO ${quoted.join('.')} VALUES (1)`);

      const scope = { tables: [formatTableName({ database, table })] };
      const backupId = await backUp(source, 'full', scope);
      const target = await chains.world.cluster();

      expect(await restore(target, backupId, scope)).toEqual(RESTORED);
      expect(await target.sql(`SELECT * FROM ${quoted.join('.')}`)).toEqual([{ id: 1 }]);
      const all = await target.sql("SELECT table_name FROM information_schema.tables WHERE table_name = 'other'");
      expect(all).toEqual([]);
    },
  );

  it.each([
    [{ databases: ['shop', 'nowhere'] }, '"nowhere"'],
    [{ tables: ['shop.nothing', 'shop.orders'] }, '"shop.nothing"'],
  ])('that the cluster lacks is a failed backup, not an empty one: %j', async (scope, names) => {
    const source = await twoDatabases();
    const { backupId } = await start(source, 'full', scope);

    expect(await run(backupId)).toMatchObject({
      error: 'ScopeNotFound',
      invoked: ['chooseExecutor', 'backup', 'fail'],
    });

    expect(await record(backupId)).toMatchObject({
      status: 'Failed',
      error: {
        code: 10001,
        message: `ScopeNotFound: the cluster does not have ${names}; remove them from the scope`,
      },
    });
  });

  it('includes a database without tables beside one with some', async () => {
    const source = await twoDatabases();
    await source.sql('CREATE DATABASE bare');
    const backupId = await backUp(source, 'full', { databases: ['shop', 'bare'] });
    const target = await chains.world.cluster();

    expect(await restore(target, backupId)).toEqual(RESTORED);

    expect(await target.sql("SHOW DATABASES LIKE 'bare'")).toHaveLength(1);
  });
});
