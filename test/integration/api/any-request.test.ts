import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ALL_ROUTES } from '../../../functions/api/openapi/this-api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  await world.register('known');
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

const names = [
  'clusterId',
  'backupId',
  'backupMode',
  'page',
  'pageSize',
  'startTime',
  'endTime',
  'configKey',
  'configValue',
  'bizId',
  'status',
  'flowName',
  'clusterName',
  'endpoints',
  'account',
  'tls',
  'timezone',
  '__proto__',
];
const likely = fc.constantFrom<unknown>(
  'known',
  'manual',
  's3',
  '0',
  '1',
  'x:1',
  'UTC',
  'disabled',
  'BackupStoragePath',
  'Finished',
  '',
  '..',
  null,
  ['x:1'],
  { user: 'u', password: 'p' },
  -1,
  1e300,
);
const value = fc.oneof(likely, fc.string({ unit: 'binary' }), fc.jsonValue());
const fields = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 8 });

/** Text of any value, those included that say they have none. */
const asText = (given: unknown) => (typeof given === 'string' ? given : JSON.stringify(given));

it('whatever is asked, the answer is a documented one, and never an unknown failure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(ALL_ROUTES)),
      fc.oneof(fc.constant('known'), fc.string({ unit: 'binary' })),
      fields,
      fc.boolean(),
      async (route, id, given, isText) => {
        const path = route.replace(/\{\w+\}/, () => encodeURIComponent(id.toWellFormed()));
        const query = new URLSearchParams(Object.entries(given).map(([k, v]): [string, string] => [k, asText(v)]));
        const body = isText ? id : given;

        // The client holds every answer against the document.
        const answer = await world.api(`${path}?${query}`, route.startsWith('GET') ? undefined : body);

        expect(answer.status).toBeLessThan(500);
      },
    ),
    { numRuns: 1_000 },
  );
});
