import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { BrieWorld, literal, type TestConnection } from './brie-world.ts';
import { startS3Proxy } from './s3-proxy.ts';
import { loadRows } from './sample-data.ts';

let world: BrieWorld;
let sql: TestConnection;
beforeAll(async () => {
  world = await BrieWorld.start();
  sql = await newCluster();
});
afterAll(() => world.stop());

async function newCluster(options: Parameters<BrieWorld['cluster']>[0] = {}): Promise<TestConnection> {
  const connection = await (await world.cluster(options)).connect();
  await connection.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', 'INSERT INTO d.t VALUES (1), (2)');
  return connection;
}

const emptyCluster = async (options: Parameters<BrieWorld['cluster']>[0] = {}) =>
  (await world.cluster(options)).connect();

const invalidArgument = ': [BR:Common:ErrInvalidArgument]invalid argument';

describe('a path in use', () => {
  it('holds a backup', async () => {
    const prefix = world.newPrefix();
    const url = `s3://${world.bucket}/${prefix}`;
    await sql.run(`BACKUP DATABASE d TO ${literal(url)}`);
    await expect(sql.run(`BACKUP DATABASE d TO ${literal(url)}`)).rejects.toMatchObject({
      errno: 8124,
      sqlState: 'HY000',
      message: `Backup failed: backup meta file exists in s3://${world.bucket}/${prefix}//backupmeta, there may be some backup files in the path already, please specify a correct backup directory!${invalidArgument}`,
    });
  });

  it('holds a lock and foreign rows', async () => {
    const prefix = world.newPrefix();
    await world.put(`${prefix}/backup.lock`, '');
    await world.put(`${prefix}/1/9_1_x_1_write.sst`, '');
    await expect(sql.run(`BACKUP DATABASE d TO 's3://${world.bucket}/${prefix}'`)).rejects.toMatchObject({
      errno: 8124,
      message: `Backup failed: backup lock file and sst file exist in s3://${world.bucket}/${prefix}//backup.lock, there are some backup files in the path already, but hasn't checkpoint metadata, please specify a correct backup directory!${invalidArgument}`,
    });
  });

  it('is accepted with a lock alone', async () => {
    const prefix = world.newPrefix();
    await world.put(`${prefix}/backup.lock`, '');
    await expect(sql.run(`BACKUP DATABASE d TO 's3://${world.bucket}/${prefix}'`)).resolves.toBeUndefined();
  });
});

