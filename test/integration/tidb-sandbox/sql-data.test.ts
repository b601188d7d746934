import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { EngineWorld } from './engine-world.ts';

const EVERY_TYPE = `CREATE TABLE every_type (
  id BIGINT UNSIGNED NOT NULL, part SMALLINT NOT NULL, tiny TINYINT DEFAULT -5, yes BOOLEAN NOT NULL DEFAULT TRUE,
  amount DECIMAL(38,10), ratio DOUBLE, half FLOAT, day DATE, moment DATETIME(6), stamp TIMESTAMP(3) NULL, took TIME(2), since YEAR,
  doc JSON, code CHAR(4), name VARCHAR(40) COMMENT 'it''s', body MEDIUMTEXT, raw VARBINARY(8), fixed BINARY(3), data LONGBLOB,
  state ENUM('new','it''s') DEFAULT 'new',
  PRIMARY KEY (id, part), UNIQUE KEY named (name), KEY by_day (day, code)) COMMENT='all'`;

it('every type is read as written, including extremes and NULL', async () => {
  const client = await (await EngineWorld.start()).connectTo('types');
  await client.run(
    EVERY_TYPE,
    `INSERT INTO every_type VALUES (18446744073709551615, -32768, NULL, FALSE, -1234567890123456789012345678.0123456789, 0.1, 0.1,
      '9999-12-31', '2024-02-29 23:59:59.999999', '2038-01-19 03:14:07', '-838:59:59.00', 2155,
      '{"b": 18446744073709551615, "a": [1.5, null]}', 'ab', '🚀 数据库', 'O''Reilly \\\\ \\n', x'00ff', x'01', x'00', 'it''s')`,
    'INSERT INTO every_type (id, part) VALUES (0, 0)',
  );

  const [low, high] = await client.rows('SELECT * FROM every_type ORDER BY id, part');

  expect(high).toEqual([
    '18446744073709551615',
    -32768,
    null,
    0,
    '-1234567890123456789012345678.0123456789',
    0.1,
    0.1,
    '9999-12-31',
    '2024-02-29 23:59:59.999999',
    '2038-01-19 03:14:07.000',
    '-838:59:59.00',
    2155,
    '{"a": [1.5, null], "b": 18446744073709551615}',
    'ab',
    '🚀 数据库',
    "O'Reilly \\ \n",
    Buffer.from([0, 255]),
    Buffer.from([1, 0, 0]),
    Buffer.from([0]),
    "it's",
  ]);
  expect(low).toEqual(['0', 0, -5, 1, ...Array(15).fill(null), 'new']);
});

it('prepared statements return the same values in the binary protocol', async () => {
  const client = await (await EngineWorld.start()).connectTo('types');
  await client.run(
    EVERY_TYPE,
    `INSERT INTO every_type VALUES (9007199254740993, 1, -128, TRUE, '12.5', 1e15, 2.5, '2024-01-02', '2024-01-02 03:04:05.000001', '2024-01-02 03:04:05.678',
      '26:00:00.55', 1901, '[]', 'ab', 'n', 'body', x'01', x'02', x'', 'new')`,
  );
  const sql = 'SELECT * FROM every_type WHERE id = ? AND part = ? LIMIT ?';

  const [executed] = await client.raw.execute({ sql, rowsAsArray: true }, ['9007199254740993', 1, 1]);
  const queried = await client.rows(sql.replace('?', '9007199254740993').replace('?', '1').replace('?', '1'));

  expect(executed).toEqual(queried);
});

it('SHOW CREATE TABLE is a statement that creates the same table', async () => {
  const client = await (await EngineWorld.start()).connectTo('shown');
  await client.run(EVERY_TYPE);
  const [[, text] = []] = await client.rows('SHOW CREATE TABLE every_type');

  await client.run('DROP TABLE every_type', String(text));

  expect(await client.rows('SHOW CREATE TABLE every_type')).toEqual([['every_type', text]]);
});

