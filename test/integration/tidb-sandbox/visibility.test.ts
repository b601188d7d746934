import { expect, it } from 'vitest';
import { type Client, EngineWorld } from './engine-world.ts';

/** An account with these global privileges, beside two databases of root with a table each. */
async function clientWith(...privileges: string[]): Promise<{ root: Client; client: Client }> {
  const world = await EngineWorld.start();
  const root = await world.connect();
  await root.run(
    'CREATE DATABASE shop',
    'CREATE TABLE shop.t (id INT PRIMARY KEY)',
    'CREATE DATABASE other',
    'CREATE TABLE other.u (id INT PRIMARY KEY)',
    "CREATE USER viewer IDENTIFIED BY 'v'",
    ...privileges.map((privilege) => `GRANT ${privilege} ON *.* TO viewer`),
  );
  return { root, client: await world.connect({ user: 'viewer', password: 'v' }) };
}

const TABLES = "SELECT TABLE_NAME FROM information_schema.tables WHERE TABLE_SCHEMA IN ('shop', 'other')";
const COLUMNS = "SELECT TABLE_NAME FROM information_schema.columns WHERE TABLE_SCHEMA IN ('shop', 'other')";
const SCHEMATA = "SELECT SCHEMA_NAME FROM information_schema.schemata WHERE SCHEMA_NAME IN ('shop', 'other')";
const CLUSTER_INFO = 'SELECT TYPE FROM information_schema.cluster_info';

it("dynamic privileges alone reveal none of the users' objects", async () => {
  const { client } = await clientWith('BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN');

  for (const query of [TABLES, COLUMNS, SCHEMATA]) expect(await client.rows(query)).toEqual([]);
  expect(await client.rows('SHOW DATABASES')).toEqual([['INFORMATION_SCHEMA']]);
  expect(await client.refusal(CLUSTER_INFO)).toMatchObject({
    errno: 1227,
    message: 'Access denied; you need (at least one of) the PROCESS privilege(s) for this operation',
  });
  expect(await client.refusal('SHOW CREATE TABLE shop.t')).toMatchObject({
    errno: 1142,
    message: "SHOW command denied to user 'viewer'@'%' for table 't'",
  });
});

it('PROCESS shows tables and schemata, but does not allow USE or reading them', async () => {
  const { client } = await clientWith('PROCESS');

  expect(await client.rows(TABLES)).toHaveLength(2);
  expect(await client.rows(SCHEMATA)).toHaveLength(2);
  expect(await client.rows(COLUMNS)).toEqual([]);
  expect(await client.rows('SHOW DATABASES')).toEqual([['INFORMATION_SCHEMA']]);
  expect(await client.rows('SHOW CREATE TABLE shop.t')).toHaveLength(1);
  expect(await client.rows(CLUSTER_INFO)).toContainEqual(['tikv']);
  for (const sql of ['USE shop', 'SHOW TABLES FROM shop', 'USE mysql']) {
    expect(await client.refusal(sql)).toMatchObject({ errno: 1044 });
  }
  for (const sql of ['SELECT * FROM shop.t', 'SHOW COLUMNS FROM shop.t']) {
    expect(await client.refusal(sql)).toMatchObject({ errno: 1142 });
  }
});

it('a privilege on a table shows only that table, and its database to SHOW DATABASES but not to schemata', async () => {
  const { root, client } = await clientWith();
  await root.run('GRANT SELECT ON shop.t TO viewer');

  expect(await client.rows(TABLES)).toEqual([['t']]);
  expect(await client.rows(COLUMNS)).toEqual([['t']]);
  expect(await client.rows(SCHEMATA)).toEqual([]);
  expect(await client.rows('SHOW DATABASES')).toEqual([['INFORMATION_SCHEMA'], ['shop']]);
});

it('a privilege on a database shows its tables, and its columns only if it covers columns', async () => {
  const { root, client } = await clientWith();
  await root.run('GRANT DROP ON shop.* TO viewer');

  expect(await client.rows(TABLES)).toEqual([['t']]);
  expect(await client.rows(SCHEMATA)).toEqual([['shop']]);
  expect(await client.rows(COLUMNS)).toEqual([]);
});

it('ADMIN CHECKSUM TABLE only needs SUPER', async () => {
  const { root, client } = await clientWith('SELECT, PROCESS');
  const checksum = 'ADMIN CHECKSUM TABLE shop.t';

  expect(await client.refusal(checksum)).toMatchObject({ errno: 8121, message: "privilege check for 'Super' fail" });
  await root.run('GRANT SUPER ON *.* TO viewer', 'REVOKE SELECT ON *.* FROM viewer');
  expect(await client.rows(checksum)).toHaveLength(1);
});

it("needs SELECT on mysql for another account's grants", async () => {
  const { root, client } = await clientWith('CREATE USER');

  expect(await client.refusal('SHOW GRANTS FOR root')).toMatchObject({ errno: 1044 });
  expect(await client.refusal('SHOW CREATE USER root')).toMatchObject({ errno: 1142 });
  await root.run('GRANT SELECT ON mysql.* TO viewer');
  expect(await client.rows('SHOW GRANTS FOR root')).toHaveLength(1);
});
