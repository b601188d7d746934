import { describe, expect, it } from 'vitest';
import { quoteInput, quoteSome } from '../../../../functions/domain/shared/errors.ts';

describe('input in a message', () => {
  it('is quoted, with invisible characters escaped', () => {
    expect(quoteInput('a"b\n\u202ec\u2028')).toBe('"a\\"b\\n\\u202ec\\u2028"');
    expect(quoteInput('\u{e0041}')).toBe('"\\udb40\\udc41"');
    expect([quoteInput(undefined), quoteInput(true)]).toEqual(['undefined', 'true']);
  });

  it('is cut beyond 80 characters, never inside a character', () => {
    expect(quoteInput('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
    expect(quoteInput('x'.repeat(79))).toBe(`"${'x'.repeat(75)}…"`);
    expect(quoteInput(`${'x'.repeat(74)}😀😀😀`)).toBe(`"${'x'.repeat(74)}\ufffd…"`);
  });

  it('names five of many, and says how many more there are', () => {
    expect(quoteSome(['a', 'b'])).toBe('"a", "b"');
    expect(quoteSome(['a', 'b', 'c', 'd', 'e'])).toBe('"a", "b", "c", "d", "e"');
    expect(quoteSome(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('"a", "b", "c", "d", "e" and 2 more');
  });
});
