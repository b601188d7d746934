import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { expectDocumented } from '../../support/documented-answers.ts';
import { type AppWorld, sharedAppWorld } from '../app/app-world.ts';
import type { TestCloud } from '../support/cloud.ts';
import { until } from '../support/until.ts';

// The deployed functions behind API Gateway's routes, with the template's roles, tables, secrets and state machines.
let world: AppWorld;
let cloud: TestCloud;
const calls: AwsCall[] = [];
beforeAll(async () => {
  world = await sharedAppWorld((call) => calls.push(call));
  cloud = world.cloud;
}, 120_000);
afterAll(() => world.stop());

interface Answer {
  status: number;
  code: number;
  message: string;
  data: Record<string, unknown>;
}

/** Sends the path unchanged: `fetch` would resolve `..` first. */
async function send(route: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ', 2);
  const { hostname, port, pathname } = new URL(cloud.api);
  const headers = { authorization: 'Bearer of-tiem', ...more };
  const sent = request({ method, hostname, port, path: pathname + path, headers });
  sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  const [response] = await once(sent, 'response');
  const [status, answer] = [response.statusCode, JSON.parse(await text(response))];
  // API Gateway decodes percent escapes before it looks for a route.
  expectDocumented({
    method,
    path: decodeURIComponent((pathname + path).split('?', 1)[0] ?? ''),
    status,
    body: answer,
  });
  return { status, ...answer };
}

const CLUSTER = {
  clusterName: 'Orders',
  endpoints: ['127.0.0.1:1'],
  account: { user: 'backup', password: `p"'\\&+%#/` },
  tls: 'disabled',
};

