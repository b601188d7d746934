import { describe, expect, it } from 'vitest';
import { bearer } from '../../../../clients/typescript/auth.ts';
import { type ClientOptions, createClient } from '../../../../clients/typescript/client.ts';
import { ApiError, ConnectionError } from '../../../../clients/typescript/errors.ts';

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Step = { status?: number; headers?: Record<string, string>; body?: unknown } | Error;

const OK = { body: { code: 0, message: 'OK', data: {} } };
const STARTED = { body: { code: 0, message: 'OK', data: { workFlowId: 'w', backupId: 'b' } } };
const BUSY = { status: 503, body: { message: 'Service Unavailable' } };
const START = { body: { clusterId: 'orders' } };

/** A client of an API that gives these answers in turn, and the requests it sent. */
function clientOf(steps: readonly Step[], options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const slept: number[] = [];
  const client = createClient({
    baseUrl: 'https://api.example.com/api/v1',
    async fetch(url, { method = 'GET', headers, body }) {
      sent.push({ url, method, headers: Object.fromEntries(new Headers(headers)), body });
      const step = steps[sent.length - 1] ?? new Error('no step left');
      if (step instanceof Error) throw step;
      const text = typeof step.body === 'string' ? step.body : JSON.stringify(step.body);
      return new Response(text, { status: step.status ?? 200, ...(step.headers && { headers: step.headers }) });
    },
    ...options,
    retries: { sleep: async (ms) => void slept.push(ms), random: () => 0.5, ...options.retries },
  });
  return { client, sent, slept };
}

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error) => error,
  );

