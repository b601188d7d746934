import { describe, expect, it } from 'vitest';
import { csvOf } from '../../../../functions/api/json/csv.ts';

describe('a CSV file', () => {
  it('ends each row with CRLF, and leaves numbers and empty cells unquoted', () => {
    expect(
      csvOf([
        ['id', 'files', 'note'],
        ['b1', 38, undefined],
        ['b2', 0, ''],
      ]),
    ).toBe('id,files,note\r\nb1,38,\r\nb2,0,\r\n');
  });

  it.each([
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'a "b"', '"a ""b"""'],
    ['a line feed', 'a\nb', '"a\nb"'],
    ['a carriage return', 'a\rb', '"a\rb"'],
    ['none of them', 'a b;c', 'a b;c'],
  ])('quotes a cell with %s', (_, cell, written) => {
    expect(csvOf([[cell]])).toBe(`${written}\r\n`);
  });

  it.each([
    '=1+1',
    '+1',
    '-1+1',
    '@SUM(A1)',
    ' =1+1',
    '\t=1+1',
    '\r=1+1',
    '\ufeff=1+1',
    '\u200b=1+1',
    '＝1+1',
    '=HYPERLINK("http://example.com","x")',
    '-- a comment',
  ])('turns %j into text, so that no spreadsheet evaluates it', (cell) => {
    expect(csvOf([[cell]]).replace(/^"/, '')).toMatch(/^'/);
  });

  it('leaves a formula in the middle of a cell alone', () => {
    expect(csvOf([['a=1', '2026-03-01T07:00:00.000Z', '464680329216000001']])).toBe(
      'a=1,2026-03-01T07:00:00.000Z,464680329216000001\r\n',
    );
  });
});
