import { notSupported } from './errors.ts';
import type { StatementCursor } from './statement-cursor.ts';

const supportedCollations = new Set(['utf8mb4_bin', 'utf8_bin']);

/** `[DEFAULT] CHARSET utf8mb4`, `COLLATE utf8mb4_bin`: only what compares as this sandbox does. */
export function parseCharset(cursor: StatementCursor): boolean {
  cursor.acceptWords('DEFAULT');
  if (cursor.acceptOption('CHARSET') || cursor.acceptOption('CHARACTER', 'SET')) {
    const charset = nameOrString(cursor).toLowerCase();
    if (charset !== 'utf8mb4' && charset !== 'utf8') throw notSupported(`character set ${charset}`);
    return true;
  }
  if (!cursor.acceptOption('COLLATE')) return false;
  const collation = nameOrString(cursor).toLowerCase();
  if (!supportedCollations.has(collation)) throw notSupported(`collation ${collation}`);
  return true;
}

function nameOrString(cursor: StatementCursor): string {
  return cursor.peek().kind === 'string' ? cursor.next().text : cursor.expectName();
}