describe('a killed backup', () => {
  /** Dies in its second table. */
  async function killedBackup() {
    const cluster = await world.cluster({ ports: [0, 0] });
    const [worker, other] = [await cluster.connect(), await cluster.connect({ server: 1 })];
    await worker.run('CREATE DATABASE d', 'CREATE TABLE d.a (a int)', 'INSERT INTO d.a VALUES (1)');
    await loadRows(worker, 'd.b', 2000);
    const prefix = world.newPrefix();
    const statement = `BACKUP DATABASE d TO 's3://${world.bucket}/${prefix}'`;
    cluster.sandbox.setFaults([{ throttleMiBPerSecond: 0.5 }]);
    const ended = worker.run(statement);
    ended.catch(() => undefined);
    await until('the first table', async () =>
      (await world.keys(prefix)).find((name) => name.startsWith('checkpoints/backup/data/')),
    );
    const meanwhile = await other.run(statement).catch((error: unknown) => error);
    await other.run(`KILL TIDB QUERY ${await processId(other)}`);
    await expect(ended).rejects.toMatchObject({ errno: 8124 });
    cluster.sandbox.setFaults([]);
    return { sql: worker, prefix, statement, meanwhile };
  }

  async function processId(sql: TestConnection): Promise<unknown> {
    const processes = 'information_schema.cluster_processlist';
    return (await sql.row(`SELECT ID FROM ${processes} WHERE INFO LIKE 'BACKUP%'`)).ID;
  }

  it('is resumed in the same path, with its old snapshot', async () => {
    const { sql: again, prefix, statement } = await killedBackup();
    const left = await world.keys(prefix);
    const { backupTs } = JSON.parse(String(await world.get(`${prefix}/checkpoints/backup/checkpoint.meta`)));
    await again.run('INSERT INTO d.a VALUES (2)');

    const { BackupTS } = await again.row(statement);

    expect(BackupTS).toBe(backupTs);
    expect(await world.keys(prefix)).toEqual(expect.arrayContaining(left.filter((name) => name.endsWith('.sst'))));
    expect((await world.keys(prefix)).filter((name) => name.startsWith('checkpoints/'))).toEqual([]);
    const target = await emptyCluster();
    await target.run(`RESTORE DATABASE d FROM 's3://${world.bucket}/${prefix}'`);
    expect(await target.rows('SELECT a FROM d.a')).toEqual([{ a: 1 }]);
    expect(await target.rows('SELECT COUNT(*) AS n FROM d.b')).toMatchObject([{ n: expect.anything() }]);
  });

  it('is not resumed with another scope or other credentials', async () => {
    const { sql: again, prefix, statement } = await killedBackup();
    const url = `s3://${world.bucket}/${prefix}`;
    for (const other of [
      `BACKUP TABLE d.a TO '${url}'`,
      `${statement.slice(0, -1)}?access-key=a&secret-access-key=b'`,
    ]) {
      await expect(again.run(other)).rejects.toMatchObject({
        errno: 8124,
        message: `Backup failed: failed to backup to ${url}/, because the checkpoint mode is used, but the hashs of the configs are not the same. Please check the config${invalidArgument}`,
      });
    }
  });

  it('cannot be joined by another server while it runs', async () => {
    const { meanwhile } = await killedBackup();
    expect(meanwhile).toMatchObject({
      errno: 8124,
      message: expect.stringMatching(
        /^Backup failed: failed to acquire lock: the existing lock will expire in \d+ seconds/,
      ),
    });
  });
});

describe('a snapshot before the safe point', () => {
  const minutes = 60_000;

  it.each(['SNAPSHOT', 'LAST_BACKUP'])('is refused for %s', async (option) => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const connection = await newCluster({ clock: () => now });
    const { BackupTS } = await connection.row(`BACKUP DATABASE d TO 's3://${world.bucket}/${world.newPrefix()}'`);
    now += 11 * minutes;
    await expect(
      connection.run(`BACKUP DATABASE d TO 's3://${world.bucket}/${world.newPrefix()}' ${option} = ${BackupTS}`),
    ).rejects.toMatchObject({
      errno: 8124,
      message: expect.stringMatching(
        new RegExp(
          `^Backup failed: GC safepoint \\d+ exceed TS ${BackupTS}: \\[BR:Backup:ErrBackupGCSafepointExceeded\\]backup GC safepoint exceeded$`,
        ),
      ),
    });
  });

  it('is held while a backup reads it', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const connection = await newCluster({ clock: () => now });
    const { BackupTS } = await connection.row(`BACKUP DATABASE d TO 's3://${world.bucket}/${world.newPrefix()}'`);
    now += 9 * minutes;
    await expect(
      connection.run(`BACKUP DATABASE d TO 's3://${world.bucket}/${world.newPrefix()}' SNAPSHOT = ${BackupTS}`),
    ).resolves.toBeUndefined();
  });
});

