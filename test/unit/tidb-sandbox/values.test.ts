import { describe, expect, it } from 'vitest';
import type { ColumnDefinition, ColumnType } from '../../../infra/local/tidb-sandbox/storage/schema.ts';
import { assign, timestampToLocal } from '../../../infra/local/tidb-sandbox/types/assign.ts';
import {
  compareDecimals,
  formatDecimal,
  parseDecimal,
  rescale,
} from '../../../infra/local/tidb-sandbox/types/decimal.ts';
import { formatDouble, formatFloat } from '../../../infra/local/tidb-sandbox/types/double.ts';
import { normalizeJson } from '../../../infra/local/tidb-sandbox/types/json.ts';
import { parseDatetime, parseTime } from '../../../infra/local/tidb-sandbox/types/temporal.ts';

const text: ColumnType = { kind: 'varchar', length: 100 };

function store(type: ColumnType, value: string, utcOffsetMinutes = 0) {
  const column: Pick<ColumnDefinition, 'name' | 'type'> = { name: 'c', type };
  return assign({ cell: value, type: text }, { column, row: 1, utcOffsetMinutes });
}

describe('decimals', () => {
  it.each([
    ['1.005', 2, '1.01'],
    ['-1.005', 2, '-1.01'],
    ['0.004', 2, '0.00'],
    ['123', 3, '123.000'],
    ['1e3', 0, '1000'],
    ['.5', 1, '0.5'],
    ['99999999999999999999999999999999999.5', 0, '100000000000000000000000000000000000'],
  ])('%s with %i fraction digits is %s', (written, scale, expected) => {
    const value = parseDecimal(written);
    expect(value && formatDecimal(rescale(value, scale))).toBe(expected);
  });

  it('compare by value, at any scale', () => {
    const [low, high] = [parseDecimal('-0.10'), parseDecimal('0.099')];
    if (!low || !high) throw new Error('both are numbers');
    expect(compareDecimals(low, high)).toBeLessThan(0);
    expect(compareDecimals(low, { unscaled: -1n, scale: 1 })).toBe(0);
  });

  it.each(['', '.', '1.2.3', 'abc', '1e'])('%j is no decimal', (written) => {
    expect(parseDecimal(written)).toBeUndefined();
  });
});

describe('dates and times', () => {
  it.each([
    ['2024-02-29 23:59:59.9999996', 6, '2024-03-01 00:00:00.000000'],
    ['2024-1-2', 0, '2024-01-02 00:00:00'],
    ['2024-01-02T03:04:05', 3, '2024-01-02 03:04:05.000'],
    ['20240102030405', 0, '2024-01-02 03:04:05'],
    ['69-01-01', 0, '2069-01-01 00:00:00'],
    ['70-01-01', 0, '1970-01-01 00:00:00'],
    ['0001-01-01', 0, '0001-01-01 00:00:00'],
  ])('%s is %s digits: %s', (written, fsp, expected) => {
    expect(parseDatetime(written, fsp)).toBe(expected);
  });

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-00-01',
    '0000-00-00',
    '2024-01-01 24:00:00',
    '9999-12-31 23:59:59.9999999',
    'now',
  ])('%s is no datetime', (written) => {
    expect(parseDatetime(written, 6)).toBeUndefined();
  });

  it.each([
    ['-838:59:59', 0, '-838:59:59'],
    ['1 02:03:04', 0, '26:03:04'],
    ['101112', 0, '10:11:12'],
    ['00:00:00.4567', 3, '00:00:00.457'],
  ])('the time %s with %i digits is %s', (written, fsp, expected) => {
    expect(parseTime(written, fsp)).toBe(expected);
  });

  it('no time exceeds 838:59:59', () => {
    expect(parseTime('839:00:00', 0)).toBeUndefined();
  });

  it('a TIMESTAMP is stored in UTC and read in the time zone of the session', () => {
    const stored = store({ kind: 'timestamp', fsp: 0 }, '2024-01-01 05:00:00', 540);
    expect(stored).toBe('2023-12-31 20:00:00');
    expect(timestampToLocal(String(stored), 0, -60)).toBe('2023-12-31 19:00:00');
  });
});

