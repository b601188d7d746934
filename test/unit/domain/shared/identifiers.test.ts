import { expect, it } from 'vitest';
import { derivedIdentifier } from '../../../../functions/domain/shared/identifiers.ts';

it('an id from a seed is always the same, in the form of a UUID', () => {
  expect(derivedIdentifier('seed', 1)).toBe('a25ca73c-7189-e2a2-ca5a-cf2088b57e28');
  expect(derivedIdentifier('seed', 2)).not.toBe(derivedIdentifier('seed', 1));
  expect(derivedIdentifier('other', 1)).not.toBe(derivedIdentifier('seed', 1));
});
