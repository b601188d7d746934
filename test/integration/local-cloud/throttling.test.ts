import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { throttleOf } from '../../../infra/local/aws/http-api/throttle.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { readStack } from '../../../infra/local/template/stack.ts';
import { until } from '../support/until.ts';
import { apiResources, functionResources, stateMachineResource } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

const ECHO = 'export const handler = async (event) => event;';
const task = (more: object) => ({
  StartAt: 'work',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition.
  States: { work: { Type: 'Task', Resource: '${Echo}', End: true, ...more } },
});

let cloud: LocalCloud;
const heard: string[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources({
          Echo: { code: ECHO },
          Reserved: {
            code: 'export const handler = () => new Promise((done) => setTimeout(done, 200));',
            reservedConcurrency: 1,
          },
          Hears: { code: 'export const handler = async () => console.info("heard");' },
        }),
        ...apiResources({ 'GET /echo': 'Echo' }),
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            ScheduleExpression: 'rate(1 day)',
            Targets: [{ Arn: { 'Fn::GetAtt': ['Hears', 'Arn'] }, Id: 'hears' }],
          },
        },
        Fails: stateMachineResource(task({}), { Echo: 'Echo' }),
        Waits: stateMachineResource(
          task({
            Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, MaxAttempts: 3 }],
          }),
          { Echo: 'Echo' },
        ),
      },
    },
    log: (line) => heard.push(line),
  });
});

afterEach(() => {
  cloud.concurrency.unreserved = Number.POSITIVE_INFINITY;
});

afterAll(() => cloud.stop());

const throttlesOf = (FunctionName: string) =>
  cloud.metrics.statistic({ namespace: 'AWS/Lambda', name: 'Throttles', dimensions: { FunctionName } }, 'Sum');

async function endOf(machine: string) {
  const { stepFunctions } = sdkClients(cloud.endpoints);
  const stateMachineArn = `arn:aws:states:us-east-1:111122223333:stateMachine:local-${machine}`;
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  return async () => {
    const { status, error, cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : { status, error, cause };
  };
}

it('Lambda answers 429 and counts a throttle, but no invocation, when the account has no concurrency left', async () => {
  const client = new LambdaClient({
    region: 'us-east-1',
    endpoint: cloud.endpoints.lambda,
    credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  cloud.concurrency.unreserved = 0;

  const refused = client.send(new InvokeCommand({ FunctionName: 'local-Echo' }));

  await expect(refused).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    $metadata: { httpStatusCode: 429 },
  });
  expect(throttlesOf('local-Echo')).toBe(1);
  const invocations = { namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: 'local-Echo' } };
  expect(cloud.metrics.statistic(invocations, 'Sum')).toBeUndefined();
});

it('a reservation is kept free, and is the maximum of its function', async () => {
  cloud.concurrency.unreserved = 0;

  const [first, second] = await Promise.all([cloud.invoke('Reserved', {}), cloud.invoke('Reserved', {})]);

  expect([first.ok, second]).toMatchObject([true, { refused: 429 }]);
  expect((await cloud.invoke('Reserved', {})).ok).toBe(true);
});

it('a task fails with `Lambda.TooManyRequestsException`, which a retrier waits out', async () => {
  cloud.concurrency.unreserved = 0;

  const [failed, waiting] = await Promise.all([endOf('Fails'), endOf('Waits')]);

  expect(await until('the failure', failed)).toMatchObject({
    status: 'FAILED',
    error: 'Lambda.TooManyRequestsException',
    cause: expect.stringContaining('Status Code: 429'),
  });
  expect(await waiting()).toBeUndefined();
  cloud.concurrency.unreserved = 1;
  expect(await until('the success', waiting)).toMatchObject({ status: 'SUCCEEDED' });
});

it('an event waits for its function, and uses up no attempt', async () => {
  cloud.concurrency.unreserved = 0;
  const fired = cloud.fireRule('Rule');
  await until('several refusals', () => ((throttlesOf('local-Hears') ?? 0) > 4 ? true : undefined));

  cloud.concurrency.unreserved = 1;
  await fired;

  expect(heard.filter((line) => line.includes('heard'))).toHaveLength(1);
});

it('the API answers 503 for a function that is throttled', async () => {
  cloud.concurrency.unreserved = 0;

  const answer = await fetch(`${new URL(cloud.api).origin}/echo`);

  expect([answer.status, await answer.json()]).toEqual([503, { message: 'Service Unavailable' }]);
});

it('the stage allows a burst, then so many requests a second', () => {
  const DefaultRouteSettings = { ThrottlingRateLimit: 2, ThrottlingBurstLimit: 3 };
  const stage = { Type: 'AWS::ApiGatewayV2::Stage', Properties: { StageName: '$default', DefaultRouteSettings } };
  const admit = throttleOf(readStack({ Resources: { Stage: stage } }, 'http://127.0.0.1'));
  const admitted = (now: number) => [admit(now), admit(now), admit(now), admit(now)].filter(Boolean).length;

  expect([admitted(0), admitted(0), admitted(500), admitted(1500), admitted(60_000)]).toEqual([3, 0, 1, 2, 3]);
});

it('a throttled request is answered with 429 by API Gateway itself', async () => {
  const limited = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources({ Echo: { code: ECHO } }),
        ...apiResources({ 'GET /echo': 'Echo' }),
        Stage: {
          Type: 'AWS::ApiGatewayV2::Stage',
          Properties: {
            StageName: '$default',
            DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 },
          },
        },
      },
    },
  });
  const get = () => fetch(`${new URL(limited.api).origin}/echo`);

  const answers = await Promise.all([get(), get()]);
  await limited.stop();

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
  expect(await answers.find(({ status }) => status === 429)?.json()).toEqual({ message: 'Too Many Requests' });
});
