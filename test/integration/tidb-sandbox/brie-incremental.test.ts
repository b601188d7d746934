import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrieWorld, literal, type TestConnection } from './brie-world.ts';
import { contents } from './sample-data.ts';

let world: BrieWorld;
beforeAll(async () => {
  world = await BrieWorld.start();
});
afterAll(() => world.stop());

const newUrl = () => `s3://${world.bucket}/${world.newPrefix()}`;
const freshCluster = async () => (await world.cluster()).connect();

interface Chain {
  readonly source: TestConnection;
  readonly full: string;
  readonly first: string;
  readonly second: string;
}

/** A full backup, and two incremental ones on top of each other, between rows and tables coming, changing and going. */
async function makeChain(): Promise<Chain> {
  const source = await freshCluster();
  const [full, first, second] = [newUrl(), newUrl(), newUrl()];
  await source.run(
    'CREATE DATABASE d',
    'CREATE DATABASE doomed',
    'CREATE TABLE doomed.t (a int)',
    'CREATE TABLE d.kept (id int PRIMARY KEY, code varchar(20), UNIQUE KEY (code))',
    'CREATE TABLE d.dropped (a int)',
    "INSERT INTO d.kept VALUES (1, 'one'), (2, 'two'), (3, 'three')",
  );
  const base = await source.row(`BACKUP DATABASE * TO ${literal(full)}`);
  await source.run(
    'DELETE FROM d.kept WHERE id = 3',
    // The values of a unique index change places.
    "UPDATE d.kept SET code = 'x' WHERE id = 1",
    "UPDATE d.kept SET code = 'one' WHERE id = 2",
    "UPDATE d.kept SET code = 'two' WHERE id = 1",
    "INSERT INTO d.kept VALUES (4, 'four')",
    'CREATE TABLE d.added (a int PRIMARY KEY)',
    'INSERT INTO d.added VALUES (7)',
    'DROP TABLE d.dropped',
    'DROP DATABASE doomed',
  );
  const link = await source.row(`BACKUP DATABASE * TO ${literal(first)} LAST_BACKUP = ${base.BackupTS}`);
  await source.run('DELETE FROM d.added', "INSERT INTO d.kept VALUES (5, 'five')");
  await source.run(`BACKUP DATABASE * TO ${literal(second)} LAST_BACKUP = ${link.BackupTS}`);
  return { source, full, first, second };
}

describe('an incremental backup', () => {
  it('brings a cluster from its base to its own moment: rows, deletions, tables and databases', async () => {
    const { source, full, first, second } = await makeChain();
    const target = await freshCluster();

    for (const url of [full, first, second]) await target.run(`RESTORE DATABASE * FROM ${literal(url)}`);

    expect(await contents(target, ['d.kept', 'd.added'])).toEqual(await contents(source, ['d.kept', 'd.added']));
    expect(await target.rows("SHOW DATABASES LIKE 'doomed'")).toEqual([]);
    expect(await target.rows("SHOW TABLES FROM d LIKE 'dropped'")).toEqual([]);
  });

  it('holds the changes alone, and says since when', async () => {
    const { source, second } = await makeChain();
    const rows = await source.rows(`SHOW BACKUP METADATA FROM ${literal(second)}`);
    const metadata = rows.filter(({ Database }) => Database === 'd');
    expect(metadata.map(({ Table, Total_kvs }) => [Table, Total_kvs]).sort()).toEqual([
      ['added', '0'],
      ['kept', '1'],
    ]);
    expect(metadata[0]?.Time_range_start).toMatch(/^\d{4}-/);
  });

  it.each([
    ['without its base', []],
    ['with a link left out', ['full']],
    ['twice', ['full', 'first', 'second']],
  ] as const)('is refused %s', async (_, restored) => {
    const chain = await makeChain();
    const target = await freshCluster();
    for (const link of restored) await target.run(`RESTORE DATABASE * FROM ${literal(chain[link])}`);
    await expect(target.run(`RESTORE DATABASE * FROM ${literal(chain.second)}`)).rejects.toMatchObject({
      errno: 8125,
      message: expect.stringMatching(/^Restore failed: .*\[BR:Restore:ErrRestoreInvalidBackup\]invalid backup$/),
    });
  });
});