describe('floating point numbers are printed as TiDB does', () => {
  it.each([
    [0, '0'],
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    [123456789012345, '123456789012345'],
    [1e15, '1e15'],
    [-2.5e-16, '-2.5e-16'],
  ])('%d', (value, expected) => {
    expect(formatDouble(value)).toBe(expected);
  });

  it('a 32-bit float prints only the digits that it needs', () => {
    expect(formatFloat(Math.fround(0.1))).toBe('0.1');
    expect(formatFloat(Math.fround(16777216))).toBe('16777216');
  });
});

describe('JSON', () => {
  it('is printed with sorted keys and exact 64-bit integers', () => {
    const written = '{"b":18446744073709551615, "a":[1.50,true,null,"é\\u0041"], "10":1, "9":{}}';
    expect(normalizeJson(written)).toBe('{"10": 1, "9": {}, "a": [1.5, true, null, "éA"], "b": 18446744073709551615}');
  });

  it('is refused with 3140 if it is invalid', () => {
    expect(() => normalizeJson('{a:1}')).toThrow(expect.objectContaining({ errno: 3140 }));
  });
});

describe('what a column stores', () => {
  it.each<[ColumnType, string, unknown]>([
    [
      { kind: 'integer', width: 'bigint', unsigned: true, boolean: false },
      '18446744073709551615',
      18446744073709551615n,
    ],
    [{ kind: 'integer', width: 'tinyint', unsigned: false, boolean: false }, '-127.6', -128n],
    [{ kind: 'decimal', precision: 5, scale: 2, unsigned: false }, '999.994', '999.99'],
    [{ kind: 'char', length: 3 }, 'ab   ', 'ab'],
    [{ kind: 'varchar', length: 3 }, '🚀🚀🚀', '🚀🚀🚀'],
    [{ kind: 'varchar', length: 2 }, 'ab  ', 'ab'],
    [{ kind: 'binary', length: 3 }, 'a', Buffer.from([0x61, 0, 0])],
    [{ kind: 'date' }, '2024-02-29 13:00:00', '2024-02-29'],
    [{ kind: 'year' }, '70', 1970n],
    [{ kind: 'enum', values: ['new', 'paid'] }, 'paid', 'paid'],
  ])('%j stores %j', (type, written, expected) => {
    expect(store(type, written)).toEqual(expected);
  });

  it.each<[ColumnType, string, number]>([
    [{ kind: 'integer', width: 'tinyint', unsigned: true, boolean: false }, '-1', 1264],
    [{ kind: 'integer', width: 'bigint', unsigned: false, boolean: false }, '9223372036854775808', 1264],
    [{ kind: 'integer', width: 'int', unsigned: false, boolean: false }, '12x', 1366],
    [{ kind: 'decimal', precision: 5, scale: 2, unsigned: false }, '1000', 1264],
    [{ kind: 'varchar', length: 2 }, 'abc', 1406],
    [{ kind: 'varbinary', length: 2 }, 'é!', 1406],
    [{ kind: 'blob', size: 'tiny' }, 'x'.repeat(256), 1406],
    [{ kind: 'datetime', fsp: 0 }, '2023-02-30', 1292],
    [{ kind: 'timestamp', fsp: 0 }, '2038-01-19 03:14:08', 1292],
    [{ kind: 'time', fsp: 0 }, '900:00:00', 1292],
    [{ kind: 'enum', values: ['new'] }, 'NEW', 1265],
    [{ kind: 'json' }, '{', 3140],
  ])('%j refuses %j with %i', (type, written, errno) => {
    expect(() => store(type, written)).toThrow(expect.objectContaining({ errno }));
  });
});
