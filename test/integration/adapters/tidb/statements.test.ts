import { afterEach, describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';
import { EngineWorld } from '../../tidb-sandbox/engine-world.ts';

const MARK = { kind: 'BACKUP', backupId: 'backup-1', attempt: 1 } as const;
const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

/** A TiDB with a table, a view and an empty database, and an account with the documented privileges. */
async function prepare() {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run(
    'CREATE DATABASE shop',
    'CREATE DATABASE empty_shop',
    'CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, note VARCHAR(20))',
    "INSERT INTO shop.orders VALUES (1, 'a'), (2, NULL)",
    'CREATE VIEW shop.notes AS SELECT note FROM shop.orders',
    "CREATE USER backup IDENTIFIED BY 'b'",
    'GRANT SELECT, PROCESS ON *.* TO backup',
    'GRANT BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN ON *.* TO backup',
  );
  const gateway = createTidbGateway(fakeSecrets({ databaseAccount: async () => ({ user: 'backup', password: 'b' }) }));
  const cluster = aCluster({ endpoints: [`${world.sandbox.host}:${world.sandbox.port}`] });
  const control: TidbControl = gateway.openControl(cluster);
  closing.push(control);
  return { world, root, gateway, cluster, control };
}

describe('with the documented privileges, TiDB', () => {
  it('lists tables and databases, including empty ones and views', async () => {
    const { control } = await prepare();

    const names = (await control.userTables()).map(({ database, table }) => `${database}.${table}`);
    expect(names.sort()).toEqual(['shop.notes', 'shop.orders']);
    expect((await control.userDatabases()).sort()).toEqual(['empty_shop', 'shop', 'test']);
  });

  it('reports its release, its privileges, and that no restore has left anything', async () => {
    const { control } = await prepare();

    expect(await control.release()).toEqual({
      tidbVersion: expect.stringMatching(/^v\d+\.\d+\.\d+$/),
      newCollationEnabled: true,
    });
    const privileges = await control.privileges();
    expect(['PROCESS', 'BACKUP_ADMIN', 'SUPER'].map((name) => privileges.has(name as 'SUPER'))).toEqual([
      true,
      true,
      false,
    ]);
    expect(await control.restoreLeftovers()).toMatchObject({ databases: [] });
  });

  it('measures its data', async () => {
    const { control } = await prepare();

    const { tables } = await control.measure();
    expect(tables.map(({ table }) => table)).toContain('orders');
  });

  it('reports that none of our statements is running, shows none, and accepts a kill of a missing one', async () => {
    const { control } = await prepare();

    expect(await control.running(MARK)).toEqual([]);
    expect(await control.progress(MARK, '7')).toBeUndefined();
    await control.kill('9007199254740991');
  });

  it("reports a session's server, with the full connection id", async () => {
    const { gateway, cluster, root } = await prepare();
    const session = await gateway.openSession(cluster);
    closing.push(session);

    const { connectionId } = await session.locate();
    const ids = await root.rows('SELECT ID FROM information_schema.processlist');
    expect(ids.map(String)).toContain(connectionId);
  });

  it('reports the DDL since a moment', async () => {
    const { control, root, gateway, cluster } = await prepare();
    const hold = await gateway.holdSnapshot(cluster);
    closing.push(hold);
    await root.run('ALTER TABLE shop.orders ADD INDEX by_note (note)', 'DROP DATABASE empty_shop');

    const look = JSON.stringify(await control.ddlSince(hold.tso));
    expect(look).toMatch(/add index/i);
    expect(look).toMatch(/drop schema/i);
  });

  it('reads a moment, and nothing written since', async () => {
    const { gateway, cluster, root } = await prepare();
    const hold = await gateway.holdSnapshot(cluster);
    closing.push(hold);
    await root.run("INSERT INTO shop.orders VALUES (3, 'late')");
    const reader = await hold.openReader(hold.tso);

    const { databases, tables } = await reader.list();
    expect(databases).toContain('empty_shop');
    expect(tables.map(({ table, kind }) => [table, kind]).sort()).toEqual([
      ['notes', 'view'],
      ['orders', 'table'],
    ]);
    const [orders] = tables.filter(({ kind }) => kind === 'table');
    if (orders === undefined) throw new Error('the table is not listed');
    expect(await reader.read(orders, { version: 2, timeoutMs: 10_000 })).toMatchObject({ rows: '2' });
    expect(await reader.assert('SELECT COUNT(*) = 2 FROM shop.orders', 10_000)).toEqual({ passed: true });
    await reader.close();
    await hold.proveAlive();
  });
});
