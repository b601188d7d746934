import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { EVENTS, eventsPage, schemaOf } from '../../../../scripts/events-page.ts';
import { readPage } from '../../../support/docs.ts';

it.each(EVENTS)('the documented example of "$kind.detailType" fits its schema', (event) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const { version } = event.kind;

  expect(ajv.validate(schemaOf(event), { version, ...event.example }) || ajv.errors).toBe(true);
});

it('docs/events.md matches the schemas (`npm run docs` writes it)', () => {
  expect(readPage('docs/events.md')).toBe(eventsPage());
});
