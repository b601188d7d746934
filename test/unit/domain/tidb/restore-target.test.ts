import { describe, expect, it } from 'vitest';
import {
  assertCompatible,
  assertEmpty,
  assertEmptyForPart,
  assertNoLeftovers,
  assertNoTableInTheWay,
  leftBehind,
} from '../../../../functions/domain/tidb/restore-target.ts';

const ORDERS = { database: 'shop', table: 'orders' };
const ITEMS = { database: 'shop', table: 'items' };

const failure = (name: string, message: string) =>
  expect.objectContaining({ name, message: expect.stringContaining(message) });

describe('the leftovers of an interrupted restore', () => {
  it('are nothing', () => {
    for (const registered of [undefined, []]) {
      expect(leftBehind({ databases: [], registered })).toBeUndefined();
      expect(() => assertNoLeftovers({ databases: [], registered })).not.toThrow();
    }
  });

  it('are reported with the statements that remove them', () => {
    expect(leftBehind({ databases: ['a`b', 'c'], registered: undefined })).toBe(
      '"a`b", "c"; drop the tables that it restored, then run DROP DATABASE `a``b`; DROP DATABASE `c`',
    );
    expect(leftBehind({ databases: [], registered: ['1', '2'] })).toBe(
      '2 rows in mysql.tidb_restore_registry; drop the tables that it restored, then run DELETE FROM mysql.tidb_restore_registry WHERE id IN (1, 2), or br abort with the parameters of that restore',
    );
    expect(leftBehind({ databases: ['c'], registered: ['1'] })).toMatch(
      /^"c" and 1 rows in .*run DROP DATABASE `c`; DELETE FROM .* IN \(1\), or br abort/,
    );
  });

  it('fail the node under the given name', () => {
    const leftovers = { databases: ['c'], registered: [] };

    expect(() => assertNoLeftovers(leftovers)).toThrow(failure('RestoreLeftovers', 'rows; it left "c"'));
    expect(() => assertNoLeftovers(leftovers, 'ClusterNotEmpty')).toThrow(failure('ClusterNotEmpty', 'it left'));
  });
});

describe('the TiDB of a target', () => {
  it.each([
    ['v7.5.0', 'v7.1.0'],
    ['v7.5.0', 'v8.5.0'],
    ['v8.5.0', undefined],
    [undefined, 'v6.5.0'],
    ['v8.5.0', 'a cloud edition'],
  ])('of a backup of %s may be %s', (from, to) => {
    expect(() => assertCompatible({ tidbVersion: from }, { tidbVersion: to })).not.toThrow();
  });

  it('may not be of an earlier major version', () => {
    expect(() => assertCompatible({ tidbVersion: 'v8.1.0' }, { tidbVersion: 'v7.5.0' })).toThrow(
      failure(
        'ClusterIncompatible',
        'the backup is of TiDB v8.1.0, but the cluster is v7.5.0; restore it into v8 or later',
      ),
    );
  });

  it.each([true, false])('must have the same new_collation_enabled (%s)', (wanted) => {
    const present = !wanted;

    expect(() => assertCompatible({ newCollationEnabled: wanted }, { newCollationEnabled: wanted })).not.toThrow();
    expect(() => assertCompatible({}, { newCollationEnabled: present })).not.toThrow();
    expect(() => assertCompatible({ newCollationEnabled: wanted }, {})).not.toThrow();
    expect(() => assertCompatible({ newCollationEnabled: wanted }, { newCollationEnabled: present })).toThrow(
      failure('ClusterIncompatible', `is ${present} in the cluster, but ${wanted} in the backup; restore`),
    );
  });
});

describe('tables of a target', () => {
  it('conflict if the backup has one of that name, in any case', () => {
    const present = [{ database: 'SHOP', table: 'Orders' }, ITEMS, { database: 'other', table: 'orders' }];

    expect(() => assertNoTableInTheWay([ORDERS], undefined, present)).toThrow(
      failure('TablesInTheWay', 'another cluster: "SHOP.Orders"'),
    );
    expect(() => assertNoTableInTheWay([ORDERS], undefined, [ITEMS])).not.toThrow();
  });

  it('do not conflict with a restore that leaves them out', () => {
    const scope = { tables: ['shop.items'] };

    expect(() => assertNoTableInTheWay([ORDERS, ITEMS], scope, [ORDERS])).not.toThrow();
    expect(() => assertNoTableInTheWay([ORDERS, ITEMS], scope, [ITEMS])).toThrow(
      failure('TablesInTheWay', '1 tables of the backup'),
    );
  });

  it('conflict with part of an incremental backup, and with what has to be empty, whatever they are', () => {
    expect(() => assertEmptyForPart([])).not.toThrow();
    expect(() => assertEmpty([], 'the cluster is to be new')).not.toThrow();
    expect(() => assertEmptyForPart([ORDERS, ITEMS])).toThrow(
      failure('TablesInTheWay', 'this cluster holds 2 tables, such as "shop.orders"'),
    );
    expect(() => assertEmpty([ORDERS, ITEMS], 'the cluster is to be new')).toThrow(
      failure('ClusterNotEmpty', 'the cluster is to be new, but holds 2 tables, such as "shop.orders"'),
    );
  });
});
