import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { BrieWorld, type TestCluster, type TestConnection } from './brie-world.ts';
import { loadRows } from './sample-data.ts';

const ROWS = 1_000;
const CHECKPOINT = '__TiDB_BR_Temporary_Snapshot_Restore_Checkpoint';
const OWN = ['__TiDB_BR_Temporary_mysql', '__TiDB_BR_Temporary_sys'];

let world: BrieWorld;
let source: TestConnection;
/** Of everything, and a later one. */
let [first, second] = ['', ''];
beforeAll(async () => {
  world = await BrieWorld.start();
  source = await (await world.cluster({ version: '7.5' })).connect();
  await source.run('CREATE DATABASE d', 'CREATE TABLE d.a (id int PRIMARY KEY)', 'INSERT INTO d.a VALUES (1), (2)');
  await loadRows(source, 'd.b', ROWS);
  first = await backUp('DATABASE *');
  second = await backUp('DATABASE *');
});
afterAll(() => world.stop());

async function backUp(scope: string): Promise<string> {
  const url = `s3://${world.bucket}/${world.newPrefix()}`;
  await source.run(`BACKUP ${scope} TO '${url}'`);
  return url;
}

/** A target in which a restore of the first backup was killed in its second table. */
async function killedRestore(version: string, scope = 'DATABASE *') {
  const target: TestCluster = await world.cluster({ version });
  const [worker, sql] = [await target.connect(), await target.connect()];
  const restore = `RESTORE ${scope} FROM '${first}'`;
  const id = await worker.connectionId();
  target.sandbox.setFaults([{ throttleMiBPerSecond: 0.5 }]);
  const ended = worker.run(restore);
  ended.catch(() => undefined);
  await until('rows of the second table', async () => ((await countOf(sql)) > 0 ? true : undefined));
  await sql.run(`KILL TIDB QUERY ${id}`);
  await expect(ended).rejects.toMatchObject({ errno: 8125 });
  target.sandbox.setFaults([]);
  return { sql, restore };
}

const countOf = async (sql: TestConnection): Promise<number> =>
  sql.row('SELECT COUNT(*) AS n FROM d.b').then(
    ({ n }) => Number(n),
    () => 0,
  );

async function leftovers(sql: TestConnection): Promise<unknown[]> {
  const rows = await sql.rows("SHOW DATABASES LIKE '\\_\\_TiDB\\_BR\\_Temporary%'");
  return rows.flatMap((row) => Object.values(row)).sort();
}

const registry = 'SELECT id, status, filter_strings, cmd FROM mysql.tidb_restore_registry';

