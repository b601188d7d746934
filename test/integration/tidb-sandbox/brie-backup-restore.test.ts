import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrieWorld, literal, type TestCluster, type TestConnection } from './brie-world.ts';
import { startS3Proxy } from './s3-proxy.ts';
import { contents, loadRows, loadSample } from './sample-data.ts';

let world: BrieWorld;
let source: TestCluster;
let sql: TestConnection;

beforeAll(async () => {
  world = await BrieWorld.start();
  source = await world.cluster();
  sql = await source.connect();
  await loadSample(sql);
});
afterAll(() => world.stop());

const freshCluster = async () => (await world.cluster()).connect();

interface Place {
  readonly url: string;
  readonly files: () => Promise<string[]>;
  readonly read: (name: string) => Promise<Buffer>;
}

const places: Record<string, () => Promise<Place>> = {
  S3: async () => {
    const prefix = world.newPrefix();
    return {
      url: `s3://${world.bucket}/${prefix}`,
      files: () => world.keys(prefix),
      read: (name) => world.get(`${prefix}/${name}`),
    };
  },
  'a directory': async () => {
    const directory = await world.directory();
    return {
      url: `local://${directory}`,
      files: async () => {
        const entries = await readdir(directory, { recursive: true, withFileTypes: true });
        const files = entries.filter((entry) => entry.isFile());
        return files.map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
      },
      read: (name) => readFile(path.join(directory, name)),
    };
  },
};

describe.each(Object.entries(places))('a backup of everything in %s', (_, makePlace) => {
  it('is restored with every row, type and definition', async () => {
    const { url } = await makePlace();
    const target = await freshCluster();

    await sql.run(`BACKUP DATABASE * TO ${literal(url)}`);
    await target.run(`RESTORE DATABASE * FROM ${literal(url)}`);

    expect(await contents(target)).toEqual(await contents(sql));
    expect(await target.rows("SHOW DATABASES LIKE 'empty_one'")).toHaveLength(1);
  });

  it("leaves TiDB's files behind, but no checkpoint", async () => {
    const { url, files, read } = await makePlace();

    const { Size } = await sql.row(`BACKUP DATABASE * TO ${literal(url)}`);

    const names = await files();
    expect(names).toContain('backup.lock');
    expect(names).toContain('backupmeta');
    const sstNames = names.filter((name) => /^1\/\d+_\d+_[0-9a-f]{64}_\d{13}_(write|default)\.sst$/.test(name));
    const parts = names.filter((name) => /^backupmeta\.(datafile|schema)\.\d{9}$/.test(name));
    expect(parts).toHaveLength(2);
    expect(sstNames).toHaveLength(names.length - 4);
    const sizes = await Promise.all(sstNames.map(async (name) => (await read(name)).length));
    expect(Size).toBe(String(sizes.reduce((sum, size) => sum + size, 0)));
  });
});

