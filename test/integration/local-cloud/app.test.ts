import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { until } from '../support/until.ts';
import { sdkClients } from './sdk-clients.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
}, 120_000);

afterAll(() => cloud.stop());

async function call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(cloud.api + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: await response.json() };
}

it('names in its outputs what the template names', () => {
  expect(cloud.outputs).toMatchObject({
    ApiUrl: cloud.api,
    BackupBucket: expect.any(String),
    BackupStateMachineArn: expect.stringContaining(':stateMachine:'),
    RestoreStateMachineArn: expect.stringContaining(':stateMachine:'),
  });
});

it('answers with and without a trailing slash, by greedy routes', async () => {
  const answers = await Promise.all(['/clusters', '/clusters/'].map((path) => call('GET', path)));

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

it('runs the real state machine through the real functions: an unreachable cluster ends in a failed backup', async () => {
  const registered = await call('POST', '/clusters', {
    clusterName: 'unreachable',
    endpoints: ['127.0.0.1:1'],
    account: { user: 'root', password: 'x' },
    tls: 'disabled',
  });
  const { clusterId } = (registered.body as { data: { clusterId: string } }).data;

  const started = await call('POST', '/backups', { clusterId, backupMode: 'manual' });

  const { workFlowId } = (started.body as { data: { workFlowId: string } }).data;
  const executionArn = `${cloud.outputs.BackupStateMachineArn?.replace(':stateMachine:', ':execution:')}:${workFlowId}`;
  const { stepFunctions } = sdkClients(cloud.endpoints);
  const execution = await until(
    'the end of the workflow',
    async () => {
      const found = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      return found.status === 'RUNNING' ? undefined : found;
    },
    25,
  );
  expect(execution.status).toBe('FAILED');
  const records = await call('GET', `/backups?clusterId=${clusterId}`);
  expect(records.body).toMatchObject({ data: { backupRecords: [{ status: 'Failed' }] } });
});
