import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TidbUnderTest, tidbUnderTest } from '../../support/tidb-under-test.ts';
import { EngineWorld } from './engine-world.ts';

/** All of it also holds on a TiDB server: run it with TIDB_URL. */
describe('an object other than a plain table', () => {
  let tidb: TidbUnderTest;
  /** The text of SHOW CREATE. */
  const shown = async (kind: 'TABLE' | 'VIEW' | 'SEQUENCE', name: string) =>
    (await tidb.run(`SHOW CREATE ${kind} ${name}`))[0]?.[1];

  beforeAll(async () => {
    tidb = await tidbUnderTest(['objects_1']);
    await tidb.run(
      'USE objects_1',
      'CREATE TABLE base (id INT PRIMARY KEY, x VARCHAR(9))',
      "INSERT INTO base VALUES (1, 'a'), (2, NULL)",
    );
  });
  afterAll(() => tidb.stop());

  it('a view answers its query, and cannot be written or dropped as a table', async () => {
    await tidb.run(
      'CREATE VIEW seen AS SELECT id FROM base',
      'CREATE OR REPLACE VIEW seen (a, b) AS SELECT id, UPPER(x) FROM base WHERE x IS NOT NULL',
    );

    expect(await tidb.run('SELECT b, a FROM seen')).toEqual([['A', 1]]);
    expect(await tidb.run('SELECT COUNT(*) FROM objects_1.seen')).toEqual([['1']]);
    expect(await shown('VIEW', 'seen')).toMatch(
      /^CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`%` SQL SECURITY DEFINER VIEW `seen` \(`a`, `b`\) AS SELECT /,
    );
    expect(await shown('TABLE', 'seen')).toBe(await shown('VIEW', 'seen'));
    expect(
      await tidb.run(
        "SELECT TABLE_TYPE, ENGINE, TABLE_ROWS, TABLE_COLLATION FROM information_schema.tables WHERE TABLE_NAME = 'seen'",
      ),
    ).toEqual([['VIEW', null, null, null]]);
    expect(
      await tidb.run("SELECT DEFINER, SECURITY_TYPE FROM information_schema.views WHERE TABLE_NAME = 'seen'"),
    ).toEqual([['root@%', 'DEFINER']]);
    expect(await tidb.run("SELECT COLUMN_NAME FROM information_schema.columns WHERE TABLE_NAME = 'seen'")).toEqual([
      ['a'],
      ['b'],
    ]);
    for (const [sql, errno] of [
      ['INSERT INTO seen VALUES (1, 2)', 1105],
      ['DROP TABLE seen', 1051],
      ['TRUNCATE TABLE seen', 1146],
      ['ALTER TABLE seen ADD COLUMN y INT', 1347],
      ['CREATE VIEW seen AS SELECT 1', 1050],
      ['CREATE OR REPLACE VIEW base AS SELECT 1', 1347],
      ['CREATE VIEW blind AS SELECT * FROM nowhere', 1146],
      ['DROP VIEW base', 1347],
      ['DROP VIEW nowhere', 1051],
      ['SHOW CREATE VIEW base', 1347],
    ] as const) {
      expect([sql, (await tidb.refusal(sql)).errno]).toEqual([sql, errno]);
    }
    await tidb.run('DROP VIEW IF EXISTS nowhere, seen');
    expect(await tidb.refusal('SELECT * FROM seen')).toMatchObject({ errno: 1146 });
  });

  it("a view needs SHOW VIEW to be shown, and reads with its creator's rights", async () => {
    await tidb.run(
      'CREATE VIEW shared AS SELECT id FROM base',
      "DROP USER IF EXISTS 'looker'",
      "CREATE USER 'looker' IDENTIFIED BY 'looks'",
      "GRANT SELECT ON objects_1.shared TO 'looker'",
    );
    const looker = await tidb.connect({ user: 'looker', password: 'looks' });
    const asked = async (sql: string) => {
      try {
        return (await looker.query({ sql, rowsAsArray: true }))[0];
      } catch (error) {
        return error;
      }
    };

    expect(await asked('SELECT * FROM objects_1.shared')).toEqual([[1], [2]]);
    expect(await asked('SELECT * FROM objects_1.base')).toMatchObject({ errno: 1142 });
    expect(await asked('SHOW CREATE VIEW objects_1.shared')).toMatchObject({ errno: 1142 });
    const definition = "SELECT COUNT(VIEW_DEFINITION) FROM information_schema.views WHERE TABLE_NAME = 'shared'";
    expect(await asked(definition)).toEqual([['1']]);
    looker.destroy();
    await tidb.run("DROP USER 'looker'");
  });

  it('a sequence counts, even in a snapshot', async () => {
    await tidb.run(
      'CREATE SEQUENCE plain',
      "CREATE SEQUENCE odd START WITH 5 INCREMENT BY 2 MINVALUE 1 MAXVALUE 100 CACHE 10 CYCLE COMMENT 'two'",
    );

    expect(await tidb.run('SELECT NEXTVAL(plain), NEXTVAL(objects_1.odd), NEXT VALUE FOR odd, LASTVAL(odd)')).toEqual([
      ['1', '5', '7', '7'],
    ]);
    expect(await tidb.run('SELECT SETVAL(odd, 50)')).toEqual([['50']]);
    expect(await tidb.run('SELECT NEXTVAL(odd)')).toEqual([['51']]);
    expect(await shown('SEQUENCE', 'plain')).toBe(
      'CREATE SEQUENCE `plain` start with 1 minvalue 1 maxvalue 9223372036854775806 increment by 1 cache 1000 nocycle ENGINE=InnoDB',
    );
    expect(await shown('TABLE', 'odd')).toBe(
      "CREATE SEQUENCE `odd` start with 5 minvalue 1 maxvalue 100 increment by 2 cache 10 cycle ENGINE=InnoDB COMMENT='two'",
    );
    expect(await tidb.run("SELECT TABLE_TYPE FROM information_schema.tables WHERE TABLE_NAME = 'odd'")).toEqual([
      ['SEQUENCE'],
    ]);
    expect(
      await tidb.run(
        "SELECT CACHE, CACHE_VALUE, CYCLE, `INCREMENT`, MAX_VALUE, MIN_VALUE, `START`, COMMENT FROM information_schema.sequences WHERE SEQUENCE_NAME = 'odd'",
      ),
    ).toEqual([
      [1, '10', 1, '2', '100', '1', '5', 'two'].map((value) =>
        expect.toSatisfy((seen) => String(seen) === String(value)),
      ),
    ]);
    for (const [sql, errno] of [
      ['DROP TABLE plain', 1051],
      ['DROP SEQUENCE base', 1347],
      ['DROP SEQUENCE nowhere', 4139],
      ['CREATE SEQUENCE plain', 1050],
      ['CREATE TABLE plain (id INT)', 1050],
      ['SHOW CREATE SEQUENCE base', 1347],
    ] as const) {
      expect([sql, (await tidb.refusal(sql)).errno]).toEqual([sql, errno]);
    }
    const snapshot = (await tidb.run('BEGIN', 'SELECT @@tidb_current_ts'))[0]?.[0];
    if (tidb.isSandbox) {
      await tidb.run('COMMIT', `SET tidb_snapshot = '${snapshot}'`);
      expect(await tidb.run('SELECT NEXTVAL(plain)')).toEqual([['2']]);
    }
    await tidb.run('ROLLBACK', "SET tidb_snapshot = ''");
  });

  it('a global temporary table holds rows for a transaction, and has no checksum', async () => {
    await tidb.run('CREATE GLOBAL TEMPORARY TABLE scratch (id INT PRIMARY KEY, x INT) ON COMMIT DELETE ROWS');
    await tidb.run('BEGIN', 'INSERT INTO scratch VALUES (1, 1), (2, 2)');

    expect(await tidb.run('SELECT * FROM scratch')).toEqual([
      [1, 1],
      [2, 2],
    ]);
    await tidb.run('COMMIT');
    expect(await tidb.run('SELECT * FROM scratch')).toEqual([]);
    await tidb.run('INSERT INTO scratch VALUES (1, 1)');
    expect(await tidb.run('SELECT * FROM scratch')).toEqual([]);
    expect(await tidb.refusal('ADMIN CHECKSUM TABLE scratch')).toMatchObject({
      errno: 8006,
      message: '`admin checksum table` is unsupported on temporary tables.',
    });
    expect(await tidb.run("SELECT TABLE_TYPE FROM information_schema.tables WHERE TABLE_NAME = 'scratch'")).toEqual([
      ['BASE TABLE'],
    ]);
    expect(await shown('TABLE', 'scratch')).toMatch(
      /^CREATE GLOBAL TEMPORARY TABLE `scratch` .* ON COMMIT DELETE ROWS$/s,
    );
    expect(await tidb.refusal('CREATE GLOBAL TEMPORARY TABLE t (id INT)')).toMatchObject({ errno: 1064 });
  });

  it.each([
    [
      'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)',
      '\nPARTITION BY RANGE (`id`)\n(PARTITION `p0` VALUES LESS THAN (10),\n PARTITION `p1` VALUES LESS THAN (MAXVALUE))',
    ],
    ['PARTITION BY HASH (id) PARTITIONS 4', '\nPARTITION BY HASH (`id`) PARTITIONS 4'],
    ['PARTITION BY KEY (id) PARTITIONS 2', '\nPARTITION BY KEY (`id`) PARTITIONS 2'],
    [
      'PARTITION BY LIST (id) (PARTITION a VALUES IN (1,2), PARTITION b VALUES IN (3))',
      '\nPARTITION BY LIST (`id`)\n(PARTITION `a` VALUES IN (1,2),\n PARTITION `b` VALUES IN (3))',
    ],
  ])('a table may be partitioned: %s', async (clause, text) => {
    await tidb.run(
      'DROP TABLE IF EXISTS parted',
      `CREATE TABLE parted (id INT PRIMARY KEY, x INT) ${clause}`,
      'INSERT INTO parted VALUES (1, 1), (3, 2)',
    );

    const [[, made] = []] = await tidb.run('SHOW CREATE TABLE parted');
    expect(String(made).slice(String(made).indexOf('\nPARTITION'))).toBe(text);
    expect(await tidb.run("SELECT CREATE_OPTIONS FROM information_schema.tables WHERE TABLE_NAME = 'parted'")).toEqual([
      ['partitioned'],
    ]);
    expect(await tidb.run('SELECT SUM(x) FROM parted')).toEqual([['3']]);
    await tidb.run('DROP TABLE parted', String(made));
    expect(await shown('TABLE', 'parted')).toBe(made);
  });

  it('partitions may be added and reorganized', async () => {
    await tidb.run(
      'CREATE TABLE moving (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10))',
      'ALTER TABLE moving ADD PARTITION (PARTITION b VALUES LESS THAN (20))',
      'ALTER TABLE moving REORGANIZE PARTITION a INTO (PARTITION a1 VALUES LESS THAN (5), PARTITION a2 VALUES LESS THAN (10))',
    );

    expect(await shown('TABLE', 'moving')).toMatch(/`a1` VALUES LESS THAN \(5\),\n PARTITION `a2`.*,\n PARTITION `b`/s);
  });

  it('shows a foreign key with its index, and TTL and cache options with the table', async () => {
    await tidb.run(
      'CREATE TABLE child (id INT PRIMARY KEY, pid INT, CONSTRAINT of_base FOREIGN KEY (pid) REFERENCES base (id) ON DELETE CASCADE ON UPDATE SET NULL)',
      "CREATE TABLE ending (id INT PRIMARY KEY, t DATETIME) COMMENT='c' TTL = `t` + INTERVAL 1 DAY TTL_ENABLE = 'ON' TTL_JOB_INTERVAL = '2h'",
      'ALTER TABLE base CACHE',
    );

    expect(await shown('TABLE', 'child')).toContain(
      ',\n  KEY `of_base` (`pid`),\n  CONSTRAINT `of_base` FOREIGN KEY (`pid`) REFERENCES `base` (`id`) ON DELETE CASCADE ON UPDATE SET NULL\n)',
    );
    expect(await shown('TABLE', 'ending')).toContain(
      " COMMENT='c' /*T![ttl] TTL=`t` + INTERVAL 1 DAY */ /*T![ttl] TTL_ENABLE='ON' */ /*T![ttl] TTL_JOB_INTERVAL='2h' */",
    );
    await tidb.run("ALTER TABLE ending TTL_ENABLE = 'OFF'");
    expect(await shown('TABLE', 'ending')).toContain("TTL_ENABLE='OFF'");
    expect(await shown('TABLE', 'base')).toMatch(/ \/\* CACHED ON \*\/$/);
    for (const [sql, errno] of [
      ['CREATE TABLE lost (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES nowhere (id))', 1824],
      ['CREATE TABLE lost (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES parted (id))', 1506],
    ] as const) {
      expect([sql, (await tidb.refusal(sql)).errno]).toEqual([sql, errno]);
    }
    await tidb.run('ALTER TABLE base NOCACHE');
    expect(await shown('TABLE', 'base')).not.toContain('CACHED');
  });
});

it('TiFlash has no more replicas of a table than stores, and lists them', async () => {
  const client = await (await EngineWorld.start({ tiflashStores: 2 })).connectTo('replicas');
  await client.run('CREATE TABLE t (id INT)', 'ALTER TABLE t SET TIFLASH REPLICA 2');
  expect(await client.refusal('ALTER TABLE t SET TIFLASH REPLICA 3')).toMatchObject({
    errno: 1105,
    message: 'the tiflash replica count: 3 should be less than the total tiflash server count: 2',
  });

  expect(await client.rows('SELECT TABLE_NAME, REPLICA_COUNT FROM information_schema.tiflash_replica')).toEqual([
    ['t', '2'],
  ]);
  expect(await client.value("SELECT COUNT(*) FROM information_schema.cluster_info WHERE TYPE = 'tiflash'")).toBe('2');
});