it('20 inserts of 1,000 rows keep AUTO_INCREMENT and are counted', async () => {
  const client = await (await EngineWorld.start()).connectTo('many');
  await client.run('CREATE TABLE t (id BIGINT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20), KEY (name))');
  const values = Array.from({ length: 1000 }, (_, at) => `('row ${at}')`).join();

  for (let batch = 0; batch < 20; batch += 1) await client.run(`INSERT INTO t (name) VALUES ${values}`);

  expect(await client.rows('SELECT COUNT(*), MIN(id), MAX(id) FROM t')).toEqual([['20000', '1', '20000']]);
  expect(await client.rows('SELECT id FROM t ORDER BY id LIMIT 2 OFFSET 15000')).toEqual([['15001'], ['15002']]);
});

it('rows are filtered, ordered, grouped and limited', async () => {
  const client = await (await EngineWorld.start()).connectTo('queries');
  await client.run(
    'CREATE TABLE t (id INT PRIMARY KEY, city VARCHAR(20), price DECIMAL(8,2), day DATE)',
    `INSERT INTO t VALUES (1,'Oslo',1.50,'2024-01-01'),(2,'Oslo',2.25,'2024-01-02'),(3,'Bern',NULL,NULL),(4,'bern ',10,'2024-01-03')`,
  );
  const ids = async (where: string) => (await client.rows(`SELECT id FROM t WHERE ${where}`)).flat();

  expect(await ids("city = 'Bern '")).toEqual([3]);
  expect(await ids("city LIKE 'B%' OR price > '2.24'")).toEqual([2, 3, 4]);
  expect(await ids("day BETWEEN '2024-01-02' AND '2024-01-03' AND NOT id = 4")).toEqual([2]);
  expect(await ids('price IS NULL')).toEqual([3]);
  expect(await ids('price NOT IN (1.5, NULL)')).toEqual([]);
  expect(await ids('id = 2')).toEqual([2]);
  expect(await ids('id = 2.5')).toEqual([]);
  expect(await client.rows('SELECT id FROM t ORDER BY price DESC, id LIMIT 1, 2')).toEqual([[2], [1]]);
  expect(
    await client.rows(
      'SELECT city, COUNT(*) AS n, SUM(price), AVG(price), MAX(day) FROM t GROUP BY city HAVING COUNT(*) > 1 ORDER BY n',
    ),
  ).toEqual([['Oslo', '2', '3.75', '1.875000', '2024-01-02']]);
  expect(await client.rows('SELECT id * 2 AS twice FROM t ORDER BY twice DESC LIMIT 1')).toEqual([['8']]);
  expect(await client.rows('SELECT DISTINCT city FROM t ORDER BY 1')).toEqual([['Bern'], ['Oslo'], ['bern ']]);
  expect(await client.rows('SELECT COUNT(*), SUM(price) FROM t WHERE id > 100')).toEqual([['0', null]]);
});

it('UPDATE, DELETE, REPLACE and ON DUPLICATE KEY UPDATE change only what they name', async () => {
  const client = await (await EngineWorld.start()).connectTo('changes');
  await client.run(
    'CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9) UNIQUE, n INT DEFAULT 0)',
    "INSERT INTO t (id, name) VALUES (1,'a'),(2,'b'),(3,'c')",
  );

  expect(await client.run('UPDATE t SET n = n + 1, id = 10 WHERE id = 1')).toMatchObject({ affectedRows: 1 });
  expect(await client.run("REPLACE INTO t VALUES (2,'c',7)")).toMatchObject({ affectedRows: 3 });
  expect(await client.run("INSERT INTO t VALUES (2,'x',1) ON DUPLICATE KEY UPDATE n = n + VALUES(n)")).toMatchObject({
    affectedRows: 2,
  });
  expect(await client.run("INSERT IGNORE INTO t VALUES (2,'y',1),(5,'e',1)")).toMatchObject({ affectedRows: 1 });
  expect(await client.run('DELETE FROM t WHERE id >= 5 ORDER BY id LIMIT 1')).toMatchObject({ affectedRows: 1 });
  expect(await client.rows('SELECT * FROM t')).toEqual([
    [2, 'c', 8],
    [10, 'a', 1],
  ]);
});

it('a failing statement leaves nothing behind, alone and in a transaction', async () => {
  const client = await (await EngineWorld.start()).connectTo('atomic');
  await client.run('CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9) UNIQUE)', "INSERT INTO t VALUES (1,'a')");

  expect(await client.refusal("INSERT INTO t VALUES (2,'b'),(3,'a')")).toMatchObject({
    errno: 1062,
    message: "Duplicate entry 'a' for key 't.name'",
  });
  await client.run('BEGIN', "INSERT INTO t VALUES (4,'d')");
  await client.refusal("INSERT INTO t VALUES (5,'e'),(1,'f')");
  await client.run('COMMIT');

  expect(await client.rows('SELECT * FROM t')).toEqual([
    [1, 'a'],
    [4, 'd'],
  ]);
});

