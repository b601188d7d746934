import { describe, expect, it } from 'vitest';
import { mismatches, type NotedTable } from '../../../functions/domain/table-notes.ts';

const aTable = (change: Partial<NotedTable> = {}): NotedTable => ({
  ...{ database: 'shop', table: 'orders', rows: '2', content: '30', kvs: '4', bytes: '128', crc: '17', tableId: '112' },
  ...change,
});

describe('restored tables', () => {
  it('are those that were noted, whatever the order and the case of their names', () => {
    const tables = [aTable(), aTable({ table: 'items' })];

    expect(mismatches(tables, [aTable({ table: 'ITEMS' }), aTable({ database: 'Shop' })])).toEqual([]);
  });

  it.each([
    [{ rows: '3' }, '"shop.orders" has 3 rows instead of 2'],
    [{ kvs: '5' }, '"shop.orders" has 5 key-value pairs instead of 4'],
    [{ bytes: '127' }, '"shop.orders" has 127 bytes instead of 128'],
    [{ content: '31' }, '"shop.orders" has other values in its rows'],
    [{ crc: '18' }, '"shop.orders" has another checksum'],
  ])('differ by %j', (change, message) => {
    expect(mismatches([aTable()], [aTable(change)])).toEqual([message]);
  });

  it('have another checksum where they have another id, and are the same', () => {
    expect(mismatches([aTable()], [aTable({ tableId: '7', crc: '18' })])).toEqual([]);
  });

  it('may be missing, or too many', () => {
    const odd = aTable({ database: 'a"b', table: 'c\nd' });

    expect(mismatches([odd], [aTable()])).toEqual(['"a\\"b.c\\nd" is missing', '"shop.orders" was not in the backup']);
  });
});
