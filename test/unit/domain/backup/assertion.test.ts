import { describe, expect, it } from 'vitest';
import { isTruthy } from '../../../../functions/domain/backup/assertion.ts';

describe('the answer to an assertion', () => {
  it.each([1, -1, '1', '-1', '0.5', '2 apples', 1n])('is true: %s', (value) => {
    expect(isTruthy(value)).toBe(true);
  });

  it.each([0, '0', '0.0', '', 'apples', null, undefined])('is not: %s', (value) => {
    expect(isTruthy(value)).toBe(false);
  });
});
