import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrieWorld, type TestCluster, type TestConnection } from './brie-world.ts';

let world: BrieWorld;
beforeAll(async () => {
  world = await BrieWorld.start();
});
afterAll(() => world.stop());

/** A cluster with its own account and one that both clusters have, and a backup of all of it. */
async function backedUp(version: string, scope = 'DATABASE *'): Promise<{ url: string; source: TestConnection }> {
  const source = await (await world.cluster({ version })).connect();
  const url = `s3://${world.bucket}/${world.newPrefix()}`;
  await source.run(
    'CREATE DATABASE d',
    'CREATE TABLE d.t (a int)',
    'INSERT INTO d.t VALUES (1)',
    "CREATE USER ofsource IDENTIFIED BY 'source'",
    "CREATE USER ofboth IDENTIFIED BY 'source'",
    'GRANT PROCESS, BACKUP_ADMIN ON *.* TO ofboth',
    'GRANT SELECT ON d.* TO ofboth',
    `BACKUP ${scope} TO '${url}'`,
  );
  return { url, source };
}

async function targetCluster(version: string): Promise<{ target: TestCluster; root: TestConnection }> {
  const target = await world.cluster({ version });
  const root = await target.connect();
  await root.run(
    "CREATE USER oftarget IDENTIFIED BY 'target'",
    "CREATE USER ofboth IDENTIFIED BY 'target'",
    'GRANT SUPER, RESTORE_ADMIN ON *.* TO ofboth',
  );
  return { target, root };
}

/** Which accounts can log in with which password. */
async function logins(target: TestCluster): Promise<string[]> {
  const attempts = ['ofsource', 'oftarget', 'ofboth'].flatMap((user) =>
    ['source', 'target'].map(async (password) => {
      const connection = await target.connect({ user, password }).catch(() => undefined);
      connection?.destroy();
      return connection ? [`${user}/${password}`] : [];
    }),
  );
  return (await Promise.all(attempts)).flat();
}

const OWN = ['oftarget/target', 'ofboth/target'];
const REPLACED = ['ofsource/source', 'oftarget/target', 'ofboth/source'];
const temporary = "SHOW DATABASES LIKE '\\_\\_TiDB\\_BR\\_Temporary%'";

describe('a backup of everything', () => {
  it.each([
    ['7.5', ['__TiDB_BR_Temporary_mysql']],
    ['8.5', ['__TiDB_BR_Temporary_mysql', '__TiDB_BR_Temporary_sys']],
  ])('of TiDB %s holds its own databases under temporary names', async (version, expected) => {
    const { url, source } = await backedUp(version);
    const rows = await source.rows(`SHOW BACKUP METADATA FROM '${url}'`);
    const names = new Set(rows.map(({ Database }) => Database).filter((name) => String(name).startsWith('__')));
    expect([...names].sort()).toEqual(expected);
    expect(rows).toContainEqual(expect.objectContaining({ Database: '__TiDB_BR_Temporary_mysql', Table: 'user' }));
    expect(await source.rows(temporary)).toEqual([]);
  });

  it('excludes leftovers of a restore', async () => {
    const source = await (await world.cluster()).connect();
    await source.run(
      'CREATE DATABASE __TiDB_BR_Temporary_mysql',
      'CREATE TABLE __TiDB_BR_Temporary_mysql.left_over (a int)',
    );
    const url = `s3://${world.bucket}/${world.newPrefix()}`;
    await source.run(`BACKUP DATABASE * TO '${url}'`);
    const rows = await source.rows(`SHOW BACKUP METADATA FROM '${url}'`);
    expect(rows.map(({ Table }) => Table)).not.toContain('left_over');
  });

  it('has the accounts of its snapshot', async () => {
    const source = await (await world.cluster()).connect();
    await source.run("CREATE USER early IDENTIFIED BY 'p'");
    const { BackupTS } = await source.row(`BACKUP DATABASE mysql TO 's3://${world.bucket}/${world.newPrefix()}'`);
    await source.run("CREATE USER late IDENTIFIED BY 'p'");
    const url = `s3://${world.bucket}/${world.newPrefix()}`;
    await source.run(`BACKUP DATABASE * TO '${url}' SNAPSHOT = ${BackupTS}`);
    const { target, root } = await targetCluster('8.5');
    await root.run(`RESTORE DATABASE * FROM '${url}'`);
    await target.connect({ user: 'early', password: 'p' });
    await expect(target.connect({ user: 'late', password: 'p' })).rejects.toMatchObject({ errno: 1045 });
  });
});

