import { describe, expect, it } from 'vitest';
import { assertions, isTruthy } from '../../../../functions/domain/backup/assertion.ts';

describe('the answer to an assertion', () => {
  it.each([1, -1, '1', '-1', '0.5', '2 apples', 1n])('is true: %s', (value) => {
    expect(isTruthy(value)).toBe(true);
  });

  it.each([0, '0', '0.0', '', 'apples', null, undefined])('is not true: %s', (value) => {
    expect(isTruthy(value)).toBe(false);
  });
});

describe('an assertion', () => {
  it.each([
    'SELECT COUNT(*) > 0 FROM shop.orders',
    "  select name = 'a; -- #b' from shop.items",
    "SELECT 'it''s', \"a\\\"b\", `c``d`",
  ])('may be %j', (text) => {
    expect(assertions.safeParse([text]).success).toBe(true);
  });

  it.each([
    'DELETE FROM shop.orders',
    'SELECT 1; SELECT 2',
    'SELECT 1 -- and more',
    'SELECT 1 # and more',
    'SELECT /*! SLEEP(1) */ 1',
    'SELECT 1 */',
    "SELECT 'open",
    "SELECT 'a\0b'",
    'SELECT \0',
    "SELECT '\ud800'",
    'xSELECT 1',
    `SELECT '${'x'.repeat(5_000)}'`,
  ])('may not be %j', (text) => {
    expect(assertions.safeParse([text]).success).toBe(false);
  });
});