it('a transaction reads its own writes and the snapshot of its start; others see it when it commits', async () => {
  const world = await EngineWorld.start();
  const [writer, reader] = [await world.connectTo('isolated'), await world.connect({ database: 'isolated' })];
  await writer.run('CREATE TABLE t (id INT PRIMARY KEY, n INT)', 'INSERT INTO t VALUES (1,1),(2,2)');

  await reader.run('BEGIN');
  await writer.run(
    'BEGIN',
    'UPDATE t SET n = 9 WHERE id = 1',
    'DELETE FROM t WHERE id = 2',
    'INSERT INTO t VALUES (0,0)',
  );
  const own = await writer.rows('SELECT * FROM t');
  await writer.run('COMMIT');

  expect(own).toEqual([
    [0, 0],
    [1, 9],
  ]);
  expect(await reader.rows('SELECT * FROM t')).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(await reader.value('SELECT COUNT(*) FROM t')).toBe('2');
  await reader.run('UPDATE t SET n = 5 WHERE id = 1');
  expect(await reader.refusal('COMMIT')).toMatchObject({ errno: 9007 });
  expect(await reader.rows('SELECT * FROM t')).toEqual(own);
});

it('tidb_snapshot reads the data at a TSO, including schema and checksum', async () => {
  const client = await (await EngineWorld.start()).connectTo('history');
  await client.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1),(2)');
  const before = await client.rows('ADMIN CHECKSUM TABLE t');
  const tso = await client.value('SELECT TIDB_CURRENT_TSO()');
  await client.run('DELETE FROM t WHERE id = 1', 'ALTER TABLE t ADD COLUMN n INT DEFAULT 3', 'DROP TABLE t');

  await client.run(`SET @@tidb_snapshot = '${tso}'`);

  expect(await client.rows('SELECT * FROM t')).toEqual([[1], [2]]);
  expect(await client.rows('ADMIN CHECKSUM TABLE t')).toEqual(before);
  expect(await client.refusal('INSERT INTO t VALUES (3)')).toMatchObject({ errno: 1105 });
  expect(await client.refusal("SET @@tidb_snapshot = '2001-01-01 00:00:00'")).toMatchObject({ errno: 8055 });
  await client.run("SET @@tidb_snapshot = ''");
  expect(await client.refusal('SELECT * FROM t')).toMatchObject({ errno: 1146 });
});

it('equal tables have equal checksums if they have equal ids, whatever the order in which they were filled', async () => {
  const sums = async (...before: string[]) => {
    const client = await (await EngineWorld.start()).connectTo('same');
    await client.run(...before, 'CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9))');
    return {
      fill: async (...statements: string[]) => {
        await client.run(...statements);
        const [[, , checksum, ...counts] = []] = await client.rows('ADMIN CHECKSUM TABLE t');
        return { checksum, counts };
      },
    };
  };
  const one = await (await sums()).fill("INSERT INTO t VALUES (1,'a'),(2,'b'),(3,'c')");
  const other = await (await sums()).fill(
    "INSERT INTO t VALUES (2,'x')",
    "REPLACE INTO t VALUES (3,'c'),(2,'b'),(1,'a')",
  );
  // An odd number of rows: equal differences in two rows would cancel out in the CRC. Another table came first, as in a cluster into which
  // a backup is restored.
  const moved = await (await sums('CREATE TABLE other (id INT)')).fill("INSERT INTO t VALUES (1,'a'),(2,'b'),(3,'c')");

  expect(other).toEqual(one);
  expect(moved.counts).toEqual(one.counts);
  expect(moved.checksum).not.toBe(one.checksum);
});

