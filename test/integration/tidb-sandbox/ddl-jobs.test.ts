import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tidbUnderTest } from '../../support/tidb-under-test.ts';
import { type Client, EngineWorld } from './engine-world.ts';

async function jobsOf(client: Client, columns = 'JOB_TYPE, DB_NAME, TABLE_NAME') {
  return client.rows(`SELECT ${columns} FROM information_schema.ddl_jobs WHERE DB_NAME = 'shop' ORDER BY JOB_ID`);
}

async function shop(version?: string) {
  const world = await EngineWorld.start(version === undefined ? {} : { version });
  const client = await world.connectTo('Shop');
  return { world, client };
}

describe('the history of DDL', () => {
  it("lists each statement that changes the schema, with TiDB's type", async () => {
    const { client } = await shop();
    await client.run(
      'CREATE TABLE T (id int PRIMARY KEY, v varchar(10))',
      'ALTER TABLE T ADD COLUMN n int',
      'ALTER TABLE T ADD INDEX i (v)',
      'CREATE INDEX j ON T (n)',
      'DROP INDEX j ON T',
      'ALTER TABLE T MODIFY COLUMN v varchar(20)',
      'ALTER TABLE T CHANGE v w varchar(20)',
      'ALTER TABLE T RENAME COLUMN w TO v',
      'ALTER TABLE T DROP COLUMN n',
      "ALTER TABLE T COMMENT 'goods'",
      'TRUNCATE TABLE T',
      'RENAME TABLE T TO U',
      'ALTER TABLE U RENAME TO T',
      'DROP TABLE T',
      'DROP DATABASE Shop',
    );
    expect(await jobsOf(client)).toEqual([
      ['create schema', 'shop', ''],
      ['create table', 'shop', 't'],
      ['add column', 'shop', 't'],
      ['add index /* ingest */', 'shop', 't'],
      ['add index /* ingest */', 'shop', 't'],
      ['drop index', 'shop', 't'],
      ['modify column', 'shop', 't'],
      ['modify column', 'shop', 't'],
      ['modify column', 'shop', 't'],
      ['drop column', 'shop', 't'],
      ['modify table comment', 'shop', 't'],
      ['truncate table', 'shop', 't'],
      ['rename table', 'shop', 'u'],
      ['rename table', 'shop', 't'],
      ['drop table', 'shop', 't'],
      ['drop schema', 'shop', ''],
    ]);
  });

  it('has one more row for each part of a multi-part ALTER TABLE', async () => {
    const { client } = await shop();
    await client.run('CREATE TABLE t (a int)', 'ALTER TABLE t ADD COLUMN b int, ADD INDEX i (b)');
    expect((await jobsOf(client, 'JOB_TYPE')).flat().slice(-3)).toEqual([
      'alter table multi-schema change',
      'add column /* subjob */',
      'add index /* subjob */ /* ingest */',
    ]);
  });

  it('names all tables of a batch RENAME TABLE in one job', async () => {
    const { client } = await shop();
    await client.run('CREATE TABLE a (x int)', 'CREATE TABLE b (y int)', 'INSERT INTO a VALUES (1)');
    await client.run('RENAME TABLE a TO c, b TO a, c TO b');
    expect((await jobsOf(client)).at(-1)).toEqual(['rename tables', 'shop', 'b,a,b']);
    expect(await client.rows('SELECT x FROM b')).toEqual([[1]]);
    expect(await client.rows('SHOW COLUMNS FROM a')).toEqual([expect.arrayContaining(['y'])]);
  });

  it('renames all tables of a statement or none', async () => {
    const { client } = await shop();
    await client.run('CREATE TABLE a (x int)', 'CREATE TABLE b (y int)');
    expect(await client.refusal('RENAME TABLE a TO c, missing TO d')).toMatchObject({ errno: 1146 });
    expect(await client.refusal('RENAME TABLE a TO c, b TO c')).toMatchObject({ errno: 1050 });
    expect(await client.rows('SHOW TABLES')).toEqual([['a'], ['b']]);
  });

  it('keeps the id of a renamed table and gives a truncated one a new id', async () => {
    const { client } = await shop();
    const idOf = (table: string) =>
      client.value(`SELECT TIDB_TABLE_ID FROM information_schema.tables WHERE TABLE_NAME = '${table}'`);
    await client.run('CREATE TABLE a (x int)');
    const id = await idOf('a');
    await client.run('RENAME TABLE a TO b');
    expect(await idOf('b')).toBe(id);
    await client.run('TRUNCATE TABLE b');
    expect(await idOf('b')).not.toBe(id);
    expect((await jobsOf(client, 'TABLE_ID')).slice(-2)).toEqual([[id], [id]]);
  });

  it('records no job for a statement that changes nothing', async () => {
    const { client } = await shop();
    await client.run('CREATE DATABASE IF NOT EXISTS Shop', 'DROP TABLE IF EXISTS none');
    expect(await client.refusal('DROP TABLE none')).toMatchObject({ errno: 1051 });
    expect(await jobsOf(client, 'JOB_TYPE')).toEqual([['create schema']]);
  });

  it("starts before a user's first statement", async () => {
    const { client } = await shop();
    const [first] = await client.rows('SELECT DB_NAME, JOB_TYPE FROM information_schema.ddl_jobs ORDER BY JOB_ID');
    expect(first).toEqual(['test', 'create schema']);
  });

  it.each([
    ['8.1', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/],
    ['8.2', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000$/],
  ])('shows times in the session time zone as %s does', async (version, pattern) => {
    const { client } = await shop(version);
    await client.run("SET time_zone = '+00:00'");
    const utc = String((await jobsOf(client, 'END_TIME'))[0]);
    await client.run("SET time_zone = '+02:00'");
    const later = String((await jobsOf(client, 'END_TIME'))[0]);
    expect(utc).toMatch(pattern);
    expect(Date.parse(later) - Date.parse(utc)).toBe(7_200_000);
  });

  it('shows an account the jobs on objects on which it has a static privilege', async () => {
    const { world, client } = await shop();
    await client.run('CREATE TABLE t (a int)', 'CREATE DATABASE other');
    for (const [user, grant, expected] of [
      ['dynamic', 'BACKUP_ADMIN ON *.*', []],
      ['one', 'SELECT ON Shop.t', ['create table']],
      ['process', 'PROCESS ON *.*', ['create schema', 'create table']],
    ] as const) {
      await client.run(`CREATE USER '${user}' IDENTIFIED BY 'p'`, `GRANT ${grant} TO '${user}'`);
      const other = await world.connect({ user, password: 'p' });
      expect((await jobsOf(other, 'JOB_TYPE')).flat()).toEqual(expected);
    }
  });

  it('is shown by ADMIN SHOW DDL JOBS to administrators, the newest jobs first', async () => {
    const { world, client } = await shop();
    await client.run('CREATE TABLE t (a int)', 'ALTER TABLE t ADD COLUMN b int');
    const jobs = await client.objects('ADMIN SHOW DDL JOBS 2');
    expect(jobs.map(({ JOB_TYPE }) => JOB_TYPE)).toEqual(['add column', 'create table']);
    expect(jobs[0]).not.toHaveProperty('QUERY');
    expect(await client.rows("ADMIN SHOW DDL JOBS WHERE JOB_TYPE = 'add column'")).toHaveLength(1);
    await client.run("CREATE USER 'u' IDENTIFIED BY 'p'", "GRANT PROCESS, SELECT ON *.* TO 'u'");
    const other = await world.connect({ user: 'u', password: 'p' });
    expect(await other.refusal('ADMIN SHOW DDL JOBS')).toMatchObject({
      errno: 8121,
      message: "privilege check for 'Super' fail",
    });
  });

  it('survives a restart of the cluster', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'ddl-'));
    const first = await EngineWorld.start({ dataDir });
    await first.connectTo('shop');
    await first.stop();
    const second = await EngineWorld.start({ dataDir });
    expect(await jobsOf(await second.connect(), 'JOB_TYPE, QUERY')).toEqual([
      ['create schema', 'CREATE DATABASE shop'],
    ]);
    await second.stop();
    await rm(dataDir, { recursive: true });
  });
});

