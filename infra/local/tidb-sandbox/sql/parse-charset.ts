import type { Charset } from '../storage/schema.ts';
import { notSupported } from './errors.ts';
import type { StatementCursor } from './statement-cursor.ts';

const charsets: Readonly<Record<string, Charset | 'binary'>> = {
  utf8mb4: 'utf8mb4',
  utf8: 'utf8',
  utf8mb3: 'utf8',
  latin1: 'latin1',
  ascii: 'ascii',
  gbk: 'gbk',
  binary: 'binary',
};

/** TiDB's default collation of each, which compares as this sandbox does; gbk's own order is not implemented. */
const collations: Readonly<Record<string, Charset | 'binary'>> = {
  utf8mb4_bin: 'utf8mb4',
  utf8_bin: 'utf8',
  latin1_bin: 'latin1',
  ascii_bin: 'ascii',
  gbk_chinese_ci: 'gbk',
  binary: 'binary',
};

/** `[DEFAULT] CHARSET gbk`, `COLLATE latin1_bin`: the character set; `undefined` if neither follows. */
export function parseCharset(cursor: StatementCursor): Charset | 'binary' | undefined {
  cursor.acceptWords('DEFAULT');
  if (cursor.acceptOption('CHARSET') || cursor.acceptOption('CHARACTER', 'SET')) return charsetName(cursor);
  if (!cursor.acceptOption('COLLATE')) return undefined;
  const name = nameOrString(cursor);
  const charset = Object.hasOwn(collations, name) ? collations[name] : undefined;
  if (charset === undefined) throw notSupported(`collation ${name}`);
  return charset;
}

export function charsetName(cursor: StatementCursor): Charset | 'binary' {
  const name = nameOrString(cursor);
  const charset = Object.hasOwn(charsets, name) ? charsets[name] : undefined;
  if (charset === undefined) throw notSupported(`character set ${name}`);
  return charset;
}

function nameOrString(cursor: StatementCursor): string {
  if (cursor.peek().kind === 'string') return cursor.next().text.toLowerCase();
  return cursor.expectName().toLowerCase();
}
