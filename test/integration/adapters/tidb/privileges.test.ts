import { describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';
import { EngineWorld } from '../../tidb-sandbox/engine-world.ts';

/** Reads a cluster with one table, as an account with these global privileges. */
async function controlWith(privileges: string): Promise<TidbControl> {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run(
    'CREATE DATABASE shop',
    'CREATE TABLE shop.t (id INT PRIMARY KEY)',
    "CREATE USER backup IDENTIFIED BY 'b'",
    `GRANT ${privileges} ON *.* TO backup`,
  );
  const gateway = createTidbGateway(fakeSecrets({ databaseAccount: async () => ({ user: 'backup', password: 'b' }) }));
  return gateway.openControl(aCluster({ endpoints: [`127.0.0.1:${world.sandbox.port}`] }));
}

describe('an account without PROCESS', () => {
  it.each([
    ['tables', (control: TidbControl) => control.userTables()],
    ['databases', (control: TidbControl) => control.userDatabases()],
  ])('never makes a full cluster look empty: its %s', async (_, look) => {
    const control = await controlWith('BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN');

    await expect(look(control)).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringContaining('must have PROCESS'),
    });
    control.close();
  });

  it('names what it lacks to measure the cluster', async () => {
    const control = await controlWith('BACKUP_ADMIN');

    await expect(control.measure()).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(/^the cluster's account must have PROCESS: TiDB error 1227/),
    });
    control.close();
  });
});

it('PROCESS shows all tables and databases', async () => {
  const control = await controlWith('PROCESS');

  expect(await control.userTables()).toEqual([{ database: 'shop', table: 't' }]);
  expect(await control.userDatabases()).toContain('shop');
  expect((await control.privileges()).has('PROCESS')).toBe(true);
  control.close();
});
