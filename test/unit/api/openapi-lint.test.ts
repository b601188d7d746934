import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { describe, expect, it } from 'vitest';
import { THIS_API } from '../../../functions/api/openapi/this-api.ts';

const text = JSON.stringify(THIS_API);

describe('the published description', () => {
  it('passes Spectral’s rules for OpenAPI', async () => {
    const spectral = new spectralCore.Spectral();
    // All of them, except one that requires a contact address.
    const oas = spectralRulesets.oas as unknown as RulesetDefinition;
    spectral.setRuleset({ extends: [[oas, 'all']], rules: { 'contact-properties': 'off' } });

    const found = await spectral.run(text);

    expect(found.map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`)).toEqual([]);
  }, 60_000);

  it('passes Redocly’s recommended rules', async () => {
    const config = await createConfig({ extends: ['recommended'] });

    const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });

    expect(found.map(({ ruleId, location, message }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual([]);
  }, 60_000);
});
