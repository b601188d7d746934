import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
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

const routes = [
  'GET /clusters',
  'GET /clusters/',
  'POST /clusters',
  'PUT /clusters/',
  'DELETE /clusters/',
  'POST /clusters/known/restore',
  'POST /backups',
  'GET /backups',
  'GET /workflow',
  'GET /workflow/',
  'GET /config',
  'POST /config/update',
];

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

it('whatever is asked, the answer is one of the documented ones, in the envelope', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.string({ unit: 'binary' }),
      fields,
      fc.boolean(),
      async (route, id, given, asText) => {
        const path = route.endsWith('/') ? route + encodeURIComponent(id.toWellFormed()) : route;
        const query = new URLSearchParams(Object.entries(given).map(([k, v]): [string, string] => [k, String(v)]));
        const body = asText ? id : given;

        const answer = await world.api(`${path}?${query}`, route.startsWith('GET') ? undefined : body);

        expect([200, 400, 404, 409, 413]).toContain(answer.status);
        expect([0, 10001, 10003, 20114, 20600, 20601, 20612]).toContain(answer.code);
        expect(answer).toMatchObject({ message: expect.any(String), data: expect.any(Object) });
      },
    ),
    { numRuns: 1_000 },
  );
});
