import { readFile } from 'node:fs/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MetricName, NAMESPACE } from '../../../functions/domain/events/metrics.ts';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { synthesizedApp } from '../support/synthesized-app.ts';
import { until } from '../support/until.ts';

let cloud: TestCloud;
let rule: string;
const calls: AwsCall[] = [];

beforeAll(async () => {
  const { Resources } = JSON.parse(await readFile(await synthesizedApp(), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };
  rule = Object.keys(Resources).find((id) => /^AutoBackupRule[0-9A-F]{8}$/.test(id)) ?? 'no rule';
  cloud = await startTestCloud({ idleSeconds: 60, onAwsCall: (call) => calls.push(call) });
}, 120_000);

afterAll(() => cloud.stop());

interface Answer<Data> {
  code: number;
  message: string;
  data: Data;
}

async function api<Data>(method: string, path: string, body?: object): Promise<Data> {
  const response = await fetch(cloud.api + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const { code, message, data } = (await response.json()) as Answer<Data>;
  if (code !== 0) throw new Error(message);
  return data;
}

/** Its endpoint refuses connections: a backup fails at once, but the cluster is free again. */
async function registered(): Promise<string> {
  const { clusterId } = await api<{ clusterId: string }>('POST', '/clusters', {
    clusterName: 'unreachable',
    endpoints: ['127.0.0.1:1'],
    account: { user: 'root', password: 'x' },
  });
  return clusterId;
}

/** Windows of an hour whose next one starts after the test has ended: an open one would have to be served too. */
const [opens, closes] = [2, 3].map((hours) => `${new Date(Date.now() + hours * 3_600_000).getUTCHours()}:00`);
const DAILY = { backupDate: 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday', period: `${opens}-${closes}` };

interface Strategy {
  nextRuns: [string, string, string];
  lastMissed?: { start: string; reason: string };
}

const strategyOf = async (clusterId: string) =>
  (await api<{ strategy: Strategy }>('GET', `/clusters/${clusterId}/strategy`)).strategy;

async function backupsOf(clusterId: string) {
  return (
    await api<{ backupRecords: { id: string; backupMode: string; status: string }[] }>(
      'GET',
      `/backups?clusterId=${clusterId}`,
    )
  ).backupRecords;
}

/** The rule, as EventBridge fires it at that moment. */
async function sweepAt(time: number): Promise<void> {
  await cloud.fireRule(rule, new Date(time));
}

const untilEnded = (clusterId: string) =>
  until(
    'the end of the backup',
    async () => {
      const { maintenanceStatus } = await api<{ maintenanceStatus: string }>('GET', `/clusters/${clusterId}`);
      return maintenanceStatus === '' ? true : undefined;
    },
    25,
  );

it('the rule starts a backup in each window, through the deployed functions', {
  timeout: 90_000,
}, async () => {
  const clusterId = await registered();
  await api('PUT', `/clusters/${clusterId}/strategy`, { strategy: DAILY });
  const { nextRuns } = await strategyOf(clusterId);

  for (const start of nextRuns) {
    await Promise.all([sweepAt(Date.parse(start)), sweepAt(Date.parse(start))]);
    await untilEnded(clusterId);
    await sweepAt(Date.parse(start) + 5 * 60_000);
  }

  const backups = await backupsOf(clusterId);
  expect(backups.map(({ backupMode, status }) => [backupMode, status])).toEqual(Array(3).fill(['auto', 'Failed']));
  expect(await strategyOf(clusterId)).not.toHaveProperty('lastMissed');
});

it('a window that passed without a sweep is published and counted', async () => {
  const clusterId = await registered();
  await api('PUT', `/clusters/${clusterId}/strategy`, { strategy: DAILY });
  const [start] = (await strategyOf(clusterId)).nextRuns;
  calls.length = 0;

  await sweepAt(Date.parse(start) + 2 * 3_600_000);

  const told = calls.filter(({ action, caller }) => action === 'PutEvents' && caller?.startsWith('AutoBackup'));
  expect(told).toMatchObject([{ service: 'eventbridge', status: 200 }]);
  // The sweeps before have found none, and have said so.
  const missed = { namespace: NAMESPACE, name: 'WindowsMissed' satisfies MetricName, dimensions: {} };
  await until('the count of missed windows', () => cloud.metrics.statistic(missed, 'Sum') === 1 || undefined);
  expect(cloud.metrics.statistic(missed, 'SampleCount')).toBeGreaterThan(1);
  expect(await strategyOf(clusterId)).toMatchObject({
    lastMissed: { start, reason: 'no sweep ran while it was open' },
  });
  expect(await backupsOf(clusterId)).toEqual([]);
});

it('a sweep runs for any time, through Lambda’s Invoke API', async () => {
  const clusterId = await registered();
  await api('PUT', `/clusters/${clusterId}/strategy`, { strategy: DAILY });
  const [start] = (await strategyOf(clusterId)).nextRuns;
  const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };
  const client = new LambdaClient({ region: 'us-east-1', endpoint: cloud.endpoints.lambda, credentials });
  const time = new Date(Date.parse(start) + 2 * 3_600_000).toISOString();

  const answer = await client.send(
    new InvokeCommand({ FunctionName: 'autoBackup', Payload: JSON.stringify({ time }) }),
  );

  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({ missed: 1, started: 0 });
  expect(await strategyOf(clusterId)).toMatchObject({ lastMissed: { start } });
});
