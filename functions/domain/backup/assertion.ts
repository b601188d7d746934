import * as z from 'zod/mini';
import { described, inAnyCase, published } from '../shared/described.ts';

const MAX_LENGTH = 1_000;
const MAX_ASSERTIONS = 10;

/**
 * Quoted strings and names, which hold no keywords. Assumes TiDB's default `sql_mode`; the caller sets it on the
 * session.
 */
const QUOTED = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`/gsu;

/**
 * An assertion only reads tables: no files, locks, sequence updates, variables or waiting. The session is read-only and
 * the cluster a throwaway one anyway; this check reports a mistake where it is made.
 */
const FORBIDDEN =
  /\b(INTO|FOR\s+UPDATE|FOR\s+SHARE|LOCK\s+IN|SLEEP|BENCHMARK|GET_LOCK|LOAD_FILE|NEXTVAL|SETVAL|NEXT\s+VALUE)\b|:=/iu;

/** Rejects a second statement, and comments, in which TiDB (like MySQL) may find more SQL. */
function isSingleSelect(text: string): boolean {
  const bare = text.replace(QUOTED, ' ? ');
  if (!/^\s*SELECT\b/iu.test(bare) || /[;'"`\0]/u.test(bare)) return false;
  return !/--|#|\/\*|\*\//u.test(bare) && !FORBIDDEN.test(bare);
}

const assertion = published(
  z.string().check(
    z.maxLength(MAX_LENGTH, `must be up to ${MAX_LENGTH} characters`),
    z.refine(
      (text) => text.isWellFormed() && !text.includes('\0') && isSingleSelect(text),
      'must be a single SELECT that only reads, such as "SELECT COUNT(*) > 0 FROM shop.orders", without a semicolon or comment',
    ),
  ),
  {
    pattern: `^\\s*${inAnyCase('select')}\\b[^\\u0000]*$`,
    description: 'A single SELECT that only reads, without a semicolon or comment outside of quotes',
  },
);

export const assertions = described(
  z.array(assertion).check(z.maxLength(MAX_ASSERTIONS, `must be at most ${MAX_ASSERTIONS} assertions`)),
  'Queries that a restored backup must satisfy: each returns one row whose first column is true',
);

/** Whether MySQL treats a value from the wire, number or text, as true. */
export function isTruthy(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  const number = Number.parseFloat(String(value));
  return !Number.isNaN(number) && number !== 0;
}
