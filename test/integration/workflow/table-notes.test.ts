import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSecretReader } from '../../../functions/adapters/secrets/secret-reader.ts';
import { systemClock } from '../../../functions/adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../../functions/adapters/tidb/gateway.ts';
import { assertions } from '../../../functions/domain/backup/assertion.ts';
import { compareWithNotes, type TableNotes, tableNotes } from '../../../functions/domain/backup/table-notes.ts';
import type { Cluster } from '../../../functions/domain/cluster/cluster.ts';
import { readTables } from '../../../functions/workflow/backup/read-tables.ts';
import { contextWith, type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';

const ODD = 'we``ird. \'"\\ db';

let world: NodeWorld;
beforeAll(async () => {
  world = await startNodeWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
  vi.unstubAllEnvs();
});

async function filled(): Promise<TestCluster> {
  const cluster = await world.cluster();
  await cluster.sql('CREATE DATABASE shop');
  await cluster.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(20))');
  await cluster.sql("INSERT INTO shop.orders VALUES (1, 'a'), (2, NULL), (3, '')");
  await cluster.sql('CREATE TABLE shop.empty (id INT PRIMARY KEY)');
  await cluster.sql(`CREATE DATABASE \`${ODD}\``);
  await cluster.sql(`CREATE TABLE \`${ODD}\`.\`ta ble\` (\`a\`\`b\` BLOB, d DOUBLE)`);
  await cluster.sql(`INSERT INTO \`${ODD}\`.\`ta ble\` VALUES (x'00ff', 1.5), (x'00ff', 1.5)`);
  return cluster;
}

async function textOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function backedUp(
  cluster: TestCluster,
  backupId: string,
  remainingMs?: number,
): Promise<{ result: Awaited<ReturnType<NodeWorld['handlers']['backup']>>; notes: TableNotes | undefined }> {
  const input = await world.accepted(cluster.clusterId, backupId, {}, { wantsChecksums: true });
  const result = await world.handlers.backup(input, contextWith(remainingMs));
  const folder = { type: 's3', bucket: world.bucket, prefix: `tidb/${cluster.clusterId}/${backupId}/tables` } as const;
  const text = await textOf(await world.files.read(folder, `attempt-${result.attempt}.json`));
  return { result, notes: text === '' ? undefined : tableNotes.parse(JSON.parse(text)) };
}

describe('the tables of a backup', () => {
  it('get checksums at its snapshot, whatever is written meanwhile and whatever their names', async () => {
    const cluster = await filled();
    await cluster.sql('CREATE TABLE shop.later (id INT PRIMARY KEY)');
    let isOver = false;
    const writing = (async () => {
      for (let id = 4; !isOver; id += 1) await cluster.sql(`INSERT INTO shop.later VALUES (${id})`);
    })();

    const { result, notes } = await backedUp(cluster, 'noted');
    isOver = true;
    await writing;

    expect(result).toMatchObject({ checksums: { tables: 4 } });
    expect(notes).toMatchObject({ backupTso: result.backupTso });
    const byName = new Map(notes?.tables.map(({ table, ...fingerprint }) => [table, fingerprint]));
    expect(byName.get('orders')).toMatchObject({ database: 'shop', rows: '3', kvs: '3' });
    expect(byName.get('empty')).toMatchObject({ rows: '0', content: '0', kvs: '0', bytes: '0' });
    const [there] = await cluster.sql(`SELECT COUNT(*) AS n FROM shop.later`);
    expect(Number(byName.get('later')?.rows)).toBeLessThan(Number(there?.n));
    expect(byName.get('ta ble')).toMatchObject({ database: ODD.replace('``', '`'), rows: '2' });
    expect(await cluster.sql('SELECT INFO FROM information_schema.processlist')).toHaveLength(1);
  });

  it('are recorded by a worker, which has no time limit', async () => {
    const cluster = await filled();
    await cluster.sql(`INSERT INTO shop.orders VALUES ${Array.from({ length: 5_000 }, (_, id) => `(${id + 4}, 'x')`)}`);

    const { result } = await backedUp(cluster, 'unhurried', Number.POSITIVE_INFINITY);

    expect(result).toMatchObject({ checksums: { tables: 3 } });
  });

  it('say that the account cannot see them', async () => {
    const cluster = await filled();
    await cluster.sql("CREATE USER narrow IDENTIFIED BY 'narrow'");
    await cluster.sql('GRANT BACKUP_ADMIN, PROCESS, CONNECTION_ADMIN ON *.* TO narrow');
    await registerAs('narrow', cluster);

    const { result, notes } = await backedUp(cluster, 'narrow');

    expect(notes).toBeUndefined();
    expect(result.checksums?.missing).toMatch(
      /^TablesUnreadable: "[^"]+" cannot be read: the account must have SELECT$/,
    );
  });
});

