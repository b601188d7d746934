import { afterEach, describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';
import { type TidbUnderTest, tidbUnderTest } from '../../../support/tidb-under-test.ts';
import { type Client, EngineWorld } from '../../tidb-sandbox/engine-world.ts';

/** Connections to close after a test. */
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function controlOf(port: number, host = '127.0.0.1'): TidbControl {
  const databaseAccount = async () => ({ user: 'backup', password: 'b' });
  const control = createTidbGateway(fakeSecrets({ databaseAccount })).openControl(
    aCluster({ endpoints: [`${host}:${port}`] }),
  );
  open.push(() => control.close());
  return control;
}

const CREATE_ACCOUNT = ["CREATE USER backup IDENTIFIED BY 'b'", 'GRANT PROCESS ON *.* TO backup'];

async function jobsSince(control: TidbControl, base: string): Promise<string[]> {
  const { ddl } = await control.ddlSince(base);
  return ddl.jobs.map(({ type, database, table }) =>
    `${type} ${database}.${table}`.replace(/ \/\* (ingest|txn).*\*\//, ''),
  );
}

/** All of it also holds on a TiDB server from 8.2 on: run it with TIDB_URL. */
describe('the DDL since a moment', () => {
  async function prepare() {
    const tidb = await tidbUnderTest(['shop', 'other']);
    open.push(() => tidb.stop());
    await tidb.run('DROP USER IF EXISTS backup', ...CREATE_ACCOUNT);
    return { tidb, control: controlOf(tidb.port, tidb.host), moment: () => moment(tidb) };
  }

  /** Later than everything so far, and earlier than what comes. */
  async function moment(tidb: TidbUnderTest): Promise<string> {
    await pause();
    const connection = await tidb.connect();
    open.push(() => connection.destroy());
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const [rows] = await connection.query({ sql: 'SELECT @@tidb_current_ts', rowsAsArray: true });
    await pause();
    return String(Array.isArray(rows) && rows[0]);
  }

  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

  it('is listed in order, without what came before', async () => {
    const { tidb, control, moment } = await prepare();
    await tidb.run('CREATE TABLE shop.a (id INT)');
    const base = await moment();
    expect(await jobsSince(control, base)).toEqual([]);
    await tidb.run(
      'ALTER TABLE shop.a ADD COLUMN b INT, ADD COLUMN c INT',
      'CREATE INDEX i ON shop.a (b)',
      'DROP TABLE shop.a',
      'DROP DATABASE shop',
    );
    expect(await jobsSince(control, base)).toEqual([
      'alter table multi-schema change shop.a',
      'add column /* subjob */ shop.a',
      'add column /* subjob */ shop.a',
      'add index shop.a',
      'drop table shop.a',
      'drop schema shop.',
    ]);
  });

  it('ends at a snapshot that is chosen before it is read', async () => {
    const { tidb, control, moment } = await prepare();
    const base = await moment();
    const { snapshotTso } = await control.ddlSince(base);
    await tidb.run('CREATE TABLE shop.a (id INT)');
    const after = await moment();
    expect(BigInt(base) < BigInt(snapshotTso) && BigInt(snapshotTso) < BigInt(after)).toBe(true);
    expect(await jobsSince(control, snapshotTso)).toEqual(['create table shop.a']);
  });

  it('gives the former name of a renamed table by id', async () => {
    const { tidb, control, moment } = await prepare();
    await tidb.run('CREATE TABLE shop.a (id INT)', 'RENAME TABLE shop.a TO shop.b', 'CREATE TABLE shop.c (id INT)');
    const base = await moment();
    await tidb.run('RENAME TABLE shop.b TO other.b', 'TRUNCATE TABLE shop.c', 'RENAME TABLE shop.c TO shop.d');

    const { ddl } = await control.ddlSince(base);

    const [renamed, , emptied] = ddl.jobs;
    expect(ddl.formerNames.get(renamed?.tableId ?? '')).toEqual({ database: 'shop', table: 'b' });
    expect(ddl.formerNames.has(emptied?.tableId ?? '')).toBe(false);
  });

  it('shows a DROP of several tables, which is a job for each', async () => {
    const { tidb, control, moment } = await prepare();
    await tidb.run('CREATE TABLE shop.a (id INT)', 'CREATE TABLE shop.b (id INT)', 'CREATE TABLE shop.c (id INT)');
    const base = await moment();
    await tidb.run('DROP TABLE shop.a, shop.b', 'DROP TABLE shop.c');
    await tidb.run('CREATE TABLE shop.c (id INT)', 'DROP TABLE shop.c');
    const { ddl } = await control.ddlSince(base);
    expect(ddl.jobs.filter(({ dropsOthers }) => dropsOthers).map(({ table }) => table)).toEqual(['a', 'b']);
  });

  it('shows which tables RESTORE created', async () => {
    const { tidb, control, moment } = await prepare();
    const base = await moment();
    await tidb.run('/*from(br)*/CREATE TABLE shop.a (id INT)', 'CREATE TABLE shop.b (id INT)');
    const { ddl } = await control.ddlSince(base);
    expect(ddl.jobs.map(({ byRestore }) => byRestore)).toEqual([true, false]);
  });

  it('is unreadable for an account that does not see all of it, and says what is missing', async () => {
    const { tidb, control, moment } = await prepare();
    await tidb.run('REVOKE PROCESS ON *.* FROM backup', 'GRANT SELECT ON shop.* TO backup');
    await expect(control.ddlSince(await moment())).rejects.toMatchObject({
      name: 'DdlHistoryUnreadable',
      message: expect.stringMatching(/^the schema changes since the base cannot be read: .*must have PROCESS/),
    });
  });

  it('is unreadable if the history does not reach back to the moment', async () => {
    const { control } = await prepare();
    const before = String(BigInt(Date.UTC(2015, 0, 1)) << 18n);
    await expect(control.ddlSince(before)).rejects.toMatchObject({
      name: 'DdlHistoryUnreadable',
      message: 'the history of DDL does not reach back to the base',
    });
  });
});

describe('the DDL since a moment, by the times that a release shows', () => {
  async function prepare(version: string) {
    let now = Date.UTC(2026, 2, 1);
    const world = await EngineWorld.start({ version, clock: () => now });
    const root = await world.connect();
    await root.run(...CREATE_ACCOUNT, 'CREATE DATABASE shop');
    const control = controlOf(world.sandbox.port);
    return { root, control, wait: (millis: number) => (now += millis) };
  }

  async function currentTso(root: Client): Promise<string> {
    await root.run('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const tso = String(await root.value('SELECT @@tidb_current_ts'));
    await root.run('ROLLBACK');
    return tso;
  }

  it.each([
    ['6.5', 5, true],
    ['8.1', 999, true],
    ['8.1', 1_000, false],
    ['8.2', 0, true],
    ['8.2', 1, false],
    ['8.5', 1, false],
  ])('on TiDB %s, %i ms after a job, counts it: %s', async (version, millis, counts) => {
    const { root, control, wait } = await prepare(version);
    wait(5_000);
    await root.run('CREATE TABLE shop.a (id INT)');
    wait(millis);
    const { ddl } = await control.ddlSince(await currentTso(root));
    expect(ddl.jobs.map(({ mayPrecedeBase }) => mayPrecedeBase)).toEqual(counts ? [true] : []);
  });

  it('is certain for a job in a later second, or millisecond', async () => {
    for (const [version, millis] of [
      ['8.1', 1_000],
      ['8.5', 1],
    ] as const) {
      const { root, control, wait } = await prepare(version);
      const base = await currentTso(root);
      wait(millis);
      await root.run('CREATE TABLE shop.a (id INT)');
      const { ddl } = await control.ddlSince(base);
      expect(ddl.jobs.at(-1)).toMatchObject({ type: 'create table', mayPrecedeBase: false });
    }
  });
});
