import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, parseEndpoint } from '../../../../functions/adapters/tidb/connection.ts';
import { holdSnapshot } from '../../../../functions/adapters/tidb/snapshot-hold.ts';
import type { TableName } from '../../../../functions/domain/backup/backup-scope.ts';
import type { RecordedTable, TableNotes } from '../../../../functions/domain/backup/table-notes.ts';
import { type TidbUnderTest, tidbUnderTest } from '../../../support/tidb-under-test.ts';

let tidb: TidbUnderTest;
beforeAll(async () => {
  tidb = await tidbUnderTest(['reading_1'], { tiflashStores: 1 });
  await tidb.run('USE reading_1');
});
afterAll(() => tidb.stop());

interface As {
  user?: string;
  password?: string;
  version?: TableNotes['version'];
}

/** As a drill reads it. */
async function read(
  table: string,
  { user = tidb.user, password = tidb.password, version = 2 }: As = {},
): Promise<RecordedTable> {
  const endpoint = parseEndpoint(`${tidb.host}:${tidb.port}`);
  const hold = await holdSnapshot(() => connect(endpoint, { user, password }, { mode: 'disabled' }));
  try {
    const reader = await hold.openReader(hold.tso);
    const { tables } = await reader.list();
    const listed = tables.find((each) => each.database === 'reading_1' && each.table === table);
    if (listed === undefined) throw new Error(`${table} is not listed`);
    const noted = await reader.read(listed, { version, timeoutMs: 20_000 });
    await hold.proveAlive();
    return noted;
  } finally {
    await hold.close();
  }
}

/** Draws from a fixed sequence, so that a failure is reproducible. */
function draws(seed: number) {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const whole = (below: number) => Math.floor(next() * below);
  const text = (alphabet: string) => {
    const letters = [...alphabet];
    return Array.from({ length: whole(9) }, () => letters[whole(letters.length)]).join('');
  };
  return { next, whole, text };
}

type Draws = ReturnType<typeof draws>;
const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const bytes = ({ whole }: Draws) =>
  `x'${Array.from({ length: whole(4) }, () => whole(256).toString(16).padStart(2, '0')).join('')}'`;
const AWKWARD = 'a,\'N\\"U|L-0 ';

/** A column of each type, and a value of it in SQL. */
const COLUMNS: Record<string, (draw: Draws) => string> = {
  'TINYINT UNSIGNED': ({ whole }) => String(whole(256)),
  SMALLINT: ({ whole }) => String(whole(65_536) - 32_768),
  MEDIUMINT: ({ whole }) => String(whole(2 ** 24) - 2 ** 23),
  INT: ({ whole }) => String(whole(2 ** 32) - 2 ** 31),
  'BIGINT UNSIGNED': ({ whole }) => String(2n ** 64n - 1n - BigInt(whole(9))),
  BOOLEAN: ({ whole }) => String(whole(2)),
  'DECIMAL(38,10)': ({ whole }) =>
    `${whole(2) ? '-' : ''}1234567890123456789012345678.${String(whole(1e9)).padStart(10, '0')}`,
  FLOAT: ({ next, whole }) => `${(next() - 0.5).toPrecision(7)}e${whole(60) - 30}`,
  DOUBLE: ({ next, whole }) => `${(next() - 0.5).toPrecision(17)}e${whole(600) - 300}`,
  'BIT(60)': ({ whole }) => String(2n ** 60n - 1n - BigInt(whole(1_000))),
  YEAR: ({ whole }) => String(1901 + whole(255)),
  DATE: ({ whole }) => `'20${10 + whole(90)}-0${1 + whole(9)}-1${whole(10)}'`,
  'DATETIME(6)': ({ whole }) => `'2024-02-29 23:59:59.${String(whole(1e6)).padStart(6, '0')}'`,
  'TIMESTAMP(3) NULL': ({ whole }) => `'2024-02-29 12:00:00.${String(whole(1e3)).padStart(3, '0')}'`,
  'TIME(2)': ({ whole }) => `'${whole(2) ? '-' : ''}${10 + whole(800)}:00:00.${10 + whole(90)}'`,
  'CHAR(12)': ({ text }) => quote(text(AWKWARD)),
  'VARCHAR(20)': ({ text }) => quote(text(`${AWKWARD}🚀数`)),
  'VARCHAR(20) CHARSET latin1': ({ text }) => quote(text(`${AWKWARD}éü`)),
  'VARCHAR(20) CHARSET gbk': ({ text }) => quote(text(`${AWKWARD}中文数据`)),
  TEXT: ({ text }) => quote(text(AWKWARD)),
  'LONGTEXT CHARSET gbk': ({ text }) => quote(text(`${AWKWARD}中文`)),
  'BINARY(3)': bytes,
  'VARBINARY(8)': bytes,
  BLOB: bytes,
  "ENUM('a','b,','c')": ({ whole }) => String(1 + whole(3)),
  "SET('x','y','z')": ({ whole }) => String(whole(8)),
  JSON: ({ whole, text }) => `'${JSON.stringify({ n: whole(1e6), t: text('ab,') })}'`,
  'VECTOR(3)': ({ next }) => `'[${next()},${next()},${next()}]'`,
};

