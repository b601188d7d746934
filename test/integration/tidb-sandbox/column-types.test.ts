import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TidbUnderTest, tidbUnderTest } from '../../support/tidb-under-test.ts';

/** All of it also holds on a TiDB server: run it with TIDB_URL. */
describe('column types', () => {
  let tidb: TidbUnderTest;

  beforeAll(async () => {
    tidb = await tidbUnderTest(['types_1']);
    await tidb.run('USE types_1');
  });
  afterAll(() => tidb.stop());

  it('keep bits, which are a number to HEX and bytes as text', async () => {
    await tidb.run(
      'CREATE TABLE bits (id INT PRIMARY KEY, few BIT(3), one BIT, all_of_them BIT(64))',
      "INSERT INTO bits VALUES (1, 5, 1, 18446744073709551615), (2, b'111', b'0', x'ff')",
    );

    expect(
      await tidb.run(
        "SELECT few, all_of_them, few + 0, HEX(all_of_them), HEX(CONCAT_WS(',', few, 'x')), HEX(CAST(few AS CHAR)) FROM bits ORDER BY id",
      ),
    ).toEqual([
      [Buffer.from([5]), Buffer.alloc(8, 255), '5', 'FFFFFFFFFFFFFFFF', '052C78', '05'],
      [Buffer.from([7]), Buffer.from([0, 0, 0, 0, 0, 0, 0, 255]), '7', 'FF', '072C78', '07'],
    ]);
    expect(await tidb.run('SELECT id FROM bits WHERE few = 5')).toEqual([[1]]);
    expect(await tidb.refusal('INSERT INTO bits VALUES (3, 8, 0, 0)')).toMatchObject({ errno: 1406 });
  });

  it('cut a VECTOR(n) to n characters only where text is implied', async () => {
    await tidb.run(
      'CREATE TABLE vectors (id INT PRIMARY KEY, fixed VECTOR(2), any_size VECTOR)',
      "INSERT INTO vectors VALUES (1, '[1.5, 2]', '[1,2,3]'), (2, '[1e30,0.1]', '[-1.5,1e-7]')",
    );

    expect(
      await tidb.run(
        "SELECT fixed, CONCAT_WS(',', fixed, any_size), CAST(fixed AS CHAR), VEC_AS_TEXT(fixed), MD5(fixed) = MD5('[1') FROM vectors ORDER BY id",
      ),
    ).toEqual([
      ['[1.5,2]', '[1,[1,2,3]', '[1.5,2]', '[1.5,2]', '1'],
      [
        '[1000000000000000000000000000000,0.1]',
        '[1,[-1.5,0.0000001]',
        ...Array(2).fill('[1000000000000000000000000000000,0.1]'),
        '1',
      ],
    ]);
    expect(await tidb.refusal('SELECT HEX(fixed) FROM vectors')).toMatchObject({ errno: 1105 });
    expect(await tidb.refusal("INSERT INTO vectors VALUES (3, '[1,2,3]', '[1]')")).toMatchObject({
      errno: 1105,
      message: 'vector has 3 dimensions, does not fit VECTOR(2)',
    });
    expect(await tidb.refusal("INSERT INTO vectors VALUES (3, 'abc', '[1]')")).toMatchObject({
      errno: 1105,
      message: 'Invalid vector text: abc',
    });
  });

  it('keep a set in the order of its members', async () => {
    await tidb.run(
      "CREATE TABLE sets (id INT PRIMARY KEY, s SET('x','y','z'))",
      "INSERT INTO sets VALUES (1, 'z,x'), (2, ''), (3, 3), (4, NULL)",
    );

    expect(await tidb.run('SELECT s, HEX(s) FROM sets ORDER BY id')).toEqual([
      ['x,z', '782C7A'],
      ['', ''],
      ['x,y', '782C79'],
      [null, null],
    ]);
    expect(await tidb.refusal("INSERT INTO sets VALUES (5, 'q')")).toMatchObject({ errno: 1265 });
  });

  it('compare the bytes of a text in its own character set', async () => {
    await tidb.run(
      'CREATE TABLE texts (id INT PRIMARY KEY, l VARCHAR(9) CHARSET latin1, g VARCHAR(9) CHARSET gbk, a CHAR(9) CHARSET ascii, u TEXT CHARSET utf8)',
      "INSERT INTO texts VALUES (1, 'é', '中é', 'e', '中'), (2, 'x', x'd6d0', 'x', 'x')",
    );

    expect(
      await tidb.run(
        'SELECT g, HEX(l), HEX(g), LENGTH(g), CHAR_LENGTH(g), MD5(g), CRC32(g), HEX(CAST(g AS BINARY)), HEX(CONVERT(g USING utf8mb4)), HEX(CONVERT(l USING gbk)) FROM texts ORDER BY id',
      ),
    ).toEqual([
      [
        '中é',
        'C3A9',
        'D6D0A8A6',
        '4',
        '2',
        '21de9e68032f0e518fef0145f0d8e1de',
        '4137237589',
        'D6D0A8A6',
        'E4B8ADC3A9',
        'A8A6',
      ],
      ['中', '78', 'D6D0', '2', '1', '5301da37e5ffca1823a5cef67488d4bf', '275292850', 'D6D0', 'E4B8AD', '78'],
    ]);
    expect(
      await tidb.run("SELECT CONCAT_WS('-', l, u), CONCAT_WS('-', g, u), CONCAT_WS('-', a, l) FROM texts WHERE id = 1"),
    ).toEqual([['é-中', '中é-中', 'e-é']]);
    for (const [column, value] of [
      ['g', '😀'],
      ['a', 'é'],
      ['u', '😀'],
    ]) {
      expect(await tidb.refusal(`INSERT INTO texts (id, ${column}) VALUES (3, '${value}')`)).toMatchObject({
        errno: 1366,
      });
    }
  });

  it('mix no latin1 with gbk, not even beside bytes', async () => {
    await tidb.run(
      'CREATE TABLE mixed (l VARCHAR(9) CHARSET latin1, g VARCHAR(9) CHARSET gbk)',
      "INSERT INTO mixed VALUES ('é', 'é')",
    );

    expect(await tidb.refusal('SELECT CONCAT(l, g) FROM mixed')).toMatchObject({
      errno: 1267,
      message: "Illegal mix of collations (latin1_bin,IMPLICIT) and (gbk_chinese_ci,IMPLICIT) for operation 'concat'",
    });
    expect(await tidb.refusal("SELECT CONCAT_WS(',', l, g) FROM mixed")).toMatchObject({ errno: 1270 });
    expect(await tidb.refusal("SELECT CONCAT_WS(',', l, g, 'x') FROM mixed")).toMatchObject({
      errno: 1271,
      message: "Illegal mix of collations for operation 'concat_ws'",
    });
    expect(await tidb.refusal('SELECT l = g FROM mixed')).toMatchObject({ errno: 1267 });
    expect(await tidb.refusal("SELECT CONCAT_WS(',', l, g, x'01') FROM mixed")).toMatchObject({ errno: 1271 });
    expect(await tidb.run("SELECT CONCAT_WS(',', HEX(l), HEX(g)), HEX(CONCAT_WS(',', g, x'01')) FROM mixed")).toEqual([
      ['C3A9,A8A6', 'A8A62C01'],
    ]);
  });

  it('show character sets other than the default', async () => {
    await tidb.run(
      'CREATE TABLE shown (x TEXT, y VARCHAR(3) CHARSET latin1, z VARCHAR(3) CHARSET binary, b BIT, v VECTOR(2), u CHAR(3) CHARSET utf8mb4) CHARSET gbk',
    );
    const [[, text] = []] = await tidb.run('SHOW CREATE TABLE shown');

    expect(text).toBe(
      [
        'CREATE TABLE `shown` (',
        '  `x` text DEFAULT NULL,',
        '  `y` varchar(3) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL,',
        '  `z` varbinary(3) DEFAULT NULL,',
        '  `b` bit(1) DEFAULT NULL,',
        '  `v` vector(2) DEFAULT NULL,',
        '  `u` char(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL',
        ') ENGINE=InnoDB DEFAULT CHARSET=gbk COLLATE=gbk_chinese_ci',
      ].join('\n'),
    );
    await tidb.run('DROP TABLE shown', String(text));
    expect(await tidb.run('SHOW CREATE TABLE shown')).toEqual([['shown', text]]);
  });

  it('print numbers without an exponent in text, and a float with its own digits', async () => {
    await tidb.run('CREATE TABLE floats (f FLOAT, d DOUBLE)', 'INSERT INTO floats VALUES (0.1, 1e-7), (1e-7, 1e20)');

    expect(
      await tidb.run(
        "SELECT CAST(f AS CHAR), CAST(d AS CHAR), CONCAT_WS(',', f, d), CAST(f + 0E0 AS CHAR) FROM floats",
      ),
    ).toEqual([
      ['0.1', '0.0000001', '0.1,0.0000001', '0.10000000149011612'],
      ['0.0000001', '100000000000000000000', '0.0000001,100000000000000000000', '0.00000010000000116860974'],
    ]);
  });
});
