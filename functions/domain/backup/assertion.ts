import * as z from 'zod/mini';
import { described, inAnyCase, published } from '../shared/described.ts';

const MAX_LENGTH = 1_000;
const MAX_ASSERTIONS = 10;

/**
 * What is between the words of a statement: strings and quoted names, in which nothing is a keyword. As SQL is read by default:
 * whoever sends an assertion sees to it that the session does.
 */
const QUOTED = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`/gsu;

/**
 * Reads nothing but tables: no file, no lock, no sequence moved on, no variable set, and no waiting. The session is read-only as
 * well, and the cluster a throwaway one: this is so that a mistake is told where it is made.
 */
const FORBIDDEN =
  /\b(INTO|FOR\s+UPDATE|FOR\s+SHARE|LOCK\s+IN|SLEEP|BENCHMARK|GET_LOCK|LOAD_FILE|NEXTVAL|SETVAL|NEXT\s+VALUE)\b|:=/iu;

/** One statement, without the comments in which TiDB, as MySQL, may find more of it. */
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
  z.array(assertion).check(z.maxLength(MAX_ASSERTIONS, `must be up to ${MAX_ASSERTIONS} assertions`)),
  'What a restored backup must answer: each with one row whose first column is true',
);

/** Whether MySQL would take a value for true, as it comes over the wire: numbers and text alike. */
export function isTruthy(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  const number = Number.parseFloat(String(value));
  return !Number.isNaN(number) && number !== 0;
}