describe('BACKUP and RESTORE', () => {
  const newUrl = () => `s3://${world.bucket}/${world.newPrefix()}`;

  it('return one row with exact 64-bit numbers', async () => {
    const url = newUrl();
    const before = BigInt(Date.now()) << 18n;

    const backup = await sql.row(`BACKUP DATABASE shop TO ${literal(`${url}?region=us-east-1`)}`);
    const target = await freshCluster();
    const restore = await target.row(`RESTORE DATABASE shop FROM ${literal(url)}`);

    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(backup).toEqual({
      Destination: url,
      Size: expect.stringMatching(/^\d+$/),
      BackupTS: expect.stringMatching(/^\d{18}$/),
      'Queue Time': time,
      'Execution Time': time,
    });
    expect(BigInt(String(backup.BackupTS))).toBeGreaterThanOrEqual(before);
    expect(restore).toEqual({
      ...backup,
      'Cluster TS': expect.stringMatching(/^\d{18}$/),
      'Queue Time': time,
      'Execution Time': time,
    });
  });

  it('take every option, with and without =', async () => {
    const url = newUrl();
    const target = await freshCluster();
    await sql.run(
      `BACKUP DATABASE * TO ${literal(url)} CONCURRENCY 2 RATE_LIMIT = 100 MB/SECOND CHECKSUM = TRUE
         CHECKSUM_CONCURRENCY 4 SEND_CREDENTIALS_TO_TIKV = FALSE IGNORE_STATS = 1 COMPRESSION_TYPE 'zstd'
         COMPRESSION_LEVEL = 3 ENCRYPTION_METHOD 'plaintext' SNAPSHOT 1 MICROSECOND AGO`,
    );
    await target.run(
      `RESTORE DATABASE * FROM ${literal(url)} CONCURRENCY = 8 RATE_LIMIT 100 MB/SECOND CHECKSUM REQUIRED
         ONLINE = FALSE WAIT_TIFLASH_READY 1 WITH_SYS_TABLE = 0 LOAD_STATS TRUE`,
    );
    expect(await contents(target)).toEqual(await contents(sql));
  });

  it('take the named databases or tables, in any case', async () => {
    const [databases, tables] = [newUrl(), newUrl()];
    await sql.run(
      `BACKUP SCHEMA SHOP, \`we\`\`ird db\` TO ${literal(databases)}`,
      'USE shop',
      `BACKUP TABLE STOCK, \`we\`\`ird db\`.\`ta ble\` TO ${literal(tables)}`,
    );

    const metadata = await sql.rows(`SHOW BACKUP METADATA FROM ${literal(tables)}`);
    expect(metadata.map(({ Database, Table }) => [Database, Table]).sort()).toEqual([
      ['shop', 'stock'],
      ['we`ird db', 'ta ble'],
    ]);

    const target = await freshCluster();
    await target.run(`RESTORE TABLE shop.stock FROM ${literal(databases)}`);
    expect(await target.rows('SHOW TABLES FROM shop')).toHaveLength(1);
    expect(await contents(target, ['shop.stock'])).toEqual(await contents(sql, ['shop.stock']));
  });

  it('succeed with size 0 if nothing matches', async () => {
    const url = newUrl();
    expect(await sql.row(`BACKUP DATABASE no_such_database TO ${literal(url)}`)).toMatchObject({ Size: '0' });
    expect(await sql.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`)).toEqual([]);
    expect(await (await freshCluster()).row(`RESTORE DATABASE * FROM ${literal(url)}`)).toMatchObject({ Size: '0' });
  });

  it('let AUTO_INCREMENT continue after the restored rows', async () => {
    const url = newUrl();
    const target = await freshCluster();
    await sql.run(`BACKUP TABLE shop.item TO ${literal(url)}`);
    await target.run(`RESTORE TABLE shop.item FROM ${literal(url)}`, "INSERT INTO shop.item (name) VALUES ('new')");
    expect(await target.rows("SELECT id FROM shop.item WHERE name = 'new' AND id > 3")).toHaveLength(1);
  });

  it('keep empty databases beside tables, and leave them out otherwise', async () => {
    const cluster = await world.cluster();
    const connection = await cluster.connect();
    const metadataOf = async (scope: string) => {
      const url = newUrl();
      await connection.run(`BACKUP DATABASE ${scope} TO ${literal(url)}`);
      const target = await freshCluster();
      await target.run('DROP DATABASE test', `RESTORE DATABASE * FROM ${literal(url)}`);
      const rows = await connection.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`);
      return {
        rows: rows.map(({ Database, Table }) => `${Database}.${Table}`).sort(),
        restored: (await target.rows("SHOW DATABASES LIKE 'test'")).length,
      };
    };
    expect(await metadataOf('test')).toEqual({ rows: [], restored: 0 });

    await connection.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)');

    expect(await metadataOf('test, d')).toEqual({ rows: ['d.t', 'test.'], restored: 1 });
  });

  it('include views, sequences, temporary tables and other kinds of tables, some of which a restore changes', async () => {
    const cluster = await world.cluster({ tiflashStores: 2 });
    const connection = await cluster.connect();
    await connection.run(
      'CREATE DATABASE odd',
      'USE odd',
      'CREATE TABLE t (id INT PRIMARY KEY, at DATETIME) TTL = `at` + INTERVAL 1 DAY',
      "INSERT INTO t VALUES (1, '2030-01-01')",
      'ALTER TABLE t CACHE',
      'CREATE TABLE one (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2',
      'ALTER TABLE one SET TIFLASH REPLICA 1',
      'CREATE TABLE two (id INT PRIMARY KEY)',
      'ALTER TABLE two SET TIFLASH REPLICA 2',
      'CREATE VIEW seen AS SELECT id FROM t',
      'CREATE SEQUENCE counted CACHE 10',
      'CREATE GLOBAL TEMPORARY TABLE scratch (id INT) ON COMMIT DELETE ROWS',
    );
    expect(await connection.rows('SELECT NEXTVAL(counted) AS n')).toEqual([{ n: '1' }]);
    const url = newUrl();
    await connection.run(`BACKUP DATABASE odd TO ${literal(url)}`);
    const target = await (await world.cluster({ tiflashStores: 1 })).connect();

    await target.run(`RESTORE DATABASE odd FROM ${literal(url)}`, 'USE odd');

    const names = ['counted', 'one', 'scratch', 'seen', 't', 'two'];
    const rows = await connection.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`);
    expect(rows.map(({ Table }) => Table).sort()).toEqual(names);
    const shown = async (of: typeof target, name: string) => {
      const [row = {}] = await of.rows(`SHOW CREATE TABLE ${name}`);
      return String(Object.values(row)[1]);
    };
    for (const name of ['counted', 'one', 'scratch', 'seen', 'two']) {
      expect(await shown(target, name)).toBe(await shown(connection, name));
    }
    expect(await shown(target, 't')).toBe(
      (await shown(connection, 't')).replace(' /* CACHED ON */', '').replace("TTL_ENABLE='ON'", "TTL_ENABLE='OFF'"),
    );
    expect(await target.rows('SELECT * FROM seen')).toEqual([{ id: 1 }]);
    // The nine values that the cluster had reserved but not used are lost.
    expect(await target.rows('SELECT NEXTVAL(counted) AS n')).toEqual([{ n: '11' }]);
    expect(await target.rows('SELECT TABLE_NAME FROM information_schema.tiflash_replica')).toEqual([
      { TABLE_NAME: 'one' },
    ]);
  });

  it('list the contents of a backup in no order', async () => {
    const url = newUrl();
    await sql.run(`BACKUP DATABASE * TO ${literal(url)}`);
    const orders = new Set<string>();
    for (let time = 0; time < 20; time += 1) {
      const rows = await sql.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`);
      orders.add(rows.map(({ Database, Table }) => `${Database}.${Table}`).join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it('show the contents of a backup', async () => {
    const url = newUrl();
    const { BackupTS } = await sql.row(`BACKUP DATABASE * TO ${literal(url)}`);
    const rows = await sql.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`);
    const end = new Date(Number(BigInt(String(BackupTS)) >> 18n)).toISOString().slice(0, 19).replace('T', ' ');
    expect(rows).toContainEqual({
      Database: 'shop',
      Table: 'stock',
      Total_kvs: '3',
      Total_bytes: expect.stringMatching(/^[1-9]\d*$/),
      Time_range_start: null,
      Time_range_end: end,
    });
    expect(rows).toContainEqual(expect.objectContaining({ Database: 'empty_one', Table: '' }));
  });

  it('copy one moment while others write', async () => {
    const url = newUrl();
    const cluster = await world.cluster();
    const [writer, backup] = [await cluster.connect(), await cluster.connect()];
    await writer.run('CREATE DATABASE bank');
    await loadRows(writer, 'bank.filler', 3000);
    await writer.run('CREATE TABLE bank.zaccount (id int PRIMARY KEY, balance int)');
    await writer.run(
      `INSERT INTO bank.zaccount VALUES ${Array.from({ length: 100 }, (_, id) => `(${id}, 100)`).join(',')}`,
    );

    let done = false;
    const running = backup.row(`BACKUP DATABASE bank TO ${literal(url)} RATE_LIMIT = 4 MB/SECOND`).finally(() => {
      done = true;
    });
    for (let round = 0; !done; round += 1) {
      const [from, to] = [round % 100, (round * 7 + 1) % 100];
      await writer.run(
        'BEGIN',
        `UPDATE bank.zaccount SET balance = balance - 1 WHERE id = ${from}`,
        `UPDATE bank.zaccount SET balance = balance + 1 WHERE id = ${to}`,
        'COMMIT',
      );
    }
    await running;

    const target = await freshCluster();
    await target.run(`RESTORE DATABASE bank FROM ${literal(url)}`);
    const sum = await target.row('SELECT SUM(balance) AS total, COUNT(*) AS accounts FROM bank.zaccount');
    expect([String(sum.total), String(sum.accounts)]).toEqual(['10000', '100']);
  });

  it('read an older moment for SNAPSHOT as a TSO, as a datetime, and as a time ago', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const cluster = await world.cluster({ clock: () => now });
    const connection = await cluster.connect();
    await connection.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int PRIMARY KEY)', 'INSERT INTO d.t VALUES (1)');
    const { BackupTS } = await connection.row(`BACKUP DATABASE d TO ${literal(newUrl())}`);
    now += 5_000;
    await connection.run('INSERT INTO d.t VALUES (2)');
    now += 5_000;

    const counts: unknown[] = [];
    for (const snapshot of [BackupTS, "'2026-01-01 00:00:04'", '6 SECOND AGO', '4 SECOND AGO']) {
      const url = newUrl();
      await connection.run(`BACKUP DATABASE d TO ${literal(url)} SNAPSHOT = ${snapshot}`);
      counts.push((await connection.row(`SHOW BACKUP METADATA FROM ${literal(url)}`)).Total_kvs);
    }

    expect(counts).toEqual(['1', '1', '1', '2']);
  });

  it('are as slow as RATE_LIMIT says', async () => {
    const cluster = await world.cluster();
    const connection = await cluster.connect();
    await connection.run('CREATE DATABASE d');
    await loadRows(connection, 'd.t', 1200);
    const [backupUrl, target] = [newUrl(), await freshCluster()];

    const started = performance.now();
    await connection.run(`BACKUP DATABASE d TO ${literal(backupUrl)} RATE_LIMIT = 1 MB/SECOND`);
    const backedUp = performance.now();
    await target.run(`RESTORE DATABASE d FROM ${literal(backupUrl)} RATE_LIMIT = 1 MB/SECOND`);
    const restored = performance.now();

    expect(backedUp - started).toBeGreaterThan(1000);
    expect(restored - backedUp).toBeGreaterThan(1000);
  });

  it('write as many files at once as CONCURRENCY says', async () => {
    const proxy = await startS3Proxy(world.s3Endpoint);
    const cluster = await world.cluster({ s3Endpoint: proxy.endpoint });
    const connection = await cluster.connect();
    await connection.run('CREATE DATABASE d');
    await Promise.all(Array.from({ length: 20 }, (_, at) => connection.run(`CREATE TABLE d.t${at} (a int)`)));
    for (let at = 0; at < 20; at += 1) await connection.run(`INSERT INTO d.t${at} VALUES (${at})`);

    await connection.run(`BACKUP DATABASE d TO ${literal(newUrl())} CONCURRENCY = 1`);
    const alone = proxy.parallelPuts;
    await connection.run(`BACKUP DATABASE d TO ${literal(newUrl())} CONCURRENCY = 6`);

    expect(alone).toBe(1);
    expect(proxy.parallelPuts).toBeGreaterThan(1);
    expect(proxy.parallelPuts).toBeLessThanOrEqual(6);
    await proxy.stop();
  });

  it('send large files in parts', async () => {
    const proxy = await startS3Proxy(world.s3Endpoint);
    const cluster = await world.cluster({ s3Endpoint: proxy.endpoint });
    const connection = await cluster.connect();
    await connection.run('CREATE DATABASE d');
    await loadRows(connection, 'd.t', 700, 10_000);
    const [url, target] = [newUrl(), await freshCluster()];

    await connection.run(`BACKUP DATABASE d TO ${literal(url)}`);
    await target.run(`RESTORE DATABASE d FROM ${literal(url)}`);

    expect(proxy.accessKeysOf('PUT', 'partNumber=2')).toHaveLength(1);
    expect(await contents(target, ['d.t'])).toEqual(await contents(connection, ['d.t']));
    await proxy.stop();
  });
});

describe('keys for S3', () => {
  async function backUpThrough(query: string, options = '') {
    const proxy = await startS3Proxy(world.s3Endpoint);
    const cluster = await world.cluster({ s3Endpoint: proxy.endpoint });
    const connection = await cluster.connect();
    await connection.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', 'INSERT INTO d.t VALUES (1)');
    await connection.run(
      `BACKUP DATABASE * TO ${literal(`s3://${world.bucket}/${world.newPrefix()}${query}`)} ${options}`,
    );
    await proxy.stop();
    return { meta: proxy.accessKeysOf('PUT', 'backupmeta'), data: proxy.accessKeysOf('PUT', '.sst') };
  }
  const keys = '?access-key=URLKEY&secret-access-key=a+b%26c';

  it('are the role of the nodes without keys in the URL', async () => {
    expect(await backUpThrough('', 'SEND_CREDENTIALS_TO_TIKV = FALSE')).toEqual({
      meta: ['ROLEKEY'],
      data: ['ROLEKEY'],
    });
  });

  it('are exactly those of the URL', async () => {
    expect(await backUpThrough(keys)).toEqual({ meta: ['URLKEY'], data: ['URLKEY'] });
  });

  it('stay in TiDB if they are not sent to TiKV', async () => {
    expect(await backUpThrough(keys, 'SEND_CREDENTIALS_TO_TIKV = FALSE')).toEqual({
      meta: ['URLKEY'],
      data: ['ROLEKEY'],
    });
  });
});