describe('RESTORE', () => {
  it.each([
    { version: '6.5.12', restore: 'DATABASE *', options: '', expected: OWN },
    { version: '7.5', restore: 'DATABASE *', options: '', expected: OWN },
    { version: '7.6', restore: 'DATABASE *', options: '', expected: REPLACED },
    { version: '7.6', restore: 'DATABASE d', options: '', expected: OWN },
    { version: '8.1', restore: 'DATABASE *', options: '', expected: REPLACED },
    { version: '8.2', restore: 'DATABASE *', options: '', expected: REPLACED },
    { version: '8.2', restore: 'DATABASE *', options: 'WITH_SYS_TABLE = FALSE', expected: OWN },
    { version: '8.5', restore: 'DATABASE *', options: '', expected: REPLACED },
    { version: '8.5', restore: 'DATABASE *', options: 'WITH_SYS_TABLE = FALSE', expected: OWN },
    { version: '8.5', restore: 'TABLE d.t', options: '', expected: OWN },
  ])(
    'of $restore $options on TiDB $version leaves the logins $expected',
    async ({ version, restore, options, expected }) => {
      const { url } = await backedUp(version);
      const { target, root } = await targetCluster(version);
      await root.run(`RESTORE ${restore} FROM '${url}' ${options}`);
      expect(await logins(target)).toEqual(expected);
      expect(await root.rows('SELECT a FROM d.t')).toEqual([{ a: 1 }]);
      expect(await root.rows(temporary)).toEqual([]);
    },
  );

  it('replaces the grants of an account that both clusters have, and keeps its session alive', async () => {
    const { url } = await backedUp('8.5');
    const { target, root } = await targetCluster('8.5');
    const session = await target.connect({ user: 'ofboth', password: 'target' });
    await session.run(`RESTORE DATABASE * FROM '${url}'`);
    const grants = (await session.rows('SHOW GRANTS')).flatMap((row) => Object.values(row));
    expect(grants).toEqual([
      "GRANT PROCESS ON *.* TO 'ofboth'@'%'",
      // REPLACE INTO leaves the rows that the backup lacks.
      "GRANT BACKUP_ADMIN,RESTORE_ADMIN ON *.* TO 'ofboth'@'%'",
      "GRANT SELECT ON `d`.* TO 'ofboth'@'%'",
    ]);
    expect(await root.rows("SELECT User FROM mysql.user WHERE User LIKE 'of%' ORDER BY User")).toEqual([
      { User: 'ofboth' },
      { User: 'ofsource' },
      { User: 'oftarget' },
    ]);
  });

  it.each([
    ['6.5.11', '7.6'],
    ['7.1', '8.5'],
  ])('of everything from %s into %s fails at the very end', async (from, to) => {
    const { url } = await backedUp(from);
    const { target, root } = await targetCluster(to);
    await expect(root.run(`RESTORE DATABASE * FROM '${url}'`)).rejects.toMatchObject({
      errno: 8125,
      message: expect.stringMatching(
        /^Restore failed: error during merging temporary tables into system tables, table: \w+: .*: \[BR:Common:ErrUnknown\]internal error$/,
      ),
    });
    expect(await root.rows('SELECT a FROM d.t')).toEqual([{ a: 1 }]);
    expect(await logins(target)).toEqual(OWN);
    expect(await root.rows(temporary)).not.toEqual([]);
  });

  it('without the system tables of an older release succeeds', async () => {
    const { url } = await backedUp('7.1');
    const { root } = await targetCluster('8.5');
    await root.run(`RESTORE DATABASE * FROM '${url}' WITH_SYS_TABLE = FALSE`);
    expect(await root.rows(temporary)).toEqual([]);
  });
});

describe('the tables of mysql', () => {
  it('are readable but not writable', async () => {
    const { root } = await targetCluster('8.5');
    expect(await root.rows("SELECT host, user, plugin FROM mysql.user WHERE user = 'root'")).toEqual([
      { host: '%', user: 'root', plugin: 'mysql_native_password' },
    ]);
    for (const statement of ["DELETE FROM mysql.user WHERE user = 'ofboth'", 'TRUNCATE TABLE mysql.user']) {
      await expect(root.run(statement)).rejects.toMatchObject({ errno: expect.any(Number) });
    }
  });
});
