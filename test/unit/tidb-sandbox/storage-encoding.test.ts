import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../infra/local/tidb-sandbox/storage/cell.ts';
import { crc64 } from '../../../infra/local/tidb-sandbox/storage/crc64.ts';
import { encodeKey, encodeRowId } from '../../../infra/local/tidb-sandbox/storage/key-codec.ts';
import { decodeRow, encodeRow } from '../../../infra/local/tidb-sandbox/storage/row-codec.ts';
import type { ColumnDefinition, ColumnType } from '../../../infra/local/tidb-sandbox/storage/schema.ts';
import { millisFromTso, TimestampOracle, tsoFromMillis } from '../../../infra/local/tidb-sandbox/storage/tso.ts';

function column(id: number, type: ColumnType, more: Partial<ColumnDefinition> = {}): ColumnDefinition {
  return {
    id,
    name: `c${id}`,
    type,
    nullable: true,
    default: { kind: 'none' },
    onUpdateNow: false,
    autoIncrement: false,
    comment: '',
    ...more,
  };
}

const bigint: ColumnType = { kind: 'integer', width: 'bigint', unsigned: false, boolean: false };
const unsigned: ColumnType = { ...bigint, unsigned: true };

describe('keys', () => {
  it.each<[string, ColumnType, Cell[]]>([
    ['signed integers', bigint, [-(2n ** 63n), -1n, 0n, 1n, 2n ** 63n - 1n]],
    ['unsigned integers', unsigned, [0n, 2n ** 63n, 2n ** 64n - 1n]],
    [
      'decimals',
      { kind: 'decimal', precision: 10, scale: 2, unsigned: false },
      ['-99.99', '-1.00', '0.00', '0.01', '12.00'],
    ],
    ['doubles', { kind: 'double' }, [-1e300, -0.5, 0, 1e-300, 2]],
    ['text', { kind: 'varchar', length: 9 }, ['', 'A', 'a', 'aa', 'b', 'é', '\uffee', '🚀']],
    [
      'bytes',
      { kind: 'varbinary', length: 9 },
      [Buffer.from([0]), Buffer.from([0, 0]), Buffer.from([0, 1]), Buffer.from([1])],
    ],
    ['datetimes', { kind: 'datetime', fsp: 3 }, ['1999-12-31 23:59:59.999', '2000-01-01 00:00:00.000']],
    ['times', { kind: 'time', fsp: 0 }, ['-838:59:59', '-00:00:01', '00:00:00', '100:00:00', '838:59:59']],
  ])('sort like their values: %s', (_, type, ordered) => {
    const keys = ordered.map((cell) => encodeKey([column(1, type)], [cell]));
    expect(keys.toSorted(Buffer.compare)).toEqual(keys);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(ordered.length);
  });

  it('with several columns cannot run together', () => {
    const columns = [column(1, { kind: 'varchar', length: 9 }), column(2, { kind: 'varchar', length: 9 })];
    expect(encodeKey(columns, ['a', 'bc'])).not.toEqual(encodeKey(columns, ['ab', 'c']));
  });

  it('ignore trailing spaces in text', () => {
    const columns = [column(1, { kind: 'varchar', length: 9 })];
    expect(encodeKey(columns, ['a  '])).toEqual(encodeKey(columns, ['a']));
  });

  it('with hidden row ids are in order', () => {
    expect(Buffer.compare(encodeRowId(9n), encodeRowId(10n))).toBeLessThan(0);
  });
});

describe('a stored row', () => {
  const columns = [
    column(1, unsigned),
    column(2, { kind: 'blob', size: 'normal' }),
    column(3, { kind: 'double' }),
    column(4, { kind: 'varchar', length: 9 }),
  ];
  const cells: Cell[] = [2n ** 64n - 1n, Buffer.from([0, 255]), 0.1, '🚀'];

  it('is read as written', () => {
    expect(decodeRow(columns, encodeRow(columns, cells))).toEqual(cells);
  });

  it('survives ALTER TABLE: a dropped column is left out, a later one has its default', () => {
    const altered = [...columns.slice(1), column(5, bigint, { originDefault: '7' })];
    expect(decodeRow(altered, encodeRow(columns, cells))).toEqual([...cells.slice(1), 7n]);
  });
});

describe('timestamps', () => {
  it('hold milliseconds and a counter', () => {
    expect(millisFromTso(tsoFromMillis(1_700_000_000_123))).toBe(1_700_000_000_123);
  });

  it('rise even while the clock stands still or goes back', () => {
    let now = 1000;
    const oracle = new TimestampOracle(() => now, 0n);
    const first = oracle.next();
    now = 900;
    expect(oracle.next()).toBe(first + 1n);
  });
});

it('CRC-64/XZ has its published check value', () => {
  expect(crc64(Buffer.from('1234'), Buffer.from('56789')).toString(16)).toBe('995dc9bbdf1939fa');
});
