import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TidbUnderTest, tidbUnderTest } from '../../support/tidb-under-test.ts';
import { EngineWorld } from './engine-world.ts';

/** All of it also holds on a TiDB server: run it with TIDB_URL. */
describe('settings', () => {
  let tidb: TidbUnderTest;

  beforeAll(async () => {
    tidb = await tidbUnderTest(['settings_1']);
    await tidb.run('CREATE TABLE settings_1.t (id INT PRIMARY KEY)');
  });
  afterAll(() => tidb.stop());

  it('end a SELECT that exceeds max_execution_time, and nothing else', async () => {
    await tidb.run('SET max_execution_time = 200');

    expect(await tidb.run('SELECT SLEEP(20)')).toEqual([['1']]);
    await tidb.run('SET max_execution_time = 0');
    expect(await tidb.run('SELECT SLEEP(0.3)')).toEqual([['0']]);
  });

  it('disconnect a client that is idle in a transaction, but not outside', async () => {
    const [within, without] = [await tidb.connect(), await tidb.connect()];
    for (const connection of [within, without]) await connection.query('SET tidb_idle_transaction_timeout = 1');
    const ended = once(within, 'error');
    await within.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');

    const [error] = await ended;

    expect(error).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
    await sleep(100);
    await without.query('SELECT 1');
    without.destroy();
  });

  it('refuse a moment in the future, and invalid ones', async () => {
    for (const moment of ['9223372036854775807', '2037-01-01 00:00:00']) {
      expect(await tidb.refusal(`SET tidb_snapshot = '${moment}'`)).toMatchObject({
        errno: 1105,
        message: 'cannot set read timestamp to a future time',
      });
    }
    expect(await tidb.refusal("SET tidb_snapshot = 'soon'")).toMatchObject({ errno: 1292 });
  });

  it('show a duration as Go prints it', async () => {
    for (const [written, shown] of [
      ['26h', '26h0m0s'],
      ['90m', '1h30m0s'],
      ['10m0s', '10m0s'],
    ]) {
      await tidb.run(`SET GLOBAL tidb_gc_life_time = '${written}'`);
      expect(await tidb.run('SELECT @@tidb_gc_life_time')).toEqual([[shown]]);
    }
  });

  it('are 1193 for an unknown name, and an empty query is OK', async () => {
    expect(await tidb.refusal('SET no_such_variable = 1')).toMatchObject({ errno: 1193 });
    expect(await tidb.refusal('SELECT @@no_such_variable')).toMatchObject({
      errno: 1193,
      message: "Unknown system variable 'no_such_variable'",
    });
    for (const empty of ['', ';', '-- nothing']) expect(await tidb.run(empty)).toEqual([]);
  });

  it('accept only existing engines', async () => {
    await tidb.run("SET tidb_isolation_read_engines = 'tikv,tidb'");

    expect(await tidb.run('SELECT @@tidb_isolation_read_engines')).toEqual([['tikv,tidb']]);
    expect(await tidb.refusal("SET tidb_isolation_read_engines = 'disk'")).toMatchObject({ errno: 1231 });
  });

  it('return the moment of a transaction as text', async () => {
    expect(await tidb.run('SELECT @@tidb_current_ts')).toEqual([['0']]);
    await tidb.run('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const [[moment] = []] = await tidb.run('SELECT @@tidb_current_ts');

    expect(moment).toMatch(/^\d{18}$/);
    await tidb.run('ROLLBACK');
  });
});

describe('of the sandbox alone', () => {
  it('a SELECT from a table ends with 3024 when it takes too long', async () => {
    const world = await EngineWorld.start({ faults: [{ match: '^SELECT \\* FROM t', action: 'hang' }] });
    const client = await world.connectTo('slow');
    await client.run('CREATE TABLE t (id INT)', 'SET max_execution_time = 50');

    expect(await client.refusal('SELECT * FROM t')).toMatchObject({ errno: 3024 });
  });

  it('a snapshot before the GC safe point is 8055, even 1', async () => {
    const client = await (await EngineWorld.start({ clock: Date.now })).connect();

    for (const moment of ['1', '2020-01-01 00:00:00']) {
      expect(await client.refusal(`SET tidb_snapshot = '${moment}'`)).toMatchObject({
        errno: 8055,
        message: expect.stringMatching(/^snapshot is older than GC safe point \d{4}-\d\d-\d\d /),
      });
    }
  });

  it.each([
    ['7.5.6', 'int(11)', 1193],
    ['8.5.0', 'int', undefined],
  ])('%s shows a column as %s', async (version, type, errno) => {
    const client = await (await EngineWorld.start({ version })).connectTo('shown');
    await client.run('CREATE TABLE t (id INT)');

    expect(await client.value("SELECT COLUMN_TYPE FROM information_schema.columns WHERE TABLE_NAME = 't'")).toBe(type);
    const vector = 'CREATE TABLE v (v VECTOR(2))';
    if (errno === undefined) await client.run(vector);
    else expect(await client.refusal(vector)).toMatchObject({ errno: 1064 });
    const setting = 'SET tidb_idle_transaction_timeout = 0';
    if (errno === undefined) await client.run(setting);
    else expect(await client.refusal(setting)).toMatchObject({ errno });
  });

  it("knows a table's size a minute after it was filled", async () => {
    const now = { millis: Date.parse('2030-01-01T00:00:00Z') };
    const client = await (await EngineWorld.start({ clock: () => now.millis })).connectTo('counted');
    await client.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)');
    const facts = () =>
      client.rows("SELECT TABLE_ROWS, DATA_LENGTH > 0 FROM information_schema.tables WHERE TABLE_NAME = 't'");

    expect(await facts()).toEqual([['0', '0']]);
    now.millis += 61_000;
    expect(await facts()).toEqual([['2', '1']]);
  });

  it("reads floats of a table with a TiFlash replica in TiFlash's form, unless the session uses only TiKV", async () => {
    const client = await (await EngineWorld.start({ tiflashStores: 1 })).connectTo('engines');
    await client.run(
      'CREATE TABLE t (f FLOAT, d DOUBLE)',
      'INSERT INTO t VALUES (1e-7, 1e22)',
      'ALTER TABLE t SET TIFLASH REPLICA 1',
    );
    const texts = () => client.rows('SELECT CAST(f AS CHAR), CAST(d AS CHAR) FROM t');

    expect(await texts()).toEqual([['1e-7', '1e22']]);
    await client.run("SET tidb_isolation_read_engines = 'tikv,tidb'");
    expect(await texts()).toEqual([['0.0000001', '10000000000000000000000']]);
  });
});