describe.each(['8.4', '8.5.0', '8.5.5'])('a killed RESTORE of TiDB %s', (version) => {
  const hasRegistry = version === '8.5.5';

  it('leaves its checkpoint and temporary databases until the same statement is resumed and finishes', async () => {
    const { sql, restore } = await killedRestore(version);

    expect(await leftovers(sql)).toEqual([CHECKPOINT, ...OWN.slice(0, 1)].sort());
    if (hasRegistry) {
      expect(await sql.rows(registry)).toEqual([{ id: '1', status: 'paused', filter_strings: '*.*', cmd: 'Restore' }]);
    } else await expect(sql.rows(registry)).rejects.toMatchObject({ errno: 1146 });

    await sql.run(restore);

    expect(await countOf(sql)).toBe(ROWS);
    expect(await leftovers(sql)).toEqual([]);
    if (hasRegistry) expect(await sql.rows(registry)).toEqual([]);
  });

  it('blocks another backup, and part of the same', async () => {
    const { sql } = await killedRestore(version);
    await expect(sql.run(`RESTORE DATABASE * FROM '${second}'`)).rejects.toMatchObject({
      errno: 8125,
      message: expect.stringMatching(
        /^Restore failed: The current snapshot restore want to restore cluster to the BackupTS\[\d+\], which is different from that\[\d+\] recorded in checkpoint\. .*: \[BR:Restore:ErrRestoreCheckpointMismatch\]restore checkpoint mismatch$/,
      ),
    });
    await expect(sql.run(`RESTORE TABLE d.a FROM '${first}'`)).rejects.toMatchObject({
      errno: 8125,
      message:
        'Restore failed: checkpoint hash mismatch, please use the same setting as the previous restore: [BR:Restore:ErrRestoreCheckpointMismatch]restore checkpoint mismatch',
    });
  });

  it('treats tables that were dropped since as restored', async () => {
    const { sql, restore } = await killedRestore(version);
    await sql.run('DROP DATABASE d');
    if (hasRegistry) {
      await sql.run(restore);
      expect(await leftovers(sql)).toEqual([]);
    } else {
      await expect(sql.run(restore)).rejects.toMatchObject({
        errno: 8125,
        message: expect.stringContaining('ErrRestoreChecksumMismatch'),
      });
    }
    expect(await countOf(sql)).toBeLessThan(ROWS);
  });

  it('stops blocking once all its leftovers are removed', async () => {
    const { sql } = await killedRestore(version);
    const again = `RESTORE DATABASE * FROM '${second}' WITH_SYS_TABLE = FALSE`;
    await sql.run('DROP DATABASE d');
    for (const name of await leftovers(sql)) await sql.run(`DROP DATABASE ${name}`);
    if (hasRegistry) {
      await expect(sql.run(again)).rejects.toMatchObject({
        message: expect.stringMatching(
          /^Restore failed: table \S+ cannot be restored by current task with ID 2 because it is already being restored by task \(restoreId: 1, .*: \[BR:Restore:ErrTablesAlreadyExisted\]/,
        ),
      });
      await sql.run('DELETE FROM mysql.tidb_restore_registry WHERE id IN (1)');
    }
    await sql.run(again);
    expect(await countOf(sql)).toBe(ROWS);
    expect(await leftovers(sql)).toEqual([]);
  });
});

describe('a killed RESTORE of an older TiDB', () => {
  it.each(['7.1', '7.5.5', '8.3'])('%s resumes from its checkpoint beside the backup', async (version) => {
    const { sql, restore } = await killedRestore(version);
    const folder = `${first.slice(`s3://${world.bucket}/`.length)}/checkpoints`;

    expect(await leftovers(sql)).toEqual(['__TiDB_BR_Temporary_mysql']);
    expect(await world.keys(folder)).toContainEqual(expect.stringMatching(/^restore-\d+\/checkpoint\.meta$/));
    await sql.run('DROP DATABASE d', restore);

    expect(await countOf(sql)).toBe(ROWS);
    expect(await leftovers(sql)).toEqual([]);
    expect(await world.keys(folder)).toEqual([]);
  });

  it('6.5.11 starts again, and 6.5.12 blocks itself', async () => {
    const old = await killedRestore('6.5.11');
    await old.sql.run(old.restore);
    expect(await countOf(old.sql)).toBe(ROWS);

    const { sql, restore } = await killedRestore('6.5.12');
    await expect(sql.run(restore)).rejects.toMatchObject({
      message: expect.stringContaining('ErrTablesAlreadyExisted'),
    });
  });
});

describe('RESTORE onto an existing table', () => {
  it.each([
    ['6.5.11', false],
    ['6.5.12', true],
    ['7.1', false],
    ['7.1.7', true],
    ['7.5', false],
    ['7.5.5', true],
    ['7.6', false],
    ['8.1', false],
    ['8.1.2', true],
    ['8.2', false],
    ['8.3', false],
    ['8.4', true],
    ['8.5', true],
  ])('of TiDB %s is refused: %s', async (version, isRefused) => {
    const sql = await (await world.cluster({ version })).connect();
    await sql.run('CREATE DATABASE d', 'CREATE TABLE d.a (id int PRIMARY KEY)', 'INSERT INTO d.a VALUES (2), (3)');
    const refused = isRefused
      ? 'table already exists: d.a : [BR:Restore:ErrTablesAlreadyExisted]tables already existed in restored cluster'
      : 'failed to validate checksum: [BR:Restore:ErrRestoreChecksumMismatch]restore checksum mismatch';

    await expect(sql.run(`RESTORE TABLE d.a FROM '${first}'`)).rejects.toMatchObject({
      errno: 8125,
      message: `Restore failed: ${refused}`,
    });

    const ids = (await sql.rows('SELECT id FROM d.a ORDER BY id')).map(({ id }) => id);
    expect(ids).toEqual(isRefused ? [2, 3] : [1, 2, 3]);
  });
});