describe('BACKUP', () => {
  const to = (options = '') => `BACKUP DATABASE d TO 's3://${world.bucket}/${world.newPrefix()}' ${options}`;

  it('refuses an incremental base from the future', async () => {
    await expect(sql.run(to('LAST_BACKUP = 9000000000000000000'))).rejects.toMatchObject({
      errno: 8124,
      message: `Backup failed: LastBackupTS is larger or equal to current TS${invalidArgument}`,
    });
  });

  it.each([
    ["SNAPSHOT = 'yesterday'", 1292, "Incorrect datetime value: 'yesterday'"],
    ["COMPRESSION_TYPE = 'gzip'", 1105, 'unsupported compression type: gzip'],
    ["ENCRYPTION_METHOD = 'rot13'", 1105, 'unsupported encryption method: rot13'],
    ["ENCRYPTION_METHOD = 'aes256-ctr'", 1105, "not supported by the sandbox: ENCRYPTION_METHOD 'aes256-ctr'"],
    ['SNAPSHOT = 9000000000000000000', 1105, 'not supported by the sandbox: a SNAPSHOT in the future'],
  ])('refuses %s', async (option, errno, message) => {
    await expect(sql.run(to(option))).rejects.toMatchObject({ errno, message });
  });

  it.each([
    ["'s3://bucket/%zz'", 1105, 'invalid destination URL: parse "s3://bucket/%zz": invalid URL escape "%zz"'],
    [
      "'s3:///path'",
      8124,
      'Backup failed: please specify the bucket for s3 in s3:///path: [BR:ExternalStorage:ErrStorageInvalidConfig]invalid external storage config',
    ],
    [
      "'s3://no-such-bucket/path'",
      8124,
      expect.stringMatching(
        /^Backup failed: failed to get region of bucket no-such-bucket: NotFound: Not Found\n\tstatus code: 404, request id: .*, host id: /,
      ),
    ],
    ["'noop://'", 1105, "not supported by the sandbox: storage of the kind 'noop'"],
  ])('refuses the URL %s', async (url, errno, message) => {
    await expect(sql.run(`BACKUP DATABASE * TO ${url}`)).rejects.toMatchObject({ errno, message });
  });

  it('fails if the store is unavailable', async () => {
    const proxy = await startS3Proxy(world.s3Endpoint);
    await proxy.stop();
    const url = `s3://${world.bucket}/${world.newPrefix()}?endpoint=${proxy.endpoint}`;
    await expect(sql.run(`BACKUP DATABASE d TO ${literal(url)}`)).rejects.toMatchObject({
      errno: 8124,
      message: `Backup failed: failed to get region of bucket ${world.bucket}: RequestError: send request failed\ncaused by: dial tcp ${new URL(proxy.endpoint).host}: connect: connection refused`,
    });
  });

  it('stays out of directories that its nodes have not mounted', async () => {
    const directory = await world.directory();
    const connection = await newCluster({ mounts: [{ path: '/nfs/backups', directory }] });

    await connection.run(`BACKUP DATABASE d TO 'local:///nfs/backups/inside'`);

    expect(await readdir(path.join(directory, 'inside'))).toContain('backupmeta');
    for (const outside of ['/nfs', '/nfs/backups-of-others', '/nfs/backups/../others', directory]) {
      await expect(connection.run(`BACKUP DATABASE d TO ${literal(`local://${outside}`)}`)).rejects.toMatchObject({
        errno: 8124,
        message: expect.stringContaining('is outside of the directories'),
      });
    }
  });

  it('names a table that does not exist, and requires a database', async () => {
    await expect(sql.run(`BACKUP TABLE d.missing TO 's3://b/p'`)).rejects.toMatchObject({
      errno: 1146,
      sqlState: '42S02',
      message: "Table 'd.missing' doesn't exist",
    });
    await expect(sql.run(`BACKUP TABLE t TO 's3://b/p'`)).rejects.toMatchObject({ errno: 1046, sqlState: '3D000' });
  });

  it('can be made to fail like a TiDB without TiKV', async () => {
    const fault = { match: '^BACKUP', action: 'error', message: 'BACKUP requires tikv store, not unistore' };
    const connection = await newCluster();
    await connection.run(`SET GLOBAL sandbox_faults = ${literal(JSON.stringify([fault]))}`);
    await expect(connection.run(to())).rejects.toMatchObject({ errno: 1105, message: fault.message });
  });

  it('accepts no placeholder for its URL', async () => {
    await expect(sql.raw.query('BACKUP DATABASE * TO ? CONCURRENCY = 4, 1', ['x'])).rejects.toMatchObject({
      errno: 1064,
    });
    await expect(sql.raw.execute('BACKUP DATABASE * TO ?', ['s3://b/p'])).rejects.toMatchObject({ errno: 1064 });
  });
});

