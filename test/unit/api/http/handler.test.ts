import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { createEmfMetrics } from '../../../../functions/adapters/events/emf-metrics.ts';
import { createHandler } from '../../../../functions/api/http/handler.ts';
import { ALL_ROUTES } from '../../../../functions/api/openapi/this-api.ts';
import { QUERY_ROUTES } from '../../../../functions/api/routes/query-routes.ts';
import { OPERATIONS } from '../../../../functions/domain/events/metrics.ts';
import { embeddedMetrics } from '../../../../infra/local/aws/cloudwatch/embedded-metrics.ts';
import type { Datum } from '../../../../infra/local/aws/cloudwatch/metrics.ts';
import { type ApiPorts, apiEvent, createApi, untouchablePorts } from '../../../support/api.ts';
import { aCluster } from '../../../support/records.ts';

let info: MockInstance;
let warn: MockInstance;
let error: MockInstance;
beforeEach(() => {
  info = vi.spyOn(console, 'info').mockReturnValue();
  warn = vi.spyOn(console, 'warn').mockReturnValue();
  error = vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

function apiOver(clusters: Partial<ApiPorts['clusters']>) {
  const ports = untouchablePorts();
  return createApi({ ...ports, clusters: { ...ports.clusters, ...clusters } });
}

describe('every answer', () => {
  it('is never cached', async () => {
    const handler = createHandler(QUERY_ROUTES, untouchablePorts(), {
      callers: { type: 'iam' },
      metrics: { emit: () => undefined },
    });

    const { headers } = (await handler(apiEvent('GET /clusters/nowhere', undefined))) as {
      headers?: Record<string, string>;
    };

    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
  });

  it('is the same with and without a trailing slash', async () => {
    const api = apiOver({ get: async () => aCluster() });

    const answer = await api('GET /clusters/cluster-1');

    expect(answer).toMatchObject({ status: 200, code: 0, message: 'OK' });
    expect(await api('GET /clusters/cluster-1/')).toEqual(answer);
  });

  it("is logged on one line, with route, status, code and request id, but without the caller's ids or body", async () => {
    const api = apiOver({ get: async () => aCluster() });

    await api('GET /clusters/cluster-1');

    expect(info.mock.calls).toEqual([
      [
        {
          route: 'GET /clusters/{clusterId}',
          operation: 'cluster/detail',
          status: 200,
          code: 0,
          requestId: 'request-1',
          correlationId: 'request-1',
          ms: expect.any(Number),
        },
      ],
    ]);
  });

  it('that refuses is logged with its message', async () => {
    await apiOver({ get: async () => undefined })('GET /clusters/nowhere');

    expect(warn.mock.calls).toEqual([
      [expect.objectContaining({ status: 404, code: 10003, refused: expect.stringContaining('cluster not found') })],
    ]);
  });
});

describe('a request without an authenticated caller', () => {
  it.each(['GET /clusters/cluster-1', 'DELETE /clusters/cluster-1', 'POST /config/update'])(
    'is refused before anything is read: %s',
    async (route) => {
      const api = createApi(untouchablePorts());

      const answer = await api(route, route.startsWith('POST') ? {} : undefined, { authorizer: {} });

      expect(answer).toMatchObject({ status: 401, code: 70600 });
    },
  );
});

describe('a request for no route', () => {
  it('is answered with what was asked for, quoted', async () => {
    expect(await apiOver({})('DELETE /nowhere/at%0Aall')).toMatchObject({
      status: 404,
      code: 10001,
      message: expect.stringMatching(/^.+: there is no route DELETE ".*nowhere.*"$/),
    });
  });
});

describe('every request', () => {
  const NOW = Date.UTC(2026, 2, 1, 10);

  /** A request's metrics, as CloudWatch reads them from the log. */
  async function counted(route: string, get: ApiPorts['clusters']['get']): Promise<Datum[]> {
    const lines: string[] = [];
    const metrics = createEmfMetrics({ now: () => NOW }, {}, (line) => lines.push(line));
    const ports = untouchablePorts();
    await createApi({ ...ports, clusters: { ...ports.clusters, get } }, { metrics })(route);
    return lines.flatMap(embeddedMetrics);
  }

  const outcomes: [described: string, Outcome: string, get: ApiPorts['clusters']['get']][] = [
    ['answered', 'ok', async () => aCluster()],
    ['refused', 'refused', async () => undefined],
    ['not served', 'failed', () => Promise.reject(new Error('away'))],
  ];
  it.each(outcomes)('that is %s is counted, with its latency', async (_, Outcome, get) => {
    const Operation = 'cluster/detail';
    const metrics = await counted('GET /clusters/cluster-1', get);

    const common = { namespace: 'TidbBackup', time: NOW };
    expect(metrics).toEqual([
      { ...common, name: 'Requests', dimensions: { Operation, Outcome }, value: 1 },
      { ...common, name: 'Requests', dimensions: { Outcome }, value: 1 },
      {
        ...common,
        name: 'Latency',
        dimensions: { Operation },
        value: expect.toSatisfy((ms) => ms >= 0 && ms < 30_000),
      },
    ]);
  });

  it('that is not valid counts as refused', async () => {
    const [metric] = await counted('GET /clusters/cluster-1?colour=red', async () => aCluster());

    expect(metric?.dimensions).toEqual({ Operation: 'cluster/detail', Outcome: 'refused' });
  });

  it('says in its metrics under which id it is logged', async () => {
    const emit = vi.fn();
    const ports = untouchablePorts();
    const api = createApi(ports, { metrics: { emit } });

    await api('GET /nowhere', undefined, { headers: { 'x-correlation-id': 'order-4711' } });

    expect(emit.mock.calls).toEqual([[expect.anything(), expect.anything(), { correlationId: 'order-4711' }]]);
  });

  it("is counted under its route's name, from the design document if it has one", () => {
    const names = Object.fromEntries(Object.entries(ALL_ROUTES).map(([route, { operation }]) => [operation, route]));

    expect(Object.keys(names).sort()).toEqual([...OPERATIONS].sort());
    expect(names).toMatchObject({
      'backup/query_strategy': 'GET /clusters/{clusterId}/strategy',
      'backup/modify_strategy': 'PUT /clusters/{clusterId}/strategy',
      'backup/create': 'POST /backups',
      'backup/cancel': 'POST /backups/cancel',
      'backup/query': 'GET /backups',
      'backup/delete': 'DELETE /backups/{backupId}',
    });
  });

  it('without a route is counted too, under a name that no caller can choose', async () => {
    const metrics = await counted('GET /nowhere/at-all', async () => undefined);

    expect(metrics[0]?.dimensions).toEqual({ Operation: 'unknown', Outcome: 'refused' });
  });

  it.each([
    ['its own id', 'order-4711.a_b=', 'order-4711.a_b='],
    ['no id', undefined, 'request-1'],
    ['an id with characters that need escaping', "*/ DROP'\n", 'request-1'],
    ['an id that is too long', 'x'.repeat(65), 'request-1'],
  ])('with %s appears under one in the log', async (_, given, correlationId) => {
    const headers = given === undefined ? {} : { 'x-correlation-id': given };

    await apiOver({ get: async () => undefined })('GET /clusters/nowhere', undefined, { headers });

    expect(warn.mock.calls).toEqual([[expect.objectContaining({ correlationId })]]);
  });

  it("without an id is known by API Gateway's, in the characters that need no escaping", async () => {
    const { requestContext } = apiEvent('GET /clusters/nowhere', undefined);
    const change = { requestContext: { ...requestContext, requestId: 'a+b/c=' } };

    await apiOver({ get: async () => undefined })('GET /clusters/nowhere', undefined, change);

    expect(warn.mock.calls).toEqual([[expect.objectContaining({ correlationId: 'a-b-c=' })]]);
  });
});

describe('an unknown failure', () => {
  it('gives the caller only its request id, and the log everything', async () => {
    const cause = new Error('password=hunter2 at arn:aws:x:us-east-1:111122223333:y');
    const api = apiOver({ get: async () => Promise.reject(new TypeError('x is undefined', { cause })) });

    const answer = await api('GET /clusters/cluster-1');

    expect(answer).toEqual({
      status: 500,
      code: 10000,
      message: 'unrecognized error; request id request-1',
      data: {},
    });
    expect(error.mock.calls).toMatchObject([
      [
        {
          route: 'GET /clusters/{clusterId}',
          status: 500,
          requestId: 'request-1',
          error: { cause: { name: 'TypeError', message: 'x is undefined', cause: { message: cause.message } } },
        },
      ],
    ]);
  });
});

describe('a body', () => {
  const cluster = {
    clusterName: 'Ü',
    endpoints: ['t:4000'],
    account: { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x' },
  };

  it('may come in base64', async () => {
    const create = vi.fn(async () => true);
    const api = createApi({
      ...untouchablePorts(),
      clusters: { ...untouchablePorts().clusters, create },
      clock: { now: () => 0 },
    });

    const body = Buffer.from(JSON.stringify(cluster)).toString('base64');
    const answer = await api('POST /clusters', body, { isBase64Encoded: true });

    expect(answer).toMatchObject({ code: 0 });
    expect(create.mock.calls).toMatchObject([[{ clusterName: 'Ü' }]]);
  });

  it('must be UTF-8', async () => {
    const body = Buffer.from([0x22, 0xc3, 0x28, 0x22]).toString('base64');

    expect(await apiOver({})('POST /clusters', body, { isBase64Encoded: true })).toMatchObject({
      status: 400,
      message: expect.stringContaining('body: must be UTF-8'),
    });
  });

  it('is measured in bytes: 64 KiB are accepted, one more is not', async () => {
    const api = apiOver({});
    const bytes = (count: number) => `"${'ü'.repeat((count - 2) / 2)}"`;

    expect(await api('POST /backups', bytes(65_536))).toMatchObject({ status: 400 });
    expect(await api('POST /backups', bytes(65_538))).toMatchObject({ status: 413, code: 10001 });
  });
});