describe('a restored backup', () => {
  const ODDITIES = [
    'CREATE DATABASE odd',
    'CREATE TABLE odd.types (id INT PRIMARY KEY AUTO_INCREMENT, v VECTOR(2), b BIT(60), l VARCHAR(9) CHARSET latin1, g VARCHAR(9) CHARSET gbk, f FLOAT, d DOUBLE)',
    "INSERT INTO odd.types VALUES (1, '[1.5,2.5]', 9, 'é', '中', 0.1, 1e-7), (2, NULL, NULL, NULL, NULL, NULL, NULL)",
    'ALTER TABLE odd.types SET TIFLASH REPLICA 1',
    'CREATE TABLE odd.ending (id INT PRIMARY KEY, at DATETIME) TTL = `at` + INTERVAL 1 DAY',
    'ALTER TABLE odd.ending CACHE',
    'CREATE TABLE odd.parted (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2',
    'CREATE TABLE odd.child (id INT PRIMARY KEY, of INT, FOREIGN KEY (of) REFERENCES odd.ending (id))',
    'CREATE VIEW odd.seen AS SELECT id FROM odd.types',
    'CREATE SEQUENCE odd.counted',
    'CREATE GLOBAL TEMPORARY TABLE odd.scratch (id INT) ON COMMIT DELETE ROWS',
    'CREATE DATABASE nothing_in_it',
  ];

  it("matches the checksums with the rights of the documented account, except for TiDB's own changes", async () => {
    const cluster = await world.cluster({ tiflashStores: 1 });
    for (const sql of ODDITIES) await cluster.sql(sql);
    await cluster.sql("CREATE USER documented IDENTIFIED BY 'documented'");
    await cluster.sql('GRANT BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN, PROCESS, SELECT ON *.* TO documented');
    await registerAs('documented', cluster);

    const { result, notes } = await backedUp(cluster, 'odd');

    expect(result.checksums).toEqual({ tables: 4, comparison: 'rows' });
    if (notes === undefined) throw new Error('they are there');
    expect(notes.databases).toEqual(expect.arrayContaining(['odd', 'test', 'nothing_in_it']));
    expect(notes.tables.map(({ table, kind = 'table' }) => `${table}: ${kind}`).sort()).toEqual([
      'child: table',
      'counted: sequence',
      'ending: table',
      'parted: table',
      'scratch: temporary table',
      'seen: view',
      'types: table',
    ]);
    const target = await world.cluster();
    const prefix = `tidb/${cluster.clusterId}/odd/attempt-${result.attempt}`;
    await target.sql(`RESTORE DATABASE odd, nothing_in_it FROM 's3://${world.bucket}/${prefix}'`);
    const compared = async () => compareWithNotes(notes, await restoredIn(target, notes));
    expect(await compared()).toMatchObject({
      ...{ mismatches: [], notCompared: [], hasKeyValues: false },
      changedByRestore: expect.arrayContaining([
        '"odd.types": it has 0 TiFlash replicas instead of 1',
        '"odd.ending": its TTL is off (TTL_ENABLE)',
        '"odd.ending": it is not cached',
      ]),
    });

    for (const sql of [
      "UPDATE odd.types SET g = '国' WHERE id = 1",
      'CREATE OR REPLACE VIEW odd.seen AS SELECT id + 1 FROM odd.types',
      'DROP SEQUENCE odd.counted',
      'DROP DATABASE nothing_in_it',
      'ALTER TABLE odd.child ADD COLUMN more INT',
    ]) {
      await target.sql(sql);
    }

    expect((await compared()).mismatches.sort()).toEqual([
      '"odd.child" has another definition',
      '"odd.counted" is missing',
      '"odd.seen" has another definition',
      '"odd.types" has other values in its rows',
      'the database "nothing_in_it" is missing',
    ]);
  });

  it.each(['6.5.11', '7.1.0', '7.5.6', '8.1.2'])('of TiDB %s is the same in a later release', async (version) => {
    const cluster = await world.cluster({ version });
    for (const sql of ODDITIES.filter((text) => !/odd\.types/.test(text))) await cluster.sql(sql);
    await cluster.sql('INSERT INTO odd.parted VALUES (1), (2)');

    const backupId = `of-${version.replaceAll('.', '-')}`;
    const { result, notes } = await backedUp(cluster, backupId);

    expect(result.checksums).toEqual({ tables: 3, comparison: 'rowsAndKeyValues' });
    if (notes === undefined) throw new Error('they are there');
    const target = await world.cluster();
    const prefix = `tidb/${cluster.clusterId}/${backupId}/attempt-${result.attempt}`;
    await target.sql(`RESTORE DATABASE odd, nothing_in_it FROM 's3://${world.bucket}/${prefix}'`);
    expect(compareWithNotes(notes, await restoredIn(target, notes))).toMatchObject({
      ...{ compared: { length: 3 }, mismatches: [], notCompared: [], hasKeyValues: true },
    });
  });
});