describe('RESTORE', () => {
  it('names the tables in its way', async () => {
    const url = `s3://${world.bucket}/${world.newPrefix()}`;
    const source = await newCluster();
    await source.run('CREATE TABLE d.u (a int)', `BACKUP DATABASE * TO ${literal(url)}`);
    await expect(source.run(`RESTORE DATABASE * FROM ${literal(url)}`)).rejects.toMatchObject({
      errno: 8125,
      sqlState: 'HY000',
      message:
        'Restore failed: table already exists: d.t d.u : [BR:Restore:ErrTablesAlreadyExisted]tables already existed in restored cluster',
    });
  });

  it('finds no backup', async () => {
    const prefix = world.newPrefix();
    await expect(sql.run(`RESTORE DATABASE * FROM 's3://${world.bucket}/${prefix}'`)).rejects.toMatchObject({
      errno: 8125,
      message: expect.stringMatching(
        /^Restore failed: load backupmeta failed: failed to read s3 file, file info: input.bucket='.*', input.key='.*\/backupmeta': NoSuchKey: /,
      ),
    });
    const directory = await world.directory();
    await expect(sql.run(`RESTORE DATABASE * FROM 'local://${directory}'`)).rejects.toMatchObject({
      errno: 8125,
      message: `Restore failed: load backupmeta failed: open ${directory}/backupmeta: no such file or directory`,
    });
  });

  it('notices a broken backupmeta', async () => {
    const prefix = world.newPrefix();
    await world.put(`${prefix}/backupmeta`, Buffer.from([0x0a, 0xff]));
    await expect(sql.run(`RESTORE DATABASE * FROM 's3://${world.bucket}/${prefix}'`)).rejects.toMatchObject({
      errno: 8125,
      message: expect.stringContaining('parse backupmeta failed because of wrong aes cipher'),
    });
  });

  it.each([
    ['changed', async (key: string) => world.put(key, Buffer.concat([await world.get(key), Buffer.from('x')]))],
    ['missing', (key: string) => world.remove(key)],
  ])('notices a file that is %s', async (_, damage) => {
    const prefix = world.newPrefix();
    await sql.run(`BACKUP DATABASE d TO 's3://${world.bucket}/${prefix}'`);
    const names = await world.keys(prefix);
    await damage(`${prefix}/${names.find((name) => name.endsWith('.sst'))}`);
    await expect(
      (await emptyCluster()).run(`RESTORE DATABASE d FROM 's3://${world.bucket}/${prefix}'`),
    ).rejects.toMatchObject({
      errno: 8125,
      message: expect.stringMatching(/ErrRestoreChecksumMismatch|NoSuchKey/),
    });
  });

  it('notices rows that are not in the backup, unless CHECKSUM is off', async () => {
    const url = `s3://${world.bucket}/${world.newPrefix()}`;
    const source = await newCluster();
    await loadRows(source, 'd.u', 1000);
    await source.run(`BACKUP TABLE d.u TO ${literal(url)}`);

    const restoreBeside = async (options: string) => {
      const cluster = await world.cluster();
      const [worker, other] = [await cluster.connect(), await cluster.connect()];
      cluster.sandbox.setFaults([{ throttleMiBPerSecond: 0.5 }]);
      const restored = worker.run(`RESTORE DATABASE d FROM ${literal(url)} ${options}`);
      restored.catch(() => undefined);
      await until('the table', () =>
        other.run('INSERT INTO d.u (id) VALUES (-1)').then(
          () => true,
          () => undefined,
        ),
      );
      cluster.sandbox.setFaults([]);
      return restored;
    };

    await expect(restoreBeside('')).rejects.toMatchObject({
      errno: 8125,
      message:
        'Restore failed: failed to validate checksum: [BR:Restore:ErrRestoreChecksumMismatch]restore checksum mismatch',
    });
    await expect(restoreBeside('CHECKSUM = FALSE')).resolves.toBeUndefined();
  });
});