describe('MODIFY COLUMN', () => {
  it('makes changes that leave the rows unchanged, and refuses others', async () => {
    const { client } = await shop();
    await client.run('CREATE TABLE t (id int PRIMARY KEY, v varchar(3))', "INSERT INTO t VALUES (1, 'abc')");
    await client.run('ALTER TABLE t MODIFY id bigint', "ALTER TABLE t CHANGE COLUMN v w varchar(5) DEFAULT 'x'");
    await client.run("INSERT INTO t VALUES (10000000000, 'abcde')", 'INSERT INTO t (id) VALUES (2)');
    expect(await client.rows('SELECT id, w FROM t ORDER BY id')).toEqual([
      ['1', 'abc'],
      ['2', 'x'],
      ['10000000000', 'abcde'],
    ]);
    expect(await client.refusal('ALTER TABLE t MODIFY w varchar(2)')).toMatchObject({ errno: 1105 });
    expect(await client.refusal('ALTER TABLE t MODIFY none int')).toMatchObject({ errno: 1054 });
    expect(await client.refusal('ALTER TABLE t RENAME COLUMN w TO ID')).toMatchObject({ errno: 1060 });
  });
});

/** All of it also holds on a TiDB server: run it with TIDB_URL. */
describe('partitions', () => {
  const RANGES = 'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))';

  it('are dropped, emptied and exchanged with their rows', async () => {
    const tidb = await tidbUnderTest(['shop']);
    await tidb.run(
      `CREATE TABLE shop.p (id INT, v VARCHAR(9)) ${RANGES}`,
      'CREATE TABLE shop.t (id INT, v VARCHAR(9))',
    );
    await tidb.run("INSERT INTO shop.p VALUES (1, 'a'), (11, 'b'), (12, 'c')", "INSERT INTO shop.t VALUES (15, 'd')");
    const ids = async (table: string) =>
      (await tidb.run(`SELECT id FROM shop.${table} ORDER BY id`)).flat().map(Number);
    const idOf = () =>
      tidb.run("SELECT TIDB_TABLE_ID FROM information_schema.tables WHERE TABLE_NAME = 't' AND TABLE_SCHEMA = 'shop'");
    const before = await idOf();

    await tidb.run('ALTER TABLE shop.p EXCHANGE PARTITION p1 WITH TABLE shop.t');

    expect([await ids('p'), await ids('t')]).toEqual([
      [1, 15],
      [11, 12],
    ]);
    expect(await idOf()).not.toEqual(before);
    const [job] = await tidb.run(
      "SELECT TABLE_NAME, TABLE_ID FROM information_schema.ddl_jobs WHERE JOB_TYPE = 'exchange partition' LIMIT 1",
    );
    expect(job).toEqual(['p', before.flat()[0]]);
    expect(await tidb.refusal('ALTER TABLE shop.p EXCHANGE PARTITION p0 WITH TABLE shop.t')).toMatchObject({
      errno: 1737,
    });

    await tidb.run('ALTER TABLE shop.p TRUNCATE PARTITION p1');
    expect(await ids('p')).toEqual([1]);
    await tidb.run('INSERT INTO shop.p VALUES (16, NULL)', 'ALTER TABLE shop.p DROP PARTITION p0');
    expect(await ids('p')).toEqual([16]);
    expect(await tidb.refusal('ALTER TABLE shop.p DROP PARTITION p1')).toMatchObject({ errno: 1508 });
    await tidb.stop();
  });
});
