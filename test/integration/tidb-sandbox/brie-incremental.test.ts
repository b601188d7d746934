import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrieWorld, literal, type TestConnection } from './brie-world.ts';
import { contents } from './sample-data.ts';

let world: BrieWorld;
beforeAll(async () => {
  world = await BrieWorld.start();
});
afterAll(() => world.stop());

const newUrl = () => `s3://${world.bucket}/${world.newPrefix()}`;
const freshCluster = async (version = '8.5') => (await world.cluster({ version })).connect();

async function backUp(source: TestConnection, scope = 'DATABASE *', lastBackup?: unknown) {
  const url = newUrl();
  const option = lastBackup === undefined ? '' : ` LAST_BACKUP = ${lastBackup}`;
  const { BackupTS } = await source.row(`BACKUP ${scope} TO ${literal(url)}${option}`);
  return { url, ts: BackupTS };
}

async function restore(target: TestConnection, urls: readonly string[], scope = 'DATABASE *'): Promise<void> {
  for (const url of urls) await target.run(`RESTORE ${scope} FROM ${literal(url)}`);
}

interface Interval {
  readonly version?: string;
  /** Before the full backup. */
  readonly first?: readonly string[];
  /** Between it and the incremental one. */
  readonly since: readonly string[];
  readonly scope?: string;
}

/** The result of restoring a full backup and an incremental one into an empty cluster. */
async function restored({ version = '8.5', first = [], since, scope }: Interval) {
  const source = await freshCluster(version);
  await source.run(
    'CREATE DATABASE d',
    'CREATE TABLE d.t (id int PRIMARY KEY, v varchar(20))',
    "INSERT INTO d.t VALUES (1, 'one'), (2, 'two')",
    ...first,
  );
  const full = await backUp(source, scope);
  await source.run(...since);
  const incremental = await backUp(source, scope, full.ts);
  const target = await freshCluster(version);
  const failure = await restore(target, [full.url, incremental.url]).then(
    () => undefined,
    (error: { errno: number; message: string }) => error,
  );
  return { source, target, failure };
}

async function tablesOf(connection: TestConnection): Promise<string[]> {
  const rows = await connection.rows(
    "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.tables WHERE TABLE_SCHEMA IN ('d', 'e')",
  );
  return rows.map(({ TABLE_SCHEMA, TABLE_NAME }) => `${TABLE_SCHEMA}.${TABLE_NAME}`).sort();
}

const RANGES = 'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))';

