import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../../infra/local/tidb-sandbox/brie/job-options.ts';
import { parseTidbVersion } from '../../../infra/local/tidb-sandbox/tidb-version.ts';
import { BrieWorld, literal, type TestConnection } from './brie-world.ts';

let world: BrieWorld;
/** A backup of database `d`, taken by 7.5. */
let url: string;
beforeAll(async () => {
  world = await BrieWorld.start();
  url = `s3://${world.bucket}/${world.newPrefix()}`;
  const source = await connect('7.5');
  await source.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', 'INSERT INTO d.t VALUES (1), (2)');
  await source.run(`BACKUP DATABASE d TO ${literal(url)}`);
});
afterAll(() => world.stop());

const connect = async (version: string): Promise<TestConnection> => (await world.cluster({ version })).connect();

/** The error of a statement; `undefined` if it succeeds. */
function refusal(sql: TestConnection, statement: string): Promise<{ errno: number; message: string } | undefined> {
  return sql.run(statement).then(
    () => undefined,
    (error: { errno: number; message: string }) => error,
  );
}

/** One row per release, one column per difference. */
const releases = [
  { version: '6.5.11', jobControl: false, laterOptions: false, checksumByDefault: true, clusterTs: false },
  { version: '6.5.12', jobControl: false, laterOptions: false, checksumByDefault: false, clusterTs: false },
  { version: '7.1', jobControl: false, laterOptions: false, checksumByDefault: true, clusterTs: true },
  { version: '7.5', jobControl: true, laterOptions: false, checksumByDefault: true, clusterTs: true },
  { version: '7.6', jobControl: true, laterOptions: false, checksumByDefault: true, clusterTs: true },
  { version: '8.1', jobControl: true, laterOptions: false, checksumByDefault: true, clusterTs: true },
  { version: '8.2', jobControl: true, laterOptions: true, checksumByDefault: true, clusterTs: true },
  { version: '8.3', jobControl: true, laterOptions: true, checksumByDefault: true, clusterTs: true },
  { version: '8.5.0', jobControl: true, laterOptions: true, checksumByDefault: false, clusterTs: true },
  { version: '8.5.5', jobControl: true, laterOptions: true, checksumByDefault: false, clusterTs: true },
] as const;

describe.each(releases)('TiDB $version', ({ version, jobControl, laterOptions, checksumByDefault, clusterTs }) => {
  it('shows job ids and the contents of a backup since 7.3', async () => {
    const sql = await connect(version);
    const metadata = await refusal(sql, `SHOW BACKUP METADATA FROM ${literal(url)}`);
    expect(metadata?.errno).toBe(jobControl ? undefined : 1105);
    const backup = `s3://${world.bucket}/${world.newPrefix()}`;
    await sql.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', `BACKUP DATABASE d TO ${literal(backup)}`);
    expect('Id' in (await sql.row('SHOW BACKUPS'))).toBe(jobControl);
  });

  it('knows the options for statistics, system tables and compression since 8.2', async () => {
    const sql = await connect(version);
    const refused = await refusal(sql, `RESTORE DATABASE d FROM ${literal(url)} WITH_SYS_TABLE = FALSE`);
    expect(refused?.errno).toBe(laterOptions ? undefined : 1064);
  });

  it('reads every table twice by default before 8.5, except in 6.5.12', () => {
    const backup = { kind: 'BACKUP', scope: { kind: 'everything' }, url, options: [] } as const;
    expect(resolveOptions(backup, parseTidbVersion(version), 0).checksum).toBe(checksumByDefault);
  });

  it("returns the backup's timestamp for a RESTORE since 7.0", async () => {
    const backup = await backupTs();
    const restore = await (await connect(version)).row(`RESTORE DATABASE d FROM ${literal(url)}`);
    expect('Cluster TS' in restore).toBe(clusterTs);
    expect(restore.BackupTS === backup).toBe(clusterTs);
  });
});

describe('the version of a backup', () => {
  it.each([
    { backup: '8.5', target: '7.5', isRefused: false },
    { backup: '7.5', target: '8.5', isRefused: false },
    { backup: '8.5', target: '6.5.11', isRefused: true },
  ])('may be one major release ahead: $backup into $target', async ({ backup, target, isRefused }) => {
    const source = await connect(backup);
    const made = `s3://${world.bucket}/${world.newPrefix()}`;
    await source.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', `BACKUP DATABASE d TO ${literal(made)}`);
    const refused = await refusal(await connect(target), `RESTORE DATABASE d FROM ${literal(made)}`);
    const mismatch =
      'Restore failed: backup with cluster version 8.5.0 cannot be restored at cluster of version 6.5.11: ' +
      'major version mismatches: [BR:Common:ErrVersionMismatch]version mismatch';
    expect(refused?.message).toBe(isRefused ? mismatch : undefined);
  });
});

async function backupTs(): Promise<unknown> {
  const { BackupTS } = await (await connect('8.5')).row(`RESTORE DATABASE d FROM ${literal(url)}`);
  return BackupTS;
}
