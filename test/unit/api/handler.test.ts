import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { type ApiPorts, createApi, untouchablePorts } from '../../support/api.ts';
import { aCluster } from '../../support/records.ts';

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
  it('is the same with and without a trailing slash', async () => {
    const api = apiOver({ get: async () => aCluster() });

    const answer = await api('GET /clusters/cluster-1');

    expect(answer).toMatchObject({ status: 200, code: 0, message: 'OK' });
    expect(await api('GET /clusters/cluster-1/')).toEqual(answer);
  });

  it('is logged on one line, with route, status, code and request id, but no id or body of the user', async () => {
    const api = apiOver({ get: async () => aCluster() });

    await api('GET /clusters/cluster-1');

    expect(info.mock.calls).toEqual([
      [{ route: 'GET /clusters/{clusterId}', status: 200, code: 0, requestId: 'request-1', ms: expect.any(Number) }],
    ]);
  });

  it('that refuses is logged with what was said', async () => {
    await apiOver({ get: async () => undefined })('GET /clusters/nowhere');

    expect(warn.mock.calls).toEqual([
      [expect.objectContaining({ status: 404, code: 10003, refused: expect.stringContaining('cluster not found') })],
    ]);
  });
});

describe('an unknown failure', () => {
  it('tells the caller its request id alone, and the log everything', async () => {
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

  it('is measured in bytes: 64 KiB are taken, one more is not', async () => {
    const api = apiOver({});
    const bytes = (count: number) => `"${'ü'.repeat((count - 2) / 2)}"`;

    expect(await api('POST /backups', bytes(65_536))).toMatchObject({ status: 400 });
    expect(await api('POST /backups', bytes(65_538))).toMatchObject({ status: 413, code: 10001 });
  });
});
