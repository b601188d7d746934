import { describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../functions/adapters/tidb/gateway.ts';
import type { TidbControl } from '../../../functions/domain/tidb.ts';
import { fakeSecrets } from '../../support/fake-secrets.ts';
import { aCluster } from '../../support/records.ts';
import { type Client, EngineWorld } from '../tidb-sandbox/engine-world.ts';

async function prepare(version: string, ...setup: string[]) {
  let now = Date.UTC(2026, 2, 1);
  const world = await EngineWorld.start({ version, clock: () => now });
  const root = await world.connect();
  await root.run("CREATE USER backup IDENTIFIED BY 'b'", 'GRANT PROCESS ON *.* TO backup', ...setup);
  const gateway = createTidbGateway(fakeSecrets({ databaseAccount: async () => ({ user: 'backup', password: 'b' }) }));
  const control = gateway.openControl(aCluster({ endpoints: [`127.0.0.1:${world.sandbox.port}`] }));
  /** The clock of TiDB stands still between. */
  const wait = (millis: number) => {
    now += millis;
  };
  return { root, control, wait, moment: () => moment(root, wait) };
}

/** A moment after all that has been done, and in a second of its own: what older releases show of times is no closer. */
async function moment(root: Client, wait: (millis: number) => void): Promise<string> {
  wait(1_000);
  const tso = await currentTso(root);
  wait(1);
  return tso;
}

async function currentTso(root: Client): Promise<string> {
  await root.run('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  const tso = String(await root.value('SELECT @@tidb_current_ts'));
  await root.run('ROLLBACK');
  return tso;
}

async function jobsSince(control: TidbControl, base: string): Promise<string[]> {
  const { ddl } = await control.ddlSince(base);
  return ddl.jobs.map(({ type, database, table }) => `${type} ${database}.${table}`);
}

describe.each(['6.5', '8.1', '8.5'])('the DDL since a moment, on TiDB %s', (version) => {
  it('is listed in its order, without what came before', async () => {
    const { root, control, moment } = await prepare(version, 'CREATE DATABASE shop', 'CREATE TABLE shop.a (id INT)');
    const base = await moment();
    expect(await jobsSince(control, base)).toEqual([]);
    await root.run('ALTER TABLE shop.a ADD COLUMN b INT, ADD INDEX i (b)', 'DROP TABLE shop.a', 'DROP DATABASE shop');

    expect(await jobsSince(control, base)).toEqual([
      'alter table multi-schema change shop.a',
      'add column /* subjob */ shop.a',
      'add index /* subjob */ /* ingest */ shop.a',
      'drop table shop.a',
      'drop schema shop.',
    ]);
    control.close();
  });
});

describe('the DDL since a moment', () => {
  it('is that up to a snapshot which is chosen before it is read', async () => {
    const { root, control, moment } = await prepare('8.5', 'CREATE DATABASE shop');
    const { snapshotTso } = await control.ddlSince(await moment());
    await root.run('CREATE TABLE shop.a (id INT)');
    await root.run(`SET tidb_snapshot = '${snapshotTso}'`);
    expect(await root.rows('SHOW TABLES FROM shop')).toEqual([]);
    control.close();
  });

  it('tells by id what a renamed table was called before', async () => {
    const { root, control, moment } = await prepare('8.5', 'CREATE DATABASE shop', 'CREATE DATABASE other');
    await root.run('CREATE TABLE shop.a (id INT)', 'RENAME TABLE shop.a TO shop.b', 'CREATE TABLE shop.c (id INT)');
    const base = await moment();
    await root.run('RENAME TABLE shop.b TO other.b', 'TRUNCATE TABLE shop.c', 'RENAME TABLE shop.c TO shop.d');

    const { ddl } = await control.ddlSince(base);

    const [renamed, , emptied] = ddl.jobs;
    expect(ddl.formerNames.get(renamed?.tableId ?? '')).toEqual({ database: 'shop', table: 'b' });
    expect(ddl.formerNames.has(emptied?.tableId ?? '')).toBe(false);
    control.close();
  });

  it('tells tables that RESTORE made', async () => {
    const { root, control, moment } = await prepare('8.5', 'CREATE DATABASE shop');
    const base = await moment();
    await root.run('/*from(br)*/CREATE TABLE shop.a (id INT)', 'CREATE TABLE shop.b (id INT)');
    const { ddl } = await control.ddlSince(base);
    expect(ddl.jobs.map(({ byRestore }) => byRestore)).toEqual([true, false]);
    control.close();
  });

  it.each(['8.1', '8.5'])(
    'counts what may have come before the moment within what TiDB %s shows of times',
    async (version) => {
      const { root, control, wait, moment } = await prepare(version, 'CREATE DATABASE shop');
      await moment();
      await root.run('CREATE TABLE shop.a (id INT)');
      wait(5);
      const base = await currentTso(root);
      expect(await jobsSince(control, base)).toEqual(version === '8.1' ? ['create table shop.a'] : []);
      control.close();
    },
  );

  it('is unreadable for an account that does not see all of it, and says what is missing', async () => {
    const { root, control, moment } = await prepare('8.5', 'CREATE DATABASE shop', 'REVOKE PROCESS ON *.* FROM backup');
    await root.run('GRANT SELECT ON shop.* TO backup');
    await expect(control.ddlSince(await moment())).rejects.toMatchObject({
      name: 'DdlHistoryUnreadable',
      message: expect.stringMatching(/^what happened to the schema since the base cannot be seen: .*must have PROCESS/),
    });
    control.close();
  });

  it('is unreadable where the history does not reach back to the moment', async () => {
    const { control } = await prepare('8.5');
    const earlier = String(BigInt(Date.UTC(2026, 1, 1)) << 18n);
    await expect(control.ddlSince(earlier)).rejects.toMatchObject({
      name: 'DdlHistoryUnreadable',
      message: 'the history of DDL does not reach back to the base',
    });
    control.close();
  });
});
