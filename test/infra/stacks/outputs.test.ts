import { expect, it } from 'vitest';
import { readPage, sectionOf } from '../../support/docs.ts';
import { CONSOLE_TENANT, FULL_TENANT, MINIMAL_TENANT, synthesized } from '../synthesized.ts';

it.each([
  ['a minimal tenant', MINIMAL_TENANT],
  ['a full tenant', FULL_TENANT],
  ['a tenant with a console', CONSOLE_TENANT],
])('docs/deploy.md names every output of %s', (_which, tenant) => {
  const documented = sectionOf(readPage('docs/deploy.md'), 'Deploy the stack');
  const outputs = Object.keys(synthesized(tenant).findOutputs('*'));

  expect(outputs.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
});
