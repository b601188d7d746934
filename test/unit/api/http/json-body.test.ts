import { describe, expect, it } from 'vitest';
import { parseJsonBody } from '../../../../functions/api/http/json-body.ts';

const inField = (value: string) => `{"strategy":{"drill":{"parameters":{"x":${value}}}}}`;

describe('a JSON body', () => {
  it.each([
    '0',
    '-0',
    '0.0e5',
    '1',
    '1.50',
    '15e-1',
    '5e-3',
    '1.050e1',
    '-12.25',
    '1E3',
    '100',
    '9007199254740991',
    '-9007199254740991',
    '0.1',
    '1e-130',
    '123456789012345e-10',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"a\\"b\\\\"',
    '{"toString":1,"then":2,"":3,"a b":{}}',
    '[]',
    '[[],{},[1,[2]]]',
    '{"a":{"b":1},"b":{"a":1}}',
    'true',
    'null',
    '"1e400"',
    '"__proto__"',
    '"{[,\\"1e400"',
  ])('keeps %s', (value) => {
    expect(parseJsonBody(inField(value))).toEqual(JSON.parse(inField(value)));
  });

  it.each([
    ['beyond a double', '1e400'],
    ['beyond DynamoDB', '1e200'],
    ['beyond the integers of a double', '9007199254740992'],
    ['beyond the negative integers of a double', '-9007199254740993'],
    ['of 40 digits', '1234567890123456789012345678901234567890'],
    ['of more digits than a double has', '0.12345678901234567890'],
    ['so small that a double is 0', '1e-400'],
    ['too small for DynamoDB', '1e-131'],
    ['in a list', '[1, 1e300]'],
  ])('refuses a number %s', (_, value) => {
    expect(() => parseJsonBody(inField(value))).toThrow(
      /strategy\.drill\.parameters\.x(\.1)?: must be a number between/,
    );
  });

  it.each([
    ['{"__proto__":{"x":1}}', 'x."__proto__": must have another name'],
    ['{"constructor":2}', 'x.constructor: must have another name'],
    ['{"con\\u0073tructor":2}', 'x.constructor: must have another name'],
    ['{"a":1,"b":{"a":1},"a":1}', 'x.a: must not be given twice'],
    ['"\\ud800"', 'x: must be well-formed Unicode'],
    ['[1,"\\udc00\\ud800"]', 'x.1: must be well-formed Unicode'],
    ['{"\\ud800":1}', 'x."\\ud800": must be well-formed Unicode'],
    ['{"a":{"b":{"c":{"d":1e400}}}}', 'strategy.drill.parameters.x.a.b: must be a number'],
    ['{"a\\nb":1e400}', 'x."a\\nb": must be a number'],
    [`${'['.repeat(37)}${']'.repeat(37)}`, 'strategy.drill.parameters.x.0.0: must not nest deeper'],
    [`${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`, 'must not nest deeper than 40 levels'],
  ])('refuses %.30s', (value, expected) => {
    expect(() => parseJsonBody(inField(value))).toThrow(expected);
  });

  it('is JSON', () => {
    for (const text of ['', '{', '{"a":01}', '{"a":NaN}', "{'a':1}", '{"a":1,}', '\ufeff{}']) {
      expect(() => parseJsonBody(text)).toThrow('body: must be JSON');
    }
    expect(parseJsonBody(' 1 ')).toBe(1);
    expect(() => parseJsonBody('1e400')).toThrow('body: must be a number');
  });
});
