import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskHeartbeatCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import type { RunningTask } from '../../../infra/local/aws/ecs/ecs-tasks.ts';
import { startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { type TaskFixture, writeTaskApp } from './ecs-fixture.ts';
import { sdkClients } from './sdk-clients.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ecs-test-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A local cloud with one task definition and a state machine that runs it. */
async function startWorld(fixture?: TaskFixture) {
  const logs: string[] = [];
  const calls: AwsCall[] = [];
  const denied: string[] = [];
  const gone: RunningTask[] = [];
  const cloud = await startLocalCloud({
    template: await writeTaskApp(await mkdtemp(join(scratch, 'app-')), fixture),
    log: (line, name) => logs.push(`${name}: ${line}`),
    onAwsCall: (call) => calls.push(call),
    onDenied: (message) => denied.push(message),
    onTaskStop: (task) => gone.push(task),
  });
  const { stepFunctions } = sdkClients(cloud.endpoints);
  return {
    ...{ cloud, logs, calls, denied, gone, stepFunctions },
    async start(input: object): Promise<string> {
      const command = new StartExecutionCommand({
        stateMachineArn: cloud.outputs.Machine,
        input: JSON.stringify(input),
      });
      return (await stepFunctions.send(command)).executionArn ?? '';
    },
    end: (executionArn: string) =>
      until('the end of the execution', async () => {
        const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
        return execution.status === 'RUNNING' ? undefined : execution;
      }),
    async history(executionArn: string) {
      return (await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
    },
    task: () => until('a running task', () => cloud.tasks()[0]),
    says: (line: string) => until(`the line "${line}"`, () => logs.includes(`worker: ${line}`) || undefined),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a task', () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.cloud.stop());

  it('is a process that runs what the image runs, and answers with its token', async () => {
    const executionArn = await world.start({ node: 'answer', operation: 'one' });

    const { status, output = '' } = await world.end(executionArn);

    expect(status).toBe('SUCCEEDED');
    const { cwd, environment } = JSON.parse(output);
    expect(basename(cwd)).toBe('asset.worker');
    expect(environment).toMatchObject({
      GREETING: 'hello',
      MOUNT: expect.stringMatching(/file-systems.fsap-1$/),
      NODE_INPUT: '{"node":"answer","operation":"one"}',
      AWS_REGION: 'us-east-1',
    });
    // Nothing of the developer's own.
    expect(environment).not.toHaveProperty('PATH');
    expect(world.logs).toContain('worker: began answer');
    expect(world.calls).toContainEqual(expect.objectContaining({ action: 'SendTaskSuccess', caller: 'Task' }));
    const [task] = await until('the end of the task', () => (world.gone.length > 0 ? world.gone : undefined));
    expect(task && isAlive(task.pid)).toBe(false);
    expect(world.cloud.tasks()).toEqual([]);
  });

  it('produces the events that Step Functions writes about it', async () => {
    const executionArn = await world.start({ node: 'answer' });
    await world.end(executionArn);

    const events = await world.history(executionArn);

    expect(events.map(({ type }) => type)).toEqual([
      ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
      ...['TaskStateExited', 'ExecutionSucceeded'],
    ]);
    const submitted = events[4]?.taskSubmittedEventDetails;
    expect(submitted).toMatchObject({ resourceType: 'ecs', resource: 'runTask.waitForTaskToken' });
    expect(JSON.parse(submitted?.output ?? '')).toMatchObject({
      Failures: [],
      Tasks: [{ TaskArn: expect.stringMatching(/^arn:aws:ecs:us-east-1:111122223333:task\/[\w-]+\/[0-9a-f]{32}$/) }],
    });
  });

  it('may do only what its role may', async () => {
    const executionArn = await world.start({ node: 'heartbeat' });

    await world.says('heartbeat answered 400');

    expect(world.denied.join()).toMatch(
      /assumed-role\/.*WorkerRole.* not authorized to perform: states:SendTaskHeartbeat/,
    );
    await (await world.task()).interrupt();
    expect(await world.end(executionArn)).toMatchObject({ status: 'FAILED', error: 'Interrupted' });
  });

  it('gets SIGTERM when its machine is reclaimed, and ends', async () => {
    const executionArn = await world.start({ node: 'silent' });
    await world.says('began silent');
    const task = await world.task();

    await task.interrupt();

    expect(isAlive(task.pid)).toBe(false);
    expect(world.logs).toContain('worker: SIGTERM');
    expect(await world.end(executionArn)).toMatchObject({ status: 'FAILED', error: 'Interrupted', cause: 'SIGTERM' });
  });

  it("is killed after its container's stop timeout if it does not end", async () => {
    const executionArn = await world.start({ node: 'deaf' });
    await world.says('began deaf');
    const task = await world.task();
    const started = Date.now();

    await task.interrupt();

    expect(isAlive(task.pid)).toBe(false);
    expect(Date.now() - started).toBeGreaterThan(950);
    await world.stepFunctions.send(new StopExecutionCommand({ executionArn }));
  });

  it('is not stopped with its execution, but its token is invalid', async () => {
    const executionArn = await world.start({ node: 'silent' });
    const task = await world.task();

    await world.stepFunctions.send(new StopExecutionCommand({ executionArn }));

    const heartbeat = new SendTaskHeartbeatCommand({ taskToken: task.overrides.TASK_TOKEN });
    await expect(world.stepFunctions.send(heartbeat)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect(isAlive(task.pid)).toBe(true);
    await task.kill();
    expect(isAlive(task.pid)).toBe(false);
  });

  it('does not start with more overrides than ECS accepts', async () => {
    const execution = await world.end(await world.start({ node: 'answer', text: 'x'.repeat(8_192) }));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'ECS.InvalidParameterException' });
    expect(execution.cause).toContain('Container Overrides length must be at most 8192');
    expect(world.cloud.tasks()).toEqual([]);
  });
});

it('a task without a heartbeat in time fails its state, and continues', async () => {
  const world = await startWorld({ state: { HeartbeatSeconds: 1 } });
  const executionArn = await world.start({ node: 'silent' });
  const { pid } = await world.task();

  expect(await world.end(executionArn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });

  const timedOut = (await world.history(executionArn)).find(({ type }) => type === 'TaskTimedOut');
  expect(timedOut?.taskTimedOutEventDetails).toMatchObject({ resourceType: 'ecs', error: 'States.HeartbeatTimeout' });
  expect(isAlive(pid)).toBe(true);
  await world.cloud.stop();
  expect(isAlive(pid)).toBe(false);
});

/** A separate process with a cloud and a silent task; it does what `then` says as soon as the task has started, and prints its pid. */
async function cloudProcess(then: string) {
  const template = await writeTaskApp(await mkdtemp(join(scratch, 'app-')), { state: { HeartbeatSeconds: 300 } });
  const module = fileURLToPath(new URL('../../../infra/local/local-cloud.ts', import.meta.url));
  const script = `
    const { startLocalCloud } = await import(${JSON.stringify(module)});
    const began = Promise.withResolvers();
    const cloud = await startLocalCloud({ template: ${JSON.stringify(template)}, log: began.resolve });
    const body = JSON.stringify({ stateMachineArn: cloud.outputs.Machine, input: '{"node": "silent"}' });
    const headers = { 'x-amz-target': 'AWSStepFunctions.StartExecution' };
    await fetch(cloud.endpoints.stepfunctions, { method: 'POST', headers, body });
    await began.promise;
    console.log(cloud.tasks()[0].pid);
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, pid: Number(line) };
}

it('no one waits for a task of a stopped cloud: its process ends by itself', async () => {
  const { child, pid } = await cloudProcess('await cloud.stop();');

  await until('the end of the process', () => child.exitCode ?? undefined);

  expect(isAlive(pid)).toBe(false);
});

it('tasks end with a killed cloud', async () => {
  const { child, pid } = await cloudProcess('');
  expect(isAlive(pid)).toBe(true);

  child.kill('SIGKILL');

  await until('the end of the task', () => !isAlive(pid) || undefined);
});

const FAMILY = 'fixture-Task';
const FAMILY_ARN = `arn:aws:ecs:us-east-1:111122223333:task-definition/${FAMILY}`;

it.each([
  ['its family', FAMILY],
  ['its family and revision', `${FAMILY}:1`],
  ["the family's ARN", FAMILY_ARN],
  ["the revision's ARN", `${FAMILY_ARN}:1`],
])('a task starts by %s', async (_name, TaskDefinition) => {
  const world = await startWorld({ parameters: { TaskDefinition } });

  expect(await world.end(await world.start({ node: 'answer' }))).toMatchObject({ status: 'SUCCEEDED' });

  await world.cloud.stop();
});

it.each([
  ['in an unknown cluster', { Cluster: 'other' }, 'ECS.ClusterNotFoundException'],
  ['of an unknown definition', { TaskDefinition: 'other' }, 'ECS.ClientException'],
  ['of a missing revision', { TaskDefinition: `${FAMILY}:2` }, 'ECS.ClientException'],
  ['without a network', { NetworkConfiguration: {} }, 'ECS.InvalidParameterException'],
  ['for an unknown container', { Overrides: { ContainerOverrides: [{ Name: 'x' }] } }, 'ECS.InvalidParameterException'],
  ['with an unsupported parameter', { Group: 'x' }, 'ECS.InvalidParameterException'],
])('a task %s does not start', async (_case, parameters, error) => {
  const world = await startWorld({ parameters });

  expect(await world.end(await world.start({ node: 'answer' }))).toMatchObject({ status: 'FAILED', error });

  expect(world.cloud.tasks()).toEqual([]);
  await world.cloud.stop();
});

it('an image that does not run Node.js is an error that names its task definition', async () => {
  const template = await writeTaskApp(await mkdtemp(join(scratch, 'app-')), { dockerfile: 'FROM x\nCMD ["sh", "-c"]' });

  await expect(startLocalCloud({ template })).rejects.toThrow('task definition Task runs sh, not node');
});
