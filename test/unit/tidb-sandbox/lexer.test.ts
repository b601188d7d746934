import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SqlError } from '../../../infra/local/tidb-sandbox/sql/errors.ts';
import { tokenize } from '../../../infra/local/tidb-sandbox/sql/lexer.ts';

const tokensOf = (sql: string) =>
  tokenize(sql)
    .filter(({ kind }) => kind !== 'end')
    .map(({ kind, text }) => `${kind} ${text}`);

function messageOf(sql: string): string {
  try {
    tokenize(sql);
  } catch (error) {
    if (error instanceof SqlError && error.errno === 1064 && error.sqlState === '42000') return error.message;
    throw error;
  }
  throw new Error('expected a syntax error');
}

describe('the SQL lexer', () => {
  it('reads names, with and without backquotes, even if they look like numbers', () => {
    expect(tokensOf('SELECT `a``b`.1b, t.5, 1a, größe')).toEqual([
      'word SELECT',
      'quoted a`b',
      'symbol .',
      'word 1b',
      'symbol ,',
      'word t',
      'symbol .',
      'word 5',
      'symbol ,',
      'word 1a',
      'symbol ,',
      'word größe',
    ]);
  });

  it('distinguishes integers, decimals, floats and byte literals', () => {
    expect(tokensOf("1 18446744073709551615 1.5 .5 1. 1e5 1.5E-3 0xABC x'4d' b'101' 0b1")).toEqual([
      'integer 1',
      'integer 18446744073709551615',
      'decimal 1.5',
      'decimal .5',
      'decimal 1.',
      'float 1e5',
      'float 1.5E-3',
      'bytes 0ABC',
      'bytes 4d',
      'bytes 05',
      'bytes 01',
    ]);
  });

  it('removes the escapes of a string, but keeps those of a LIKE pattern', () => {
    expect(tokensOf(String.raw`'it''s \'q\' \\ \n\t\0\Z \% \_ \x' "d""q"`)).toEqual([
      "string it's 'q' \\ \n\t\0\x1a \\% \\_ x",
      'string d"q',
    ]);
  });

  it('reads user variables, system variables and the host of an account', () => {
    expect(tokensOf("@a @`b c` @@global.max_allowed_packet 'root'@'%' u@127.0.0.1")).toEqual([
      'userVariable a',
      'userVariable b c',
      'systemVariable global.max_allowed_packet',
      'string root',
      'userVariable %',
      'word u',
      'userVariable 127.0.0.1',
    ]);
  });

  it('skips comments but executes what TiDB executes in them', () => {
    expect(
      tokensOf('a -- b\n# c\n/* d */ /*!40101 e */ /*T! f */ /*T![auto_rand] g */ /*T![not_known] h */ 1--1'),
    ).toEqual(['word a', 'word e', 'word f', 'word g', 'integer 1', 'symbol -', 'symbol -', 'integer 1']);
  });

  it('prefers the longest operator', () => {
    expect(tokensOf('<=> << <= <> != := && || ->> -> < =')).toEqual(
      ['<=>', '<<', '<=', '<>', '!=', ':=', '&&', '||', '->>', '->', '<', '='].map((text) => `symbol ${text}`),
    );
  });

  it('reports the position of an error as TiDB does', () => {
    const prefix =
      'You have an error in your SQL syntax; check the manual that corresponds to your TiDB version for the right syntax to use ';
    expect(messageOf("selec 'x")).toBe(`${prefix}line 1 column 8 near "'x" `);
    expect(messageOf('select a\n from \\')).toBe(`${prefix}line 2 column 7 near "\\" `);
    expect(messageOf(`'${'x'.repeat(3000)}`)).toContain('" (total length 3001)');
    for (const sql of ['/* a', '/*! a', '`a', '``', '"a', "'\\", "x'ABC'"]) expect(messageOf(sql)).toContain(prefix);
  });

  it('restores every quoted string', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...`'"\\\`%_\0\n\x1a a漢🚀`)), (characters) => {
        const text = characters.join('');
        const quoted = `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
        expect(tokenize(quoted)[0]).toMatchObject({ kind: 'string', text });
      }),
    );
  });

  it('covers the statement with tokens that neither overlap nor go back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '`b`', "'c'", '1.5', ' ', '\n', '/* d */', '<=', '@e', '.', '-- f\n')),
        (parts) => {
          const sql = parts.join('');
          let at = 0;
          for (const { start, end } of tokenize(sql)) {
            expect(start).toBeGreaterThanOrEqual(at);
            expect(end).toBeGreaterThanOrEqual(start);
            at = end;
          }
          expect(at).toBe(sql.length);
        },
      ),
    );
  });
});