describe('privileges', () => {
  it('are needed for each statement, and SUPER stands in for all', async () => {
    const cluster = await world.cluster();
    const root = await cluster.connect();
    await root.run(
      "CREATE USER backer IDENTIFIED BY 'p'",
      "CREATE USER restorer IDENTIFIED BY 'p'",
      "CREATE USER super IDENTIFIED BY 'p'",
      'GRANT BACKUP_ADMIN ON *.* TO backer',
      'GRANT RESTORE_ADMIN ON *.* TO restorer',
      'GRANT SUPER ON *.* TO super',
    );
    const url = `s3://${world.bucket}/${world.newPrefix()}`;
    const [backer, restorer, superUser] = await Promise.all(
      ['backer', 'restorer', 'super'].map((user) => cluster.connect({ user, password: 'p' })),
    );
    const denied = (privilege: string) => ({
      errno: 1227,
      sqlState: '42000',
      message: `Access denied; you need (at least one of) the SUPER or ${privilege} privilege(s) for this operation`,
    });

    await expect(restorer?.run(`BACKUP DATABASE * TO ${literal(url)}`)).rejects.toMatchObject(denied('BACKUP_ADMIN'));
    await expect(restorer?.run('SHOW BACKUPS')).rejects.toMatchObject(denied('BACKUP_ADMIN'));
    await expect(restorer?.run('CANCEL BR JOB 1')).rejects.toMatchObject(denied('BACKUP_ADMIN'));
    await expect(restorer?.run('SHOW BACKUP METADATA FROM "x"')).rejects.toMatchObject(denied('BACKUP_ADMIN'));
    await expect(backer?.run(`RESTORE DATABASE * FROM ${literal(url)}`)).rejects.toMatchObject(denied('RESTORE_ADMIN'));
    await expect(backer?.run('SHOW RESTORES')).rejects.toMatchObject(denied('RESTORE_ADMIN'));
    await backer?.run(`BACKUP DATABASE * TO ${literal(url)}`, 'SHOW BACKUPS');
    await restorer?.run(`RESTORE DATABASE * FROM ${literal(url)}`, 'SHOW RESTORES');
    await superUser?.run('SHOW BACKUPS', 'SHOW RESTORES', `RESTORE DATABASE * FROM ${literal(url)}`);
  });
});

describe('what TiDB parses but does not run', () => {
  it.each([
    ["BACKUP LOGS TO 's3://b/p'", 'BACKUP LOGS'],
    ["RESTORE POINT FROM 's3://b/p'", 'RESTORE POINT'],
    ['STOP BACKUP LOGS', 'STOP BACKUP LOGS'],
    ['PAUSE BACKUP LOGS', 'PAUSE BACKUP LOGS'],
    ['RESUME BACKUP LOGS', 'RESUME BACKUP LOGS'],
    ["PURGE BACKUP LOGS FROM 's3://b/p'", 'PURGE BACKUP LOGS'],
    ['SHOW BACKUP LOGS STATUS', 'SHOW BACKUP LOGS STATUS'],
    ["SHOW BACKUP LOGS METADATA FROM 's3://b/p'", 'SHOW BACKUP LOGS METADATA'],
    ['SHOW BR JOB 1', 'SHOW BR JOB'],
  ])('%s', async (statement, kind) => {
    await expect(sql.run(statement)).rejects.toMatchObject({
      errno: 1105,
      message: `unsupported BRIE statement kind: ${kind}`,
    });
  });

  it('7.1 does not know job ids yet', async () => {
    const old = await emptyCluster({ version: '7.1' });
    for (const statement of ['SHOW BR JOB QUERY 1', 'CANCEL BR JOB 1', "SHOW BACKUP METADATA FROM 's3://b/p'"]) {
      await expect(old.run(statement)).rejects.toMatchObject({
        errno: 1105,
        message: expect.stringMatching(/^unsupported BRIE statement kind: /),
      });
    }
  });

  it('an option of 8.2 is a syntax error before', async () => {
    const old = await emptyCluster({ version: '7.5' });
    await expect(old.run("BACKUP DATABASE * TO 's3://b/p' IGNORE_STATS = 1")).rejects.toMatchObject({
      errno: 1064,
      sqlState: '42000',
      message:
        'You have an error in your SQL syntax; check the manual that corresponds to your TiDB version for the right syntax to use line 1 column 44 near "IGNORE_STATS = 1" ',
    });
  });
});
