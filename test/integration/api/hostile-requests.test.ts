import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TABLES } from '../../../functions/adapters/dynamodb/tables.ts';
import { createRouter } from '../../../functions/api/http/router.ts';
import { IMPORT_ID } from '../../../functions/api/openapi/examples.ts';
import { ALL_ROUTES } from '../../../functions/api/openapi/this-api.ts';
import type { ApiAnswer } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { type HostileRequest, hostileRequests } from '../../support/hostile/requests.ts';
import { BACKUPS, CLUSTERS, stock } from '../../support/hostile/stock.ts';
import { type StateWatch, watchState } from '../../support/state-watch.ts';

const REQUESTS = 10_000;
/** Afterwards the world is reset: clusters are free again, and lists short. */
const REQUESTS_A_WORLD = 150;
/** Tables whose items a refused request must not change; that it was sent is stored elsewhere. */
const STATE = ['clusters', 'backups', 'workflows', 'config'] as const;

/** Values that the schemas leave open, as a client would fill them in. */
const LIKELY = {
  clusterId: [...CLUSTERS, 'orders', 'nowhere'],
  backupId: [...Object.values(BACKUPS), BACKUPS.finished, 'nowhere'],
  excludeBackupId: [BACKUPS.finished, 'nowhere'],
  workFlowId: [...Object.values(BACKUPS), IMPORT_ID, 'nowhere'],
  bizId: [...CLUSTERS, 'nowhere'],
  clusterName: ['Orders'],
  endpoints: [['tidb.example.com:4000'], ['[::1]:4000', '127.0.0.1:1']],
  account: [{ user: 'backup', password: 'secret' }],
  parameters: [{}, { size: 'small' }],
  assertions: [[], ['SELECT COUNT(*) > 0 FROM shop.orders']],
  timezone: ['UTC', 'Europe/Berlin'],
  backupDate: ['', 'Monday', 'Monday,Friday'],
  retention: [{ keepLast: 7 }, { keepDaily: 7, keepMonthly: 12, maxAgeDays: 400 }, { keepLast: 0 }, {}],
  expireAt: ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00+02:00', '2020-01-01T00:00:00Z'],
  period: ['0:00-0:00', '7:00-9:00', '22:00-2:00'],
  configValue: ['s3', 'nfs', '0', '100', 'own-bucket/tidb', '/mnt/tidb', 'http://s3.example.com', 'AKIAEXAMPLE', ''],
};

let world: ApiWorld;
let restock: () => Promise<void>;
let watch: StateWatch;
beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  world = await startApiWorld();
  restock = await stock(world);
  const { names, client } = world.tables;
  const watched = STATE.map((name) => [names[name], TABLES[name].partitionKey]);
  watch = watchState(client, Object.fromEntries(watched));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

const find = createRouter<never>(ALL_ROUTES);
/** The route whose plan it requests: a plan changes nothing. */
function planAskedFor({ method, rawPath, query }: HostileRequest): string | undefined {
  const found = query.plan === 'true' ? find(method, rawPath) : undefined;
  return found?.route.planned && found.name;
}
/** What a request can leave behind outside the tables. */
const elsewhere = () => JSON.stringify([[...world.secrets], [...world.executions]]);

/** The client checks every answer against the document, to the last field. */
function send({ method, rawPath, query, body, ...change }: HostileRequest): Promise<ApiAnswer> {
  return world.api(`${method} /`, undefined, {
    ...change,
    rawPath,
    ...(body !== undefined && { body }),
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
  });
}

it(`${REQUESTS} hostile requests are answered as documented, none with an unknown failure, and one that is refused or asks for a plan leaves no trace`, async () => {
  const answered = new Map<string, { accepted: number; refused: number }>(
    Object.keys(ALL_ROUTES).map((name) => [name, { accepted: 0, refused: 0 }]),
  );
  let sent = 0;
  const planned = new Set<string>();
  await fc.assert(
    fc.asyncProperty(hostileRequests(LIKELY), async (request) => {
      if (sent % REQUESTS_A_WORLD === 0) await restock();
      sent += 1;
      // Two that are created at the same moment look like one whose answer was lost.
      world.advance(1);
      watch.begin();
      const before = elsewhere();

      const answer = await send(request);

      expect(answer.status).toBeLessThan(500);
      expect(answer.message ?? '').not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      const counts = answered.get(find(request.method, request.rawPath)?.name ?? '');
      if (answer.status >= 400) {
        if (counts) counts.refused += 1;
      } else {
        if (counts) counts.accepted += 1;
        const route = planAskedFor(request);
        if (route === undefined) return;
        planned.add(route);
      }
      expect(await watch.changes()).toEqual([]);
      expect(elsewhere()).toBe(before);
    }),
    { numRuns: REQUESTS },
  );
  // Neither always refused at once, nor always accepted.
  for (const [route, { accepted, refused }] of answered) {
    expect(accepted, route).toBeGreaterThan(0);
    expect(refused, route).toBeGreaterThan(0);
  }
  const plannable = Object.entries(ALL_ROUTES).filter(([, route]) => route.planned);
  expect([...planned].sort()).toEqual(plannable.map(([name]) => name).sort());
}, 240_000);
