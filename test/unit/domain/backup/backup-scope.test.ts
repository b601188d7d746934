import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackupScope,
  backupScope,
  covers,
  EVERYTHING,
  formatTableName,
  isInScope,
  parseTableName,
  scopeKey,
  type TableName,
} from '../../../../functions/domain/backup/backup-scope.ts';

/** Names that TiDB accepts, often with characters that are special in a scope or in SQL. */
const name = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('`', '.', ' ', '"', "'", '\\', '\n', '*', 'a'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 20,
  })
  .filter((text) => /^[^\0]*[^\0 ]$/u.test(text));
/** Few names, so that two scopes often share some. */
const short = fc.constantFrom('a', 'b', 'c.d', 'É');
const tableName: fc.Arbitrary<TableName> = fc.record({ database: short, table: short });
const scope: fc.Arbitrary<BackupScope> = fc.oneof(
  fc.record({ databases: fc.uniqueArray(short, { minLength: 1 }) }),
  fc.record({ tables: fc.uniqueArray(tableName.map(formatTableName), { minLength: 1 }) }),
);
const anyScope = fc.option(scope, { nil: undefined });

describe('the name of a table', () => {
  it('is parsed exactly, whatever the two names contain', () => {
    fc.assert(
      fc.property(name, name, (database, table) => {
        expect(parseTableName(formatTableName({ database, table }))).toEqual({ database, table });
      }),
    );
  });

  it.each([
    ['shop.orders', { database: 'shop', table: 'orders' }],
    ['`my shop`.orders', { database: 'my shop', table: 'orders' }],
    ['`a.b`.`c``d`', { database: 'a.b', table: 'c`d' }],
    ['`shop`.`orders`', { database: 'shop', table: 'orders' }],
  ])('%s', (text, expected) => expect(parseTableName(text)).toEqual(expected));

  it.each(['orders', 'shop.', '.orders', 'a.b.c', 'my shop.orders', '``.t', '`a.t', 'a`b.t', ' a.b', 'a.b ', ''])(
    'is not %j',
    (text) => expect(parseTableName(text)).toBeUndefined(),
  );
});

describe('a scope', () => {
  it.each([
    [{}, 'must be {"databases"'],
    [{ databases: ['a'], tables: ['a.b'] }, 'must be {"databases"'],
    [{ databases: [] }, 'must be'],
    [{ databases: Array.from({ length: 101 }, (_, at) => `d${at}`) }, 'must be'],
    [{ databases: ['a'.repeat(65)] }, 'must be'],
    [{ databases: ['a', 'A'] }, 'must not repeat a name'],
    [{ databases: ['mysql'] }, "TiDB's own"],
    [{ databases: ['INFORMATION_SCHEMA'] }, "TiDB's own"],
    [{ databases: ['a\0b'] }, 'must be'],
    [{ databases: ['\ud800'] }, 'must be'],
    [{ databases: ['a '] }, 'must be'],
    [{ tables: ['orders'] }, 'must be'],
    [{ tables: ['mysql.user'] }, "TiDB's own"],
    [{ tables: [`shop.${'t'.repeat(65)}`] }, 'must be'],
    [{ tables: ['shop.orders', '`SHOP`.Orders'] }, 'must not repeat a name'],
  ])('is rejected: %j', (given, message) => {
    const { success, error } = backupScope.safeParse(given);
    expect([success, error?.issues[0]?.message]).toEqual([false, expect.stringContaining(message)]);
  });

  it.each([
    { databases: ['shop', 'my shop', '注文'] },
    { databases: ['😀'.repeat(64)] },
    { tables: ['shop.orders', 'shop.items', '`mysql.x`.t'] },
  ])('is accepted: %j', (given) => expect(backupScope.parse(given)).toEqual(given));

  it('has the same key in any order and case, and another key for another set', () => {
    const set = (of: BackupScope) => [of.databases?.toSorted(), of.tables?.toSorted()];
    fc.assert(
      fc.property(scope, scope, (one, other) => {
        const turned = one.databases
          ? { databases: one.databases.map((text) => text.toUpperCase()).toReversed() }
          : { tables: one.tables.map((text) => text.toUpperCase()).toReversed() };
        expect(scopeKey(turned)).toBe(scopeKey(one));
        expect(scopeKey(one) === scopeKey(other)).toBe(JSON.stringify(set(one)) === JSON.stringify(set(other)));
        expect(scopeKey(one)).not.toBe(EVERYTHING);
      }),
    );
    expect(scopeKey(undefined)).toBe(EVERYTHING);
  });

  it('covers itself, and covers transitively', () => {
    fc.assert(
      fc.property(anyScope, anyScope, anyScope, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        expect(covers(undefined, a)).toBe(true);
        expect(covers(a, undefined)).toBe(a === undefined);
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
        // Two that cover each other are equal.
        if (covers(a, b) && covers(b, a)) expect(scopeKey(a)).toBe(scopeKey(b));
      }),
    );
  });

  it('holds a table exactly if a wider scope does so for all its tables', () => {
    fc.assert(
      fc.property(anyScope, anyScope, tableName, (outer, inner, table) => {
        if (covers(outer, inner) && isInScope(inner, table)) expect(isInScope(outer, table)).toBe(true);
      }),
    );
  });
});