describe('call', () => {
  it('fills the path, the query and the body, and returns the data', async () => {
    const { client, sent } = clientOf([STARTED, OK]);

    expect(await client.call('POST /backups', START)).toEqual({ workFlowId: 'w', backupId: 'b' });
    await client.call('GET /clusters/{clusterId}/retention/preview', {
      path: { clusterId: 'a/b c' },
      query: { keepLast: 3 },
    });

    expect(sent).toMatchObject([
      {
        method: 'POST',
        url: 'https://api.example.com/api/v1/backups',
        headers: { 'content-type': 'application/json' },
        body: '{"clusterId":"orders"}',
      },
      { method: 'GET', url: 'https://api.example.com/api/v1/clusters/a%2Fb%20c/retention/preview?keepLast=3' },
    ]);
  });

  it('sends credentials with each attempt', async () => {
    let n = 0;
    const { client, sent } = clientOf([BUSY, OK], { auth: bearer(() => `token-${n++}`) });
    await client.call('GET /clusters');

    expect(sent.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-0', 'Bearer token-1']);
  });

  it('identifies the request by the given correlation id', async () => {
    const { client, sent } = clientOf([OK]);
    await client.call('GET /clusters', {}, { correlationId: 'order-4711' });

    expect(sent[0]?.headers).toMatchObject({ 'x-correlation-id': 'order-4711' });
  });
});

describe('idempotency keys', () => {
  it('go with every change, each with a new one', async () => {
    const { client, sent } = clientOf([STARTED, STARTED]);
    await client.call('POST /backups', START);
    await client.call('POST /backups', START);

    const keys = sent.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(2);
  });

  it('are the same in every attempt', async () => {
    const { client, sent } = clientOf([new Error('reset'), BUSY, STARTED]);
    await client.call('POST /backups', START);

    expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(sent).toHaveLength(3);
  });

  it('are those of the caller if given', async () => {
    const { client, sent } = clientOf([STARTED]);
    await client.call('POST /backups', START, { idempotencyKey: 'mine' });

    expect(sent[0]?.headers).toMatchObject({ 'idempotency-key': 'mine' });
  });

  it('do not go with reads and plans', async () => {
    const { client, sent } = clientOf([OK, { body: { code: 0, message: 'OK', data: { plan: { conflicts: [] } } } }]);
    await client.call('GET /clusters');
    const plan = await client.plan('POST /backups', START);

    expect(plan).toEqual({ conflicts: [] });
    expect(sent[1]?.url).toBe('https://api.example.com/api/v1/backups?plan=true');
    for (const { headers } of sent) expect(headers).not.toHaveProperty('idempotency-key');
  });
});

describe('retries', () => {
  it.each([
    ['too many requests', { status: 429, body: { message: 'Too Many Requests' } }],
    ['a failure of the service', { status: 500, body: { code: 10000, message: 'unrecognized error', data: {} } }],
    ['an unavailable function', BUSY],
    ['no answer', new Error('fetch failed')],
  ])('follow %s, after growing waits', async (_what, step) => {
    const { client, sent, slept } = clientOf([step, step, step, OK]);
    await client.call('GET /clusters');

    expect(sent).toHaveLength(4);
    expect(slept).toEqual([400, 800, 1600]);
  });

  it('wait as long as the answer demands', async () => {
    const { client, slept } = clientOf([{ ...BUSY, headers: { 'retry-after': '3' } }, OK]);
    await client.call('GET /clusters');

    expect(slept).toEqual([3000]);
  });

  it('end after four attempts', async () => {
    const { client, sent } = clientOf([BUSY, BUSY, BUSY, BUSY, OK]);

    expect(await caught(client.call('GET /clusters'))).toMatchObject({ name: 'ApiError', httpStatus: 503 });
    expect(sent).toHaveLength(4);
  });

  it.each([400, 401, 403, 404, 409, 413])('do not follow HTTP %i', async (status) => {
    const { client, sent } = clientOf([{ status, body: { code: 1, message: 'no', data: {} } }, OK]);
    await caught(client.call('POST /backups', START));

    expect(sent).toHaveLength(1);
  });

  it('wait for an earlier attempt that the service may still be processing', async () => {
    const conflict = { status: 409, body: { code: 20114, message: 'is being carried out', data: {} } };
    const { client } = clientOf([new Error('reset'), conflict, STARTED]);

    expect(await client.call('POST /backups', START)).toMatchObject({ backupId: 'b' });
  });

  it('stop when the caller aborts', async () => {
    const controller = new AbortController();
    const { client, sent } = clientOf([BUSY, OK], { retries: { sleep: async () => controller.abort() } });

    await expect(client.call('GET /clusters', {}, { signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(sent).toHaveLength(1);
  });
});

describe('errors', () => {
  it("carry the service's message, and what to do", async () => {
    const body = { code: 20114, message: 'another maintenance operation holds the cluster: BackUp b', data: {} };
    const { client } = clientOf([{ status: 409, headers: { 'x-correlation-id': 'c-1' }, body }]);
    const error = await caught(client.call('POST /backups', START));

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      route: 'POST /backups',
      httpStatus: 409,
      code: 20114,
      errorName: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
      message: body.message,
      details: {},
      correlationId: 'c-1',
      whatToDo: expect.stringContaining('holds the cluster'),
    });
  });

  it('say so when API Gateway refuses', async () => {
    const { client } = clientOf([{ status: 403, body: { message: 'Forbidden' } }]);

    expect(await caught(client.call('GET /clusters'))).toMatchObject({
      code: undefined,
      message: 'Forbidden',
      whatToDo: expect.stringContaining('policy'),
    });
  });

  it.each([200, 404])('question the address if HTTP %i is not an answer of the API', async (status) => {
    const { client } = clientOf([{ status, body: '<html>a proxy</html>' }]);

    expect(await caught(client.call('GET /clusters'))).toMatchObject({
      message: expect.stringContaining('is this the address of a tidb-backup API?'),
    });
  });

  it('name the reason if no answer came', async () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:9');
    const { client } = clientOf([new TypeError('fetch failed', { cause })], { retries: { attempts: 1 } });
    const error = await caught(client.call('GET /clusters'));

    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: 'no answer from the API: connect ECONNREFUSED 127.0.0.1:9' });
  });
});

describe('pages', () => {
  it('follow the token of each page, with the same filters', async () => {
    const page = (id: string, nextPageToken?: string) => ({
      body: {
        code: 0,
        message: 'OK',
        data: { backupRecords: [{ id }] },
        page: { page: 1, pageSize: 1, total: 2, ...(nextPageToken && { nextPageToken }) },
      },
    });
    const { client, sent } = clientOf([page('a', 'next'), page('b')]);
    const ids = [];
    for await (const { data } of client.pages('GET /backups', { query: { clusterId: 'orders', pageSize: 1 } })) {
      ids.push(...data.backupRecords.map(({ id }) => id));
    }

    expect(ids).toEqual(['a', 'b']);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([
      '?clusterId=orders&pageSize=1',
      '?clusterId=orders&pageSize=1&pageToken=next',
    ]);
  });
});

it('returns a file as text', async () => {
  const { client, sent } = clientOf([{ body: 'id,status\r\n' }]);

  expect(await client.file('GET /backups/{backupId}/evidence', { path: { backupId: 'b' } })).toBe('id,status\r\n');
  expect(sent[0]?.url).toBe('https://api.example.com/api/v1/backups/b/evidence?format=csv');
});