/** The AWS calls of the API's functions while `work` runs, without those of the workflows. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  calls.length = 0;
  await work();
  return calls.flatMap(({ action, caller }) => (/query|command/i.test(caller ?? '') ? [action] : []));
}

describe('the deployed API', () => {
  it('takes a cluster through its life', async () => {
    const { data } = await send('POST /clusters/', CLUSTER);
    const path = `/clusters/${data.clusterId}`;

    expect((await send(`GET ${path}/`)).data).toMatchObject({ account: { user: 'backup' }, maintenanceStatus: '' });
    expect(await send(`PUT ${path}`, { ...CLUSTER, clusterName: 'Renamed' })).toMatchObject({ status: 200, code: 0 });
    expect((await send(`GET ${path}`)).data.clusterName).toBe('Renamed');
    expect(await send(`DELETE ${path}`)).toMatchObject({ status: 200, code: 0 });
    expect(await send(`GET ${path}`)).toMatchObject({ status: 404, code: 10003 });
  });

  it('stores the configuration, secrets masked', async () => {
    const key = (configKey: string, configValue: string) => send('POST /config/update', { configKey, configValue });
    await key('BackupS3AccessKey', 'AKIAEXAMPLE');
    await key('BackupS3AccessKey', 'AKIAEXAMPLE2');
    await key('BackupConcurrency', '6');

    expect((await send('GET /config?configKey=BackupS3AccessKey')).data.configValue).toBe('******');
    expect((await send('GET /config/?configKey=BackupConcurrency')).data.configValue).toBe('6');

    await key('BackupS3AccessKey', '');
    await key('BackupConcurrency', '0');
    expect(await send('GET /config?configKey=BackupS3AccessKey')).toMatchObject({ status: 404, code: 20600 });
  });

  it('records the failed backup of a cluster that cannot be reached, and its workflow', async () => {
    const { data: cluster } = await send('POST /clusters', CLUSTER);

    const { data } = await send('POST /backups', { clusterId: cluster.clusterId, backupMode: 'manual' });

    const detail = await until(
      'the end of the workflow',
      async () => {
        const found = await send(`GET /workflow/${data.workFlowId}`);
        return (found.data.info as { status: string }).status === 'Error' ? found.data : undefined;
      },
      25,
    );
    expect(detail).toMatchObject({
      info: { id: data.workFlowId, name: 'BackupCluster', bizId: cluster.clusterId, bizType: 'cluster' },
      nodes: [
        { name: 'backup', status: 'Error', result: expect.stringMatching(/^TidbUnreachable: .*127\.0\.0\.1:1/) },
        { name: 'fail' },
      ],
      nodeNames: ['backup', 'updateBackupRecord', 'end'],
    });
    const { data: found } = await send(`GET /backups?clusterId=${cluster.clusterId}`);
    const error = { code: 10007, message: expect.stringContaining('127.0.0.1:1') };
    expect(found.backupRecords).toMatchObject([{ id: data.backupId, status: 'Failed', error }]);
    const restored = await send(`POST /clusters/${cluster.clusterId}/restore`, { backupId: data.backupId });
    expect(restored).toMatchObject({ status: 400, code: 20610 });
    expect((await send(`GET /clusters/${cluster.clusterId}`)).data.maintenanceStatus).toBe('');
  });

  it('makes no more AWS calls than its budget', async () => {
    const { data: cluster } = await send('POST /clusters', CLUSTER);
    const { data: other } = await send('POST /clusters', CLUSTER);
    await send('POST /backups', { clusterId: other.clusterId });
    let workFlowId: unknown;

    const budgets = {
      start: await callsOf(async () => {
        workFlowId = (await send('POST /backups', { clusterId: cluster.clusterId })).data.workFlowId;
      }),
      cluster: await callsOf(() => send(`GET /clusters/${cluster.clusterId}`)),
      clusters: await callsOf(() => send('GET /clusters')),
      backups: await callsOf(() => send(`GET /backups?clusterId=${cluster.clusterId}`)),
      workflows: await callsOf(() => send('GET /workflow?flowName=BackupCluster')),
      workflow: await callsOf(() => send(`GET /workflow/${workFlowId}`)),
    };

    expect(budgets).toEqual({
      start: ['UpdateItem', 'PutItem', 'PutItem', 'StartExecution'],
      cluster: ['GetItem'],
      clusters: ['Query', 'BatchGetItem'],
      backups: ['Query', 'BatchGetItem'],
      workflows: ['Query', 'BatchGetItem'],
      workflow: ['GetItem', 'GetExecutionHistory'],
    });
  });

  it('carries a request with an Idempotency-Key out once', async () => {
    const { data: cluster } = await send('POST /clusters', CLUSTER);
    // The function has read the configuration by then, and caches it for a while.
    await send('POST /backups?plan=true', { clusterId: cluster.clusterId });
    const start = () =>
      send('POST /backups', { clusterId: cluster.clusterId }, { 'Idempotency-Key': `"${cluster.clusterId}"` });
    let first: Answer | undefined;
    const firstCalls = await callsOf(async () => {
      first = await start();
    });
    let again: Answer | undefined;
    const moreCalls = await callsOf(async () => {
      again = await start();
    });

    expect(first).toMatchObject({ status: 200, code: 0 });
    expect(again).toEqual(first);
    expect(firstCalls).toEqual(['PutItem', 'UpdateItem', 'PutItem', 'PutItem', 'StartExecution', 'UpdateItem']);
    expect(moreCalls).toEqual(['PutItem', 'GetItem']);
  });

  it.each([
    ['GET /clusters/..', [400, 404]],
    ['GET /clusters/%2e%2e', [400, 404]],
    ['GET /clusters/a%2Fb', [400, 404]],
    ['GET /clusters/a%00b', [400, 404]],
    [`GET /clusters/${'a'.repeat(65)}`, [400]],
    ["GET /clusters/a'b", [400]],
    ['GET /backups?clusterId=a/b', [400]],
    ['GET /backups?clusterId=a&clusterId=b', [400]],
    ['GET /backups?pageSize=101', [400]],
    ['GET /workflow/a%22b', [400]],
    ['DELETE /clusters/%0a', [400, 404]],
    ['GET /nothing', [404]],
    ['PUT /backups', [404]],
  ])('refuses %s in the envelope', async (route, statuses) => {
    const answer = await send(route);

    expect(statuses).toContain(answer.status);
    expect(answer).toMatchObject({ code: 10001, data: {} });
  });

  it('refuses a body that is not JSON or too large', async () => {
    expect(await send('POST /backups', '{"clusterId":')).toMatchObject({ status: 400, code: 10001 });
    expect(await send('POST /backups', JSON.stringify({ clusterId: 'x'.repeat(70_000) }))).toMatchObject({
      status: 413,
      code: 10001,
    });
  });

  it('logs only complete lines of its own, whatever a request contains', async () => {
    const line = '{"timestamp":"2026-03-01T10:00:00Z","level":"ERROR","message":"forged"}';
    const forged = `\u2028\u0085${line}\u001b[2K\r\n${line}`;
    const inUrl = encodeURIComponent(forged);
    const before = cloud.logs.length;

    await send(`GET /${inUrl}`);
    await send(`GET /clusters/${inUrl}`);
    await send(`GET /backups?clusterId=${inUrl}`);
    await send('POST /clusters', { ...CLUSTER, clusterName: forged, tls: forged });
    await send('POST /backups', forged);
    await send('GET /clusters?page=0', undefined, { 'x-correlation-id': line, 'user-agent': line });

    const isOfRequest = (text: string) => text.includes('"refused":');
    const lines = await until('a line of each request', () => {
      const found = cloud.logs.slice(before);
      return found.filter(isOfRequest).length < 6 ? undefined : found;
    });
    expect(lines.filter(isOfRequest)).toHaveLength(6);
    for (const text of lines) {
      expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(text)).not.toHaveProperty('message', 'forged');
    }
  });

  it('keeps the password out of every log line', () => {
    expect(cloud.logs.length).toBeGreaterThan(0);
    expect(cloud.logs.filter((line) => line.includes(`\\\\&+%#/`))).toEqual([]);
  });
});
