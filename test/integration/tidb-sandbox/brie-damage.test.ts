import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrieWorld, literal, type TestConnection } from './brie-world.ts';

let world: BrieWorld;
let sql: TestConnection;
beforeAll(async () => {
  world = await BrieWorld.start();
  sql = await (await world.cluster()).connect();
  await sql.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', 'INSERT INTO d.t VALUES (1), (2)');
});
afterAll(() => world.stop());

const emptyCluster = async (options: Parameters<BrieWorld['cluster']>[0] = {}) =>
  (await world.cluster(options)).connect();

/** The errors of SHOW BACKUP METADATA and of a RESTORE of the backup. */
async function answers(url: string): Promise<{ shown: unknown; restored: unknown }> {
  const from = literal(url);
  const target = await emptyCluster();
  const told = (error: { errno: number; message: string }) => `${error.errno} ${error.message}`;
  return {
    shown: await sql.rows(`SHOW BACKUP METADATA FROM ${from}`).catch(told),
    restored: await target.run(`RESTORE DATABASE d FROM ${from}`).catch(told),
  };
}

describe('a part of a backup in a directory', () => {
  async function damaged(damage: (directory: string) => Promise<unknown>) {
    const directory = await world.directory();
    await sql.run(`BACKUP DATABASE d TO 'local://${directory}'`);
    await damage(directory);
    return { directory, ...(await answers(`local://${directory}`)) };
  }
  const partOf = (name: string) => (directory: string) => path.join(directory, name);
  const schemas = partOf('backupmeta.schema.000000002');
  const files = partOf('backupmeta.datafile.000000001');
  const meta = partOf('backupmeta');

  it('that is missing is a missing file', async () => {
    const { directory, shown, restored } = await damaged((where) => rm(meta(where)));
    expect(shown).toBe(`1105 open ${directory}/backupmeta: no such file or directory`);
    expect(restored).toBe(
      `8125 Restore failed: load backupmeta failed: open ${directory}/backupmeta: no such file or directory`,
    );
  });

  it('that is truncated ends too soon', async () => {
    const { shown, restored } = await damaged(async (where) =>
      truncate(meta(where), (await stat(meta(where))).size - 1),
    );
    expect(shown).toBe('1105 unexpected EOF');
    expect(restored).toBe('8125 Restore failed: parse backupmeta failed because of wrong aes cipher: unexpected EOF');
  });

  it('that is something else is not a message', async () => {
    const { shown, restored } = await damaged((where) => writeFile(meta(where), 'something else'));
    expect(shown).toMatch(/^1105 proto: /);
    expect(restored).toMatch(/^8125 Restore failed: parse backupmeta failed because of wrong aes cipher: proto: /);
  });

  it('that is empty says nothing, which only a restore notices', async () => {
    const { shown, restored } = await damaged((where) => truncate(meta(where), 0));
    expect(shown).toEqual([]);
    expect(restored).toMatch(
      /^8125 Restore failed: the value 'new_collation_enabled' not found in backupmeta\. .*: \[BR:Common:ErrUnknown\]internal error$/,
    );
  });

  it.each([
    ['changed', (file: string) => writeFile(file, 'something else')],
    ['empty', (file: string) => truncate(file, 0)],
  ])('with schemas that is %s does not match its checksum', async (_, damage) => {
    const { shown, restored } = await damaged((where) => damage(schemas(where)));
    const mismatch = 'invalid metafile: checksum mismatch expect [0-9a-f]{64}, got [0-9a-f]{64}';
    expect(shown).toMatch(new RegExp(`^1105 ${mismatch}$`));
    expect(restored).toMatch(new RegExp(`^8125 Restore failed: \\[BR:Common:ErrInvalidMetaFile\\]${mismatch}$`));
  });

  it('with schemas that is missing is a missing file', async () => {
    const { directory, shown, restored } = await damaged((where) => rm(schemas(where)));
    const missing = `open ${schemas(directory)}: no such file or directory`;
    expect(shown).toBe(`1105 ${missing}`);
    expect(restored).toBe(`8125 Restore failed: ${missing}`);
  });

  it('about the files is only noticed by a restore', async () => {
    const { shown, restored } = await damaged((where) => writeFile(files(where), 'something else'));
    expect(shown).toHaveLength(1);
    expect(restored).toMatch(/^8125 Restore failed: \[BR:Common:ErrInvalidMetaFile\]invalid metafile: checksum/);
  });
});

describe('a part of a backup in S3', () => {
  it.each(['backupmeta', 'backupmeta.schema.000000002'])('that is missing has the code of S3: %s', async (name) => {
    const prefix = world.newPrefix();
    await sql.run(`BACKUP DATABASE d TO 's3://${world.bucket}/${prefix}'`);
    await world.remove(`${prefix}/${name}`);
    const { shown, restored } = await answers(`s3://${world.bucket}/${prefix}`);
    expect(shown).toMatch(/^1105 (?!.*\[BR:).*NoSuchKey/s);
    expect(restored).toMatch(/^8125 Restore failed: .*NoSuchKey/s);
  });
});

describe('RESTORE refuses', () => {
  it('a cluster with other collations', async () => {
    const directory = await world.directory();
    await sql.run(`BACKUP DATABASE d TO 'local://${directory}'`);
    const target = await emptyCluster({ newCollation: false });
    await expect(target.run(`RESTORE DATABASE d FROM 'local://${directory}'`)).rejects.toMatchObject({
      errno: 8125,
      message:
        "Restore failed: the config 'new_collation_enabled' not match, upstream:True, downstream: False: [BR:Common:ErrUnknown]internal error",
    });
  });

  it.each([
    [
      { logBackupTask: 'pitr' },
      'failed to check task exists: log backup task is running: pitr, please stop the task before restore, and after PITR operation finished, create log-backup task again and create a full backup on this cluster',
    ],
    [
      { changefeed: 'to-kafka' },
      'found CDC changefeed(s): cluster/namespace: default/default changefeed(s): [to-kafka], please remove changefeed(s) before restore',
    ],
  ])('beside %j, until it has ended', async (replication, reason) => {
    const directory = await world.directory();
    await sql.run(`BACKUP DATABASE d TO 'local://${directory}'`);
    const target = await emptyCluster();
    const restore = `RESTORE DATABASE d FROM 'local://${directory}'`;
    await target.run(`SET GLOBAL sandbox_faults = ${literal(JSON.stringify([replication]))}`);
    await expect(target.run(restore)).rejects.toMatchObject({ errno: 8125, message: `Restore failed: ${reason}` });
    await target.run("SET GLOBAL sandbox_faults = '[]'", restore);
  });
});