/** What a drill would read. */
async function restoredIn({ clusterId }: TestCluster, { version }: TableNotes) {
  const hold = await createTidbGateway(createSecretReader()).holdSnapshot(await registeredAs(clusterId));
  try {
    return await readTables({
      ...{ hold, tso: hold.tso, version, tolerated: [], clock: systemClock },
      ...{ isWanted: () => true, deadline: Date.now() + 60_000 },
    });
  } finally {
    await hold.close();
  }
}

async function registeredAs(clusterId: string): Promise<Cluster> {
  const registered = await world.clusters.get(clusterId);
  if (registered === undefined) throw new Error('it is registered');
  return registered;
}

/** The account's password equals its name. */
async function registerAs(username: string, { clusterId }: TestCluster): Promise<void> {
  const secretArn = await world.secrets.keep(JSON.stringify({ username, password: username }));
  const registered = await registeredAs(clusterId);
  await world.clusters.change(
    clusterId,
    { ...registered, account: { managed: false, secretArn } },
    registered.updateTime,
  );
}

describe('a hold', () => {
  it('keeps the old data readable until it is closed, and holds nothing afterwards', async () => {
    const cluster = await filled();
    const registered = await world.clusters.get(cluster.clusterId);
    if (registered === undefined) throw new Error('it is registered');
    const hold = await createTidbGateway(createSecretReader()).holdSnapshot(registered);
    await cluster.sql('DROP TABLE shop.orders');

    const reader = await hold.openReader(hold.tso);

    const { databases, tables } = await reader.list();
    expect([databases.length, tables.length]).toEqual([3, 3]);
    const [orders] = tables.filter(({ table }) => table === 'orders');
    if (orders === undefined) throw new Error('it is listed');
    const options = { version: 2, timeoutMs: 5_000 } as const;
    expect(await reader.read(orders, options)).toMatchObject({ rows: '3' });
    await expect(reader.read({ ...orders, table: 'gone' }, options)).rejects.toMatchObject({
      name: 'TablesUnreadable',
      message: '"shop.gone" cannot be read: TiDB error 1146, no such table',
    });
    await hold.close();
    await sleep(100);
    expect(await cluster.sql('SELECT ID FROM information_schema.processlist')).toHaveLength(1);
  });

  it('says of assertions only whether they hold', async () => {
    const cluster = await filled();
    const registered = await world.clusters.get(cluster.clusterId);
    if (registered === undefined) throw new Error('it is registered');
    const hold = await createTidbGateway(createSecretReader()).holdSnapshot(registered);
    const asked = async (sql: string) => (await hold.openReader(hold.tso)).assert(sql, 2_000);

    expect(await asked('SELECT COUNT(*) = 3, note FROM shop.orders')).toEqual({
      passed: false,
      error: expect.any(String),
    });
    expect(await asked('SELECT COUNT(*) = 3 FROM shop.orders')).toEqual({ passed: true });
    expect(await asked('SELECT COUNT(*) > 3 FROM shop.orders')).toEqual({ passed: false });
    expect(await asked('SELECT note FROM shop.orders WHERE id = 2')).toEqual({ passed: false });
    expect(await asked('SELECT id FROM shop.orders')).toEqual({
      passed: false,
      error: 'it answered more than one row',
    });
    expect(await asked('SELECT id FROM shop.empty')).toEqual({ passed: false, error: 'it answered no row' });
    expect(await asked('SELECT id FROM shop.gone')).toEqual({ passed: false, error: 'TiDB error 1146, no such table' });
    expect(await asked('SELECT SLEEP(30)')).toEqual({ passed: false, error: 'it took too long' });
    // The session refuses what the API would not accept.
    expect(await asked('DELETE FROM shop.orders')).toEqual({ passed: false, error: 'TiDB error 1105' });
    await hold.close();
  });
});

it.each([
  ['SELECT COUNT(*) > 0 FROM shop.orders', true],
  ["  select 'a;b -- c' = 'INTO' from `for update`.t", true],
  ["SELECT 'it''s', \"a\\\"b\"", true],
  ['DELETE FROM shop.orders', false],
  ['SELECT 1; DELETE FROM t', false],
  ['SELECT 1;', false],
  ['SELECT 1 /*! INTO OUTFILE "/tmp/x" */', false],
  ['SELECT 1 -- \nINTO OUTFILE', false],
  ["SELECT * FROM t INTO OUTFILE '/tmp/x'", false],
  ['SELECT * FROM t FOR UPDATE', false],
  ['SELECT * FROM t LOCK IN SHARE MODE', false],
  ['SELECT @a := 1', false],
  ['SELECT SLEEP(100)', false],
  ["SELECT 'open", false],
  ['WITH a AS (SELECT 1) SELECT * FROM a', false],
  ['SELECTED', false],
  ['', false],
  ['SELECT 1\0', false],
])('%j is an assertion: %s', (text, expected) => {
  expect(assertions.safeParse([text]).success).toBe(expected);
});