/** All of it also holds on a TiDB server: run it with TIDB_URL. */
describe('a table that is read', () => {
  it('has another checksum as soon as a value of any type changes, and the old one when it is restored', async () => {
    const types = Object.entries(COLUMNS);
    const columns = types.map(([type], at) => `c${at} ${type}`).join(', ');
    await tidb.run(`CREATE TABLE every_type (id INT PRIMARY KEY, ${columns})`);
    const draw = draws(7);
    const value = (make: (draw: Draws) => string) => (draw.whole(6) === 0 ? 'NULL' : make(draw));
    const rows = Array.from({ length: 12 }, (_, id) => `(${[id, ...types.map(([, make]) => value(make))].join(', ')})`);
    await tidb.run(`INSERT INTO every_type VALUES ${rows.join(', ')}`);
    const before = await read('every_type');
    expect(before).toMatchObject({ rows: '12', content: expect.stringMatching(/^\d+$/) });
    const seen = new Set([before.content]);

    for (const [at, [type, make]] of types.entries()) {
      const id = draw.whole(12);
      const [[kept] = []] = await tidb.run(`SELECT COUNT(*) FROM every_type WHERE id = ${id} AND c${at} IS NULL`);
      let changed = 'NULL';
      await tidb.run(
        'CREATE TABLE saved LIKE every_type',
        `INSERT INTO saved SELECT * FROM every_type WHERE id = ${id}`,
      );
      if (String(kept) === '1') changed = make(draw);
      await tidb.run(`UPDATE every_type SET c${at} = ${changed} WHERE id = ${id}`);

      const after = await read('every_type');

      expect(seen, `${type} to ${changed} in row ${id}`).not.toContain(after.content);
      seen.add(after.content);
      await tidb.run(
        `DELETE FROM every_type WHERE id = ${id}`,
        'INSERT INTO every_type SELECT * FROM saved',
        'DROP TABLE saved',
      );
    }
    expect((await read('every_type')).content).toBe(before.content);
  });

  it.each([
    ['INT', '1', '2'],
    ['BIGINT UNSIGNED', '18446744073709551615', '18446744073709551614'],
    [
      'DECIMAL(65,30)',
      '12345678901234567890123456789012345.000000000000000000000000000001',
      '12345678901234567890123456789012345',
    ],
    ['FLOAT', '1.234567', '1.2345672'],
    ['FLOAT', '1e-30', '1.1e-30'],
    ['DOUBLE', '0.1', '0.10000000000000002'],
    ['DOUBLE', '1.7976931348623157e308', '1.7976931348623155e308'],
    ['BIT(3)', '5', '4'],
    ['BIT(64)', '18446744073709551615', '18446744073709551614'],
    ['VECTOR(3)', "'[1.5,2.25,3.125]'", "'[1.5,2.25,3.1250002]'"],
    ['VECTOR', "'[1]'", "'[1,0]'"],
    ['VARBINARY(9)', "x'00'", "x'0000'"],
    ['BINARY(2)', "x'0001'", "x'0100'"],
    ['BLOB', "x'ff'", "x'fe'"],
    ['VARCHAR(9)', "''", 'NULL'],
    ['VARCHAR(9)', "'NULL'", 'NULL'],
    ['TEXT', "'a'", "'A'"],
    ['VARCHAR(9) CHARSET latin1', "'é'", "'e'"],
    ['VARCHAR(9) CHARSET gbk', "'中'", "'国'"],
    ["ENUM('a','b')", "'a'", "'b'"],
    ["SET('a','b')", "'a'", "'a,b'"],
    ['JSON', '\'{"a": 1}\'', '\'{"a": 2}\''],
    ['TIME(6)', "'-00:00:00.000001'", "'00:00:00.000001'"],
  ])('distinguishes %s %s from %s', async (type, one, other) => {
    await tidb.run(
      'DROP TABLE IF EXISTS one_value',
      `CREATE TABLE one_value (v ${type})`,
      `INSERT INTO one_value VALUES (${one})`,
    );
    const before = await read('one_value');

    await tidb.run(`UPDATE one_value SET v = ${other}`);

    expect((await read('one_value')).content).not.toBe(before.content);
  });

  it.each([
    [`('a', 'b,c')`, `('a,b', 'c')`],
    [`('a', NULL)`, `(NULL, 'a')`],
    [`('', NULL)`, `(NULL, '')`],
    [`('a', ''), ('b', '')`, `('a', 'b'), ('', '')`],
    // Of these four, only CRC-32 adds up to the same.
    [`('a', 'l'), ('v', 't')`, `('a', 't'), ('v', 'l')`],
    [`('1', 'x'), ('2', 'y')`, `('1', 'y'), ('2', 'x')`],
    [`('a', 'a'), ('a', 'a')`, `('b', 'b'), ('b', 'b')`],
  ])('distinguishes rows %s from %s', async (some, others) => {
    await tidb.run(
      'DROP TABLE IF EXISTS pairs',
      'CREATE TABLE pairs (a VARCHAR(9), b TEXT)',
      `INSERT INTO pairs VALUES ${some}`,
    );
    const before = await read('pairs');

    await tidb.run('DELETE FROM pairs', `INSERT INTO pairs VALUES ${others}`);

    expect(await read('pairs')).not.toMatchObject({ content: before.content });
  });

  it('is read by the rules of older checksums too', async () => {
    await tidb.run(
      'CREATE TABLE older (a INT PRIMARY KEY, b VARCHAR(9))',
      "INSERT INTO older VALUES (1, 'x'), (2, NULL)",
    );

    expect(await read('older', { version: 1 })).toMatchObject({
      rows: '2',
      content: String(crc32('1,x,00') + crc32('2,01')),
    });
  });

  it('needs only SELECT for its rows and its definition, and SUPER for its key-value pairs', async () => {
    await tidb.run(
      'CREATE TABLE shown (id INT PRIMARY KEY)',
      'INSERT INTO shown VALUES (1)',
      'CREATE VIEW seen AS SELECT id FROM shown',
      'CREATE SEQUENCE counted',
      'CREATE GLOBAL TEMPORARY TABLE scratch (id INT) ON COMMIT DELETE ROWS',
      "DROP USER IF EXISTS 'reader'",
      "CREATE USER 'reader' IDENTIFIED BY 'reads'",
      "GRANT SELECT ON reading_1.* TO 'reader'",
    );
    const reader = { user: 'reader', password: 'reads' };
    const withSuper = await read('shown');
    const { kvs, bytes: size, crc, ...rest } = withSuper;
    for (const number of [kvs, size, crc]) expect(number).toMatch(/^\d+$/);

    expect(await read('shown', reader)).toEqual(rest);
    for (const name of ['seen', 'counted', 'scratch']) expect(await read(name, reader)).toEqual(await read(name));
    expect(await read('seen')).toMatchObject({ kind: 'view', definition: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await read('counted')).toMatchObject({ kind: 'sequence' });
    expect(await read('scratch')).toMatchObject({ kind: 'temporary table', settings: {} });
    expect(await read('scratch')).not.toHaveProperty('rows');
    await tidb.run("REVOKE SELECT ON reading_1.* FROM 'reader'", "GRANT PROCESS ON *.* TO 'reader'");
    await expect(read('shown', reader)).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: '"reading_1.shown" cannot be read: the account must have SELECT',
    });
    await tidb.run("DROP USER 'reader'");
  });

  it('has another definition after a change, like a view or a sequence', async () => {
    await tidb.run(
      'CREATE TABLE defined (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(9))',
      'CREATE VIEW viewed AS SELECT id FROM defined',
      'CREATE SEQUENCE numbered',
    );
    const definitions = async () =>
      await Promise.all(['defined', 'viewed', 'numbered'].map(async (name) => (await read(name)).definition));
    const [table, view, sequence] = await definitions();
    await tidb.run("INSERT INTO defined (name) VALUES ('x')", 'SELECT NEXTVAL(numbered)');
    expect(await definitions()).toEqual([table, view, sequence]);

    await tidb.run(
      "ALTER TABLE defined COMMENT = 'changed'",
      'CREATE OR REPLACE VIEW viewed (renamed) AS SELECT id FROM defined',
      'DROP SEQUENCE numbered',
      'CREATE SEQUENCE numbered CACHE 7',
    );

    const after = await definitions();
    for (const [at, old] of [table, view, sequence].entries()) expect(after[at]).not.toBe(old);
  });

  it('is read whatever limits operators have set, which do not end its hold either', async () => {
    await tidb.run('CREATE TABLE limited (id INT PRIMARY KEY)', 'INSERT INTO limited VALUES (1)');
    const limits = (seconds: number) => [
      `SET GLOBAL max_execution_time = ${seconds}`,
      `SET GLOBAL tidb_idle_transaction_timeout = ${seconds}`,
    ];
    await tidb.run(...limits(1));
    try {
      const endpoint = parseEndpoint(`${tidb.host}:${tidb.port}`);
      const open = () => connect(endpoint, { user: tidb.user, password: tidb.password }, { mode: 'disabled' });
      const hold = await holdSnapshot(open);
      const reader = await hold.openReader(hold.tso);
      const session = await reader.assert('SELECT @@max_execution_time + @@tidb_idle_transaction_timeout = 0', 5_000);
      const engines = await reader.assert("SELECT @@tidb_isolation_read_engines = 'tikv,tidb'", 5_000);

      expect([session, engines]).toEqual([{ passed: true }, { passed: true }]);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await hold.proveAlive();
      await hold.close();
    } finally {
      await tidb.run(...limits(0));
    }
  });

  it("is listed with its databases, including empty ones, and nothing of TiDB's own", async () => {
    const endpoint = parseEndpoint(`${tidb.host}:${tidb.port}`);
    const hold = await holdSnapshot(() =>
      connect(endpoint, { user: tidb.user, password: tidb.password }, { mode: 'disabled' }),
    );
    const { databases, tables } = await (await hold.openReader(hold.tso)).list();

    expect(databases.map((name) => name.toLowerCase())).toEqual(expect.arrayContaining(['reading_1', 'test']));
    expect(databases).not.toContain('mysql');
    const own = (name: TableName) => name.database !== 'reading_1';
    expect(tables.filter(own).filter(({ database }) => /^(mysql|sys|information_schema)$/i.test(database))).toEqual([]);
    await hold.close();
  });
});

describe('of the sandbox alone', () => {
  it('a table with a replica in TiFlash reads the same, and reports the number of replicas', async () => {
    if (!tidb.isSandbox) return;
    await tidb.run('CREATE TABLE replicated (f FLOAT, d DOUBLE)', 'INSERT INTO replicated VALUES (1e-7, 1e22)');
    const before = await read('replicated');

    await tidb.run('ALTER TABLE replicated SET TIFLASH REPLICA 1');

    expect(await read('replicated')).toEqual({ ...before, settings: { tiflashReplicas: 1 } });
  });
});