it('a sum of CRC32 over CONCAT_WS distinguishes tables of any types', async () => {
  const client = await (await EngineWorld.start()).connectTo('content');
  const columns =
    'id INT PRIMARY KEY, t VARCHAR(9), d DOUBLE, f FLOAT, n DECIMAL(9,2), b VARBINARY(9), w DATETIME, j JSON';
  const sum = "SELECT SUM(CRC32(CONCAT_WS(',', id, t, d, f, n, b, w, j, CONCAT(ISNULL(t), ISNULL(b))))) FROM ";
  for (const table of ['one', 'two']) {
    await client.run(
      `CREATE TABLE ${table} (${columns})`,
      `INSERT INTO ${table} VALUES (1, 'é', 1.5, 0.1, 2.50, x'00ff', '2026-03-01 10:00:00', '{"a": 1}')`,
      `INSERT INTO ${table} VALUES (2, '', NULL, NULL, NULL, NULL, NULL, NULL)`,
    );
  }

  const before = await client.value(`${sum}one`);
  expect(await client.value(`${sum}two`)).toEqual(before);
  await client.run('UPDATE two SET t = NULL WHERE id = 2');
  expect(await client.value(`${sum}two`)).not.toEqual(before);
  expect(await client.value("SELECT CRC32('MySQL')")).toBe('3259397556');
  expect(await client.value("SELECT CONCAT_WS(',', 'a', NULL, 'b', 1.5)")).toBe('a,b,1.5');
});

it('columns are added and dropped without rewriting rows', async () => {
  const client = await (await EngineWorld.start()).connectTo('altered');
  await client.run('CREATE TABLE t (a INT PRIMARY KEY, b INT)', 'INSERT INTO t VALUES (1,2)');

  await client.run(
    "ALTER TABLE t ADD COLUMN c VARCHAR(9) NOT NULL DEFAULT 'x' AFTER a, DROP COLUMN b",
    "INSERT INTO t VALUES (2,'y')",
  );
  await client.run('ALTER TABLE t ADD COLUMN b INT', 'CREATE INDEX by_c ON t (c)');

  expect(await client.rows('SELECT * FROM t')).toEqual([
    [1, 'x', null],
    [2, 'y', null],
  ]);
  await client.run('TRUNCATE TABLE t');
  expect(await client.value('SELECT COUNT(*) FROM t')).toBe('0');
});

it('data and accounts survive the process if there is a directory for them', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'tidb-sandbox-test-'));
  const first = await EngineWorld.start({ dataDir });
  const client = await first.connectTo('kept');
  await client.run(
    'CREATE TABLE t (id INT PRIMARY KEY)',
    'INSERT INTO t VALUES (7)',
    "CREATE USER reader IDENTIFIED BY 'r'",
    'GRANT SELECT ON kept.* TO reader',
  );
  await first.stop();

  const reader = await (await EngineWorld.start({ dataDir })).connect({ user: 'reader', password: 'r' });

  expect(await reader.rows('SELECT * FROM kept.t')).toEqual([[7]]);
  await rm(dataDir, { recursive: true });
});

it('a table takes as many bytes as its rows and unique index entries, and the cluster has one store', async () => {
  const world = await EngineWorld.start({ ports: [0, 0], version: '7.5.1', statisticsDelayMs: 0 });
  const client = await world.connectTo('sizes');
  await client.run('CREATE TABLE t (id INT PRIMARY KEY, code VARCHAR(20), filler TEXT, UNIQUE KEY (code))');
  const lengths = async () => {
    const [row = []] = await client.rows(
      "SELECT DATA_LENGTH, INDEX_LENGTH FROM information_schema.tables WHERE TABLE_NAME = 't'",
    );
    return row.map(Number);
  };
  expect(await lengths()).toEqual([0, 0]);

  await client.run(`INSERT INTO t VALUES (1, 'one', '${'x'.repeat(1_000)}'), (2, 'two', '${'x'.repeat(1_000)}')`);

  const [data = 0, indexes = 0] = await lengths();
  expect(data).toBeGreaterThan(2_000);
  expect(data).toBeLessThan(2_200);
  expect(indexes).toBeGreaterThan(6);
  await client.run('DELETE FROM t WHERE id = 2');
  expect((await lengths()).map((length) => length * 2)).toEqual([data, indexes]);
  expect(await client.rows('SELECT TYPE, VERSION FROM information_schema.cluster_info')).toEqual([
    ['tidb', '7.5.1'],
    ['tidb', '7.5.1'],
    ['tikv', '7.5.1'],
  ]);
});