describe('an incremental backup', () => {
  it('brings a cluster from its base to its own moment, link by link', async () => {
    const source = await freshCluster();
    await source.run(
      'CREATE DATABASE d',
      'CREATE TABLE d.kept (id int PRIMARY KEY, code varchar(20), UNIQUE KEY (code))',
      "INSERT INTO d.kept VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    );
    const full = await backUp(source);
    await source.run(
      'DELETE FROM d.kept WHERE id = 3',
      // The values of a unique index change places.
      "UPDATE d.kept SET code = 'x' WHERE id = 1",
      "UPDATE d.kept SET code = 'one' WHERE id = 2",
      "UPDATE d.kept SET code = 'two' WHERE id = 1",
      "INSERT INTO d.kept VALUES (4, 'four')",
      'CREATE TABLE d.added (a int PRIMARY KEY)',
      'INSERT INTO d.added VALUES (7)',
    );
    const first = await backUp(source, undefined, full.ts);
    await source.run('DELETE FROM d.added', "INSERT INTO d.kept VALUES (5, 'five')");
    const second = await backUp(source, undefined, first.ts);
    const metadata = await source.rows(`SHOW BACKUP METADATA FROM ${literal(second.url)}`);
    const counts = metadata
      .filter(({ Database }) => Database === 'd')
      .map(({ Table, Total_kvs }) => [Table, Total_kvs]);
    expect(counts.sort()).toEqual([
      ['added', '0'],
      ['kept', '1'],
    ]);
    expect(metadata[0]?.Time_range_start).toMatch(/^\d{4}-/);
    const target = await freshCluster();

    await restore(target, [full.url, first.url, second.url]);

    expect(await contents(target, ['d.kept', 'd.added'])).toEqual(await contents(source, ['d.kept', 'd.added']));
  });

  it.each([
    ['ADD COLUMN', ['ALTER TABLE d.t ADD COLUMN n int DEFAULT 7', "INSERT INTO d.t VALUES (3, 'three', 3)"]],
    ['DROP COLUMN', ['DROP INDEX i ON d.t', 'ALTER TABLE d.t DROP COLUMN v', 'INSERT INTO d.t VALUES (3)']],
    ['DROP INDEX', ['DROP INDEX i ON d.t', "INSERT INTO d.t VALUES (3, 'three')"]],
    ['RENAME TABLE', ['RENAME TABLE d.t TO d.u', "INSERT INTO d.u VALUES (3, 'three')"]],
    ['RENAME TABLE in turns', ['RENAME TABLE d.t TO d.x', 'RENAME TABLE d.s TO d.t', 'RENAME TABLE d.x TO d.s']],
    ['TRUNCATE TABLE', ['TRUNCATE TABLE d.t', "INSERT INTO d.t VALUES (3, 'three')"]],
    ['DROP TABLE and CREATE TABLE', ['DROP TABLE d.t', 'CREATE TABLE d.t (x int)', 'INSERT INTO d.t VALUES (9)']],
    [
      'DROP DATABASE and CREATE DATABASE with a table',
      ['DROP DATABASE d', 'CREATE DATABASE d', 'CREATE TABLE d.m (x int)', 'INSERT INTO d.m VALUES (9)'],
    ],
    [
      'CREATE TABLE and RENAME TABLE',
      ['CREATE TABLE d.o (x int)', 'RENAME TABLE d.o TO d.m', 'INSERT INTO d.m VALUES (9)'],
    ],
    ['EXCHANGE PARTITION', ['ALTER TABLE d.p EXCHANGE PARTITION p1 WITH TABLE d.n', 'INSERT INTO d.p VALUES (13)']],
    ['DROP PARTITION', ['ALTER TABLE d.p DROP PARTITION p1', 'INSERT INTO d.p VALUES (3)']],
    ['TRUNCATE PARTITION', ['ALTER TABLE d.p TRUNCATE PARTITION p1', 'INSERT INTO d.p VALUES (14)']],
    ['CREATE DATABASE', ['CREATE DATABASE e', 'CREATE TABLE e.n (x int)', 'INSERT INTO e.n VALUES (9)']],
  ])('restores %s correctly', async (_, since) => {
    const first = [
      'CREATE TABLE d.s (s int)',
      'INSERT INTO d.s VALUES (5)',
      'CREATE INDEX i ON d.t (v)',
      `CREATE TABLE d.p (id int) ${RANGES}`,
      'INSERT INTO d.p VALUES (1), (11), (12)',
      'CREATE TABLE d.n (id int)',
      'INSERT INTO d.n VALUES (19)',
    ];
    const { source, target, failure } = await restored({ first, since });
    expect(failure).toBeUndefined();
    const tables = await tablesOf(source);
    expect(await tablesOf(target)).toEqual(tables);
    expect(await contents(target, tables)).toEqual(await contents(source, tables));
  });

  it.each([
    ['DROP TABLE', ['DROP TABLE d.gone'], ['d.gone', 'd.t']],
    ['DROP DATABASE', ['DROP DATABASE e'], ['d.gone', 'd.t', 'e.f']],
    [
      'DROP DATABASE and CREATE DATABASE without a table',
      ['DROP DATABASE e', 'CREATE DATABASE e'],
      ['d.gone', 'd.t', 'e.f'],
    ],
    ['RENAME TABLE and DROP TABLE', ['RENAME TABLE d.gone TO d.x', 'DROP TABLE d.x'], ['d.gone', 'd.t']],
  ])('does not know of %s: removed objects reappear', async (_, since, expected) => {
    const first = ['CREATE TABLE d.gone (a int)', 'CREATE DATABASE e', 'CREATE TABLE e.f (a int)'];
    const { source, target, failure } = await restored({ first, since });
    expect(failure).toBeUndefined();
    expect(await tablesOf(target)).toEqual(expect.arrayContaining(expected));
    expect(await tablesOf(source)).not.toEqual(await tablesOf(target));
  });

  it('leaves a table that was renamed out of its scope where it was', async () => {
    const first = ['CREATE DATABASE e', 'CREATE TABLE d.s (s int)'];
    const { target, failure } = await restored({ first, since: ['RENAME TABLE d.s TO e.s'], scope: 'DATABASE d' });
    expect(failure).toBeUndefined();
    expect(await tablesOf(target)).toEqual(['d.s', 'd.t']);
  });

  it('cannot be restored over a table that was renamed into its scope', async () => {
    const first = ['CREATE DATABASE e', 'CREATE TABLE e.s (s int)'];
    const { failure } = await restored({ first, since: ['RENAME TABLE e.s TO d.s'], scope: 'DATABASE d' });
    expect(failure).toMatchObject({ errno: 8125, message: "Restore failed: Table 'e.s' doesn't exist" });
  });

  it.each([
    ['8.1', 'RENAME TABLE d.t TO d.x, d.s TO d.y'],
    ['8.5', 'RENAME TABLE d.t TO d.x, d.s TO d.t, d.x TO d.s'],
  ])('cannot be restored over a batch RENAME TABLE on TiDB %s', async (version, batch) => {
    const { failure } = await restored({ version, first: ['CREATE TABLE d.s (s int)'], since: [batch] });
    expect(failure).toMatchObject({
      errno: 8125,
      message: expect.stringMatching(/^Restore failed: Table 'd\.\w' already exists$/),
    });
  });

  describe.each([
    ['ADD INDEX', 'ALTER TABLE d.t ADD INDEX i (v)', 'add index'],
    ['CREATE INDEX', 'CREATE INDEX i ON d.t (v)', 'add index'],
    ['MODIFY COLUMN', 'ALTER TABLE d.t MODIFY COLUMN v varchar(40)', 'modify column'],
    ['RENAME COLUMN', 'ALTER TABLE d.t RENAME COLUMN v TO w', 'modify column'],
    [
      'REORGANIZE PARTITION',
      'ALTER TABLE d.p REORGANIZE PARTITION p0, p1 INTO (PARTITION q VALUES LESS THAN (20))',
      'alter table reorganize partition',
    ],
  ])('over %s', (_, ddl, type) => {
    it('is restored up to TiDB 8.2', async () => {
      const { source, target, failure } = await restored({
        version: '8.2',
        first: [`CREATE TABLE d.p (id int) ${RANGES}`],
        since: [ddl, "INSERT INTO d.t VALUES (3, 'x')"],
      });
      expect(failure).toBeUndefined();
      expect(await contents(target, ['d.t'])).toEqual(await contents(source, ['d.t']));
    });

    it('is refused from TiDB 8.3 on', async () => {
      const { target, failure } = await restored({
        version: '8.3',
        first: [`CREATE TABLE d.p (id int) ${RANGES}`],
        since: [ddl],
      });
      const message = new RegExp(
        `^Restore failed: DDL job ID:\\d+, Type:${type}, State:synced, .* is not allowed in incremental restore when --allow-pitr-from-incremental enabled: \\[BR:Restore:ErrRestoreModeMismatch\\]restore mode mismatch$`,
      );
      expect(failure).toMatchObject({ errno: 8125, message: expect.stringMatching(message) });
      expect(await target.rows("SHOW INDEX FROM d.t WHERE Key_name = 'i'")).toEqual([]);
    });
  });

  it("is not checked against the target's state", async () => {
    const source = await freshCluster();
    await source.run('CREATE DATABASE d', 'CREATE TABLE d.t (id int PRIMARY KEY)', 'INSERT INTO d.t VALUES (1)');
    const full = await backUp(source);
    await source.run('INSERT INTO d.t VALUES (2)');
    const first = await backUp(source, undefined, full.ts);
    await source.run('INSERT INTO d.t VALUES (3)');
    const second = await backUp(source, undefined, first.ts);
    const target = await freshCluster();

    await restore(target, [full.url, second.url]);

    expect(await target.rows('SELECT id FROM d.t')).toEqual([{ id: 1 }, { id: 3 }]);
  });

  it("does not include rows that a RESTORE brought since its base: they carry their backup's timestamps", async () => {
    const source = await freshCluster();
    await source.run('CREATE DATABASE d', 'CREATE TABLE d.t (id int)', 'INSERT INTO d.t VALUES (1)');
    const early = await backUp(source);
    await source.run('DROP TABLE d.t', 'CREATE TABLE d.s (id int)');
    const base = await backUp(source);
    await restore(source, [early.url]);
    await source.run('INSERT INTO d.t VALUES (2)');
    const link = await backUp(source, undefined, base.ts);
    const target = await freshCluster();

    await restore(target, [base.url, link.url]);

    expect(await source.rows('SELECT id FROM d.t ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await target.rows('SELECT id FROM d.t')).toEqual([{ id: 2 }]);
  });

  it('replays its DDL, even outside of what is restored', async () => {
    const source = await freshCluster();
    await source.run('CREATE DATABASE d', 'CREATE TABLE d.a (x int)', 'CREATE TABLE d.b (x int)');
    const full = await backUp(source);
    await source.run('USE d', 'DROP TABLE a, b', 'CREATE TABLE a (y int)');
    const incremental = await backUp(source, undefined, full.ts);
    const target = await freshCluster();
    await target.run('CREATE DATABASE d', 'CREATE TABLE d.b (mine int)');

    await restore(target, [full.url, incremental.url], 'TABLE d.a');

    expect(await tablesOf(target)).toEqual(['d.a']);
  });

  it("leaves its own DDL in the target's history, marked as BR's", async () => {
    const { target } = await restored({ since: ['CREATE TABLE d.n (x int)', 'ALTER TABLE d.n ADD COLUMN y int'] });
    const jobs = await target.rows(
      "SELECT JOB_TYPE, QUERY FROM information_schema.ddl_jobs WHERE DB_NAME = 'd' ORDER BY JOB_ID",
    );
    expect(jobs.map(({ JOB_TYPE, QUERY }) => [JOB_TYPE, String(QUERY).slice(0, 24)])).toEqual([
      ['create schema', '/*from(br)*/CREATE DATAB'],
      ['create tables', '/*from(br)*/CREATE TABLE'],
      ['create table', '/*from(br)*/CREATE TABLE'],
      ['add column', 'ALTER TABLE d.n ADD COLU'],
    ]);
  });
});
