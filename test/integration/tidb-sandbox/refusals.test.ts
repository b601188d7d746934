import { expect, it } from 'vitest';
import { EngineWorld } from './engine-world.ts';

it.each<[number, string, string]>([
  [1049, '42000', 'USE nowhere'],
  [1146, '42S02', 'SELECT * FROM missing'],
  [1146, '42S02', 'SELECT * FROM nowhere.t'],
  [1054, '42S22', 'SELECT missing FROM t'],
  [1054, '42S22', 'SELECT * FROM t WHERE missing = 1'],
  [1054, '42S22', 'INSERT INTO t (missing) VALUES (1)'],
  [1054, '42S22', 'SELECT * FROM t ORDER BY missing'],
  [1062, '23000', "INSERT INTO t VALUES (1,'b',1)"],
  [1062, '23000', 'UPDATE t SET id = 1 WHERE id = 2'],
  [1048, '23000', 'INSERT INTO t VALUES (NULL,NULL,1)'],
  [1364, 'HY000', "INSERT INTO t (name) VALUES ('x')"],
  [1136, '21S01', 'INSERT INTO t VALUES (5)'],
  [1110, 'HY000', 'INSERT INTO t (id, id) VALUES (5, 5)'],
  [1264, '22003', "INSERT INTO t VALUES (2147483648,'x',1)"],
  [1406, '22001', "INSERT INTO t VALUES (5,'0123456789',1)"],
  [1366, 'HY000', "INSERT INTO t VALUES ('five','x',1)"],
  [1690, '22003', 'SELECT 9223372036854775807 + 1'],
  [1111, 'HY000', 'SELECT * FROM t WHERE COUNT(*) > 1'],
  [1140, '42000', 'SELECT id, COUNT(*) FROM t'],
  [1055, '42000', 'SELECT name, COUNT(*) FROM t GROUP BY id'],
  [1007, 'HY000', 'CREATE DATABASE refused'],
  [1008, 'HY000', 'DROP DATABASE nowhere'],
  [1050, '42S01', 'CREATE TABLE t (id INT)'],
  [1051, '42S02', 'DROP TABLE missing, absent'],
  [1049, '42000', 'CREATE TABLE nowhere.t (id INT)'],
  [1060, '42S21', 'CREATE TABLE u (id INT, ID INT)'],
  [1061, '42000', 'CREATE TABLE u (id INT, KEY k (id), KEY k (id))'],
  [1068, '42000', 'CREATE TABLE u (id INT PRIMARY KEY, PRIMARY KEY (id))'],
  [1072, '42000', 'CREATE TABLE u (id INT, KEY (missing))'],
  [1067, '42000', "CREATE TABLE u (id INT DEFAULT 'x')"],
  [1075, 'HY000', 'CREATE TABLE u (id INT AUTO_INCREMENT)'],
  [1193, 'HY000', 'SET missing_variable = 1'],
  [1193, 'HY000', 'SELECT @@missing_variable'],
  [1238, 'HY000', "SET version = 'x'"],
  [1229, 'HY000', "SET tidb_gc_life_time = '20m'"],
  [1298, 'HY000', "SET time_zone = 'soon'"],
  [1210, 'HY000', 'SELECT * FROM t LIMIT -1'],
])('%i %s: %s', async (errno, sqlState, sql) => {
  const client = await (await EngineWorld.start()).connectTo('refused');
  await client.run(
    'CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9), n INT)',
    "INSERT INTO t VALUES (1,'a',1),(2,'b',2)",
  );

  expect(await client.refusal(sql)).toMatchObject({ errno, sqlState });
});

it.each([
  'SELEC 1',
  'SELECT',
  'SELECT FROM t',
  'CREATE TABLE (id INT)',
  'INSERT INTO t VALUES 1',
  'DROP t',
  "SELECT 'open",
  'SELECT 1 1',
])('%s is a syntax error', async (sql) => {
  const client = await (await EngineWorld.start()).connectTo('syntax');

  expect(await client.refusal(sql)).toMatchObject({ errno: 1064, sqlState: '42000' });
});

it.each([
  'SELECT * FROM t JOIN t AS u',
  'SELECT (SELECT 1)',
  'SELECT * FROM t WHERE id IN (SELECT id FROM t)',
  'SELECT 1 UNION SELECT 2',
  'SELECT * FROM t FOR UPDATE',
  'SELECT REVERSE(name) FROM t',
  'SELECT CASE WHEN 1 THEN 2 END',
  'SELECT name + 1 FROM t',
  'SELECT * FROM t WHERE name = 1',
  "SELECT * FROM t WHERE id = 'x'",
  'SELECT RANK() OVER (ORDER BY id) FROM t',
  'SELECT COUNT(*) AS n FROM t HAVING n > 1',
  'CREATE SQL SECURITY INVOKER VIEW v AS SELECT 1',
  'CREATE TABLE u (id INT) PARTITION BY HASH (ABS(id)) PARTITIONS 4',
  'ALTER TABLE t COALESCE PARTITION 1',
  'CREATE SEQUENCE s INCREMENT BY -1',
  'CREATE TABLE u (name VARCHAR(9) COLLATE utf8mb4_general_ci)',
  'CREATE TABLE u (id INT, CHECK (id > 0))',
  'ALTER TABLE t ALTER COLUMN n SET DEFAULT 1',
  'ALTER TABLE t ADD UNIQUE KEY (name)',
  'LOAD DATA INFILE "x" INTO TABLE t',
  'EXPLAIN SELECT 1',
  'SAVEPOINT s',
  "SET sql_mode = ''",
  "SET time_zone = 'Europe/Oslo'",
  'BEGIN PESSIMISTIC',
  'UPDATE t SET n = 1, id = n',
  'SELECT * FROM information_schema.tiflash_segments',
])('%s is refused, not answered wrongly', async (sql) => {
  const client = await (await EngineWorld.start()).connectTo('unsupported');
  await client.run('CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9), n INT)', "INSERT INTO t VALUES (1,'1',1)");

  expect(await client.refusal(sql)).toMatchObject({
    errno: 1105,
    message: expect.stringContaining('not supported by the sandbox: '),
  });
});
