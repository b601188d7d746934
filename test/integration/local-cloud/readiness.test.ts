import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources, stateMachineResource } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

const task = (more: object = {}) => ({
  StartAt: 'work',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition.
  States: { work: { Type: 'Task', Resource: '${Echo}', End: true, ...more } },
});

let cloud: LocalCloud;
let ran = 0;

beforeAll(async () => {
  const Retry = [{ ErrorEquals: ['Lambda.ResourceNotReadyException'], IntervalSeconds: 1, MaxAttempts: 3 }];
  cloud = await startLocalCloud({
    idleSeconds: 1,
    template: {
      Resources: {
        ...functionResources({ Echo: { code: 'export const handler = async (event) => event;', timeoutSeconds: 1 } }),
        Fails: stateMachineResource(task(), { Echo: 'Echo' }),
        Waits: stateMachineResource(task({ Retry }), { Echo: 'Echo' }),
      },
    },
    onInvocationStart: () => {
      ran += 1;
    },
  });
});
afterEach(() => {
  Object.assign(cloud.readiness, { refuses: () => undefined, loses: () => undefined, firstInvocationMs: 0 });
  ran = 0;
});
afterAll(() => cloud.stop());

async function endOf(machine: string) {
  const { stepFunctions } = sdkClients(cloud.endpoints);
  const stateMachineArn = `arn:aws:states:us-east-1:111122223333:stateMachine:local-${machine}`;
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  return await until(`the end of ${machine}`, async () => {
    const { status, error, cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : { status, error, cause };
  });
}

it('a sleeping function is refused until it is awake, and its first invocation wakes it', async () => {
  cloud.readiness.letSleep(/^Echo$/, 300);

  expect(await endOf('Fails')).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotReadyException' });
  expect(ran).toBe(0);
  expect(await endOf('Waits')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cloud.invoke('Echo', {})).toMatchObject({ ok: true });
});

it('Invoke answers with the status and the name of the refusal', async () => {
  cloud.readiness.refuses = () => 'EFSMountConnectivityException';
  const client = new LambdaClient({
    region: 'us-east-1',
    endpoint: cloud.endpoints.lambda,
    credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

  await expect(client.send(new InvokeCommand({ FunctionName: 'local-Echo' }))).rejects.toMatchObject({
    name: 'EFSMountConnectivityException',
    $metadata: { httpStatusCode: 408 },
  });
  expect(ran).toBe(0);
});

it('an answer is lost although the function has run', async () => {
  cloud.readiness.loses = () => 'ServiceException';

  expect(await endOf('Fails')).toMatchObject({ status: 'FAILED', error: 'Lambda.ServiceException' });
  expect(ran).toBe(1);
});

it("the first invocation of a process is slow, which does not count as its function's time", async () => {
  await until('no process', () =>
    cloud.functions().every(({ processes }) => processes.length === 0) ? true : undefined,
  );
  cloud.readiness.firstInvocationMs = 1_500;
  const timed = async () => {
    const began = performance.now();
    expect(await cloud.invoke('Echo', {})).toMatchObject({ ok: true });
    return performance.now() - began;
  };

  expect(await timed()).toBeGreaterThan(1_500);
  expect(await timed()).toBeLessThan(1_500);
});
