import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources, stateMachineResource } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

/** What `stateMachineResource` substitutes with the function's ARN. */
const arnPlaceholder = (functionId: string) => `\${${functionId}}`;
const task = (functionId: string, more: object) => ({ Type: 'Task', Resource: arnPlaceholder(functionId), ...more });
const machine = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states });
const invokeWithToken = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: arnPlaceholder('Echo'), Payload: { 'token.$': '$$.Task.Token' } },
};

const MACHINES: Record<string, object> = {
  Simple: machine({
    first: task('Echo', { ResultPath: '$.first', Next: 'second' }),
    second: task('Echo', { End: true }),
  }),
  Waiting: machine({ wait: task('Slow', { End: true }) }),
  Caught: machine({
    work: task('Fails', {
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'fail' }],
      End: true,
    }),
    fail: task('Echo', { End: true }),
  }),
  Retried: machine({
    work: task('FailsTwice', {
      Parameters: { 'attempt.$': '$$.State.RetryCount' },
      Retry: [{ ErrorEquals: ['TryAgain'], IntervalSeconds: 1, BackoffRate: 1, MaxDelaySeconds: 1, MaxAttempts: 3 }],
      End: true,
    }),
  }),
  Uncaught: machine({ work: task('Fails', { End: true }) }),
  Crashed: machine({ work: task('Crashes', { End: true }) }),
  FunctionTimeout: machine({ work: task('TooSlow', { End: true }) }),
  TaskTimeout: machine({
    work: task('Slow', {
      TimeoutSeconds: 1,
      Catch: [
        { ErrorEquals: ['States.TaskFailed'], Next: 'wrong' },
        { ErrorEquals: ['States.Timeout'], Next: 'right' },
      ],
      End: true,
    }),
    wrong: { Type: 'Fail' },
    right: { Type: 'Succeed' },
  }),
  MachineTimeout: { ...machine({ work: task('Slow', { End: true }) }), TimeoutSeconds: 1 },
  Context: machine({
    look: {
      Type: 'Pass',
      Parameters: {
        'execution.$': '$$.Execution.Id',
        'name.$': '$$.Execution.Name',
        'input.$': '$$.Execution.Input',
        'machine.$': '$$.StateMachine.Id',
        'state.$': '$$.State.Name',
      },
      Next: 'token',
    },
    token: { ...invokeWithToken, ResultPath: '$.answer', End: true },
  }),
  Heartbeat: machine({ wait: { ...invokeWithToken, HeartbeatSeconds: 1, End: true } }),
  TooMuch: machine({
    work: task('Big', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'caught' }], End: true }),
    caught: { Type: 'Succeed' },
  }),
};

const FUNCTIONS = {
  Echo: { code: 'export const handler = async (event) => event;' },
  Slow: { code: 'export const handler = () => new Promise((done) => setTimeout(done, 3000, {}));', timeoutSeconds: 10 },
  TooSlow: { code: 'export const handler = () => new Promise(() => setInterval(() => {}, 1000));', timeoutSeconds: 1 },
  Fails: {
    code: 'export const handler = async () => { throw Object.assign(new Error("no space"), { name: "DiskFull" }); };',
  },
  FailsTwice: {
    code: `export const handler = async ({ attempt }) => {
      if (attempt < 2) throw Object.assign(new Error("again"), { name: "TryAgain" });
      return { attempt };
    };`,
  },
  Crashes: { code: 'export const handler = async () => process.exit(7);' },
  Big: { code: 'export const handler = async () => "x".repeat(300_000);' },
};

let cloud: LocalCloud;
let stepFunctions: SFNClient;

const arnOf = (machineId: string): string => cloud.outputs[machineId] ?? '';

async function startExecution(machineId: string, input: object = {}, name: string = randomUUID()): Promise<string> {
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: arnOf(machineId), name, input: JSON.stringify(input) }),
  );
  return executionArn ?? '';
}

function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  return until('the end of the execution', async () => {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status === 'RUNNING' ? undefined : execution;
  });
}

async function historyOf(executionArn: string): Promise<HistoryEvent[]> {
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }));
  return events;
}

const typesOf = (events: readonly HistoryEvent[]) => events.map(({ type }) => type);

function tokenOf(executionArn: string): Promise<string> {
  return until('the task to be submitted', async () => {
    const submitted = (await historyOf(executionArn)).find(({ type }) => type === 'TaskSubmitted');
    const output = submitted?.taskSubmittedEventDetails?.output;
    return output === undefined ? undefined : JSON.parse(output).Payload.token;
  });
}

beforeAll(async () => {
  const substitutions = Object.fromEntries(Object.keys(FUNCTIONS).map((id) => [id, id]));
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources(FUNCTIONS),
        ...Object.fromEntries(
          Object.entries(MACHINES).map(([id, asl]) => [id, stateMachineResource(asl, substitutions)]),
        ),
      },
      Outputs: Object.fromEntries(Object.keys(MACHINES).map((id) => [id, { Value: { Ref: id } }])),
    },
  });
  stepFunctions = sdkClients(cloud.endpoints).stepFunctions;
});

afterAll(() => cloud.stop());

describe('a successful execution', () => {
  it('passes data from state to state and returns output, times and name', async () => {
    const name = randomUUID();

    const execution = await ended(await startExecution('Simple', { a: 1 }, name));

    expect(execution).toMatchObject({ status: 'SUCCEEDED', name, input: '{"a":1}', stateMachineArn: arnOf('Simple') });
    expect(JSON.parse(execution.output ?? '')).toEqual({ a: 1, first: { a: 1 } });
    expect(execution.stopDate?.getTime()).toBeGreaterThanOrEqual(execution.startDate?.getTime() ?? Number.NaN);
  });

  it('has the history that AWS writes', async () => {
    const executionArn = await startExecution('Simple', { a: 1 });
    await ended(executionArn);

    const events = await historyOf(executionArn);

    const perTask = [
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
    ];
    expect(typesOf(events)).toEqual(['ExecutionStarted', ...perTask, ...perTask, 'ExecutionSucceeded']);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ previousEventId }) => previousEventId)).toEqual([
      0,
      0,
      ...events.slice(2).map((_, i) => i + 2),
    ]);
    expect(events[1]?.stateEnteredEventDetails).toMatchObject({ name: 'first', input: '{"a":1}' });
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toMatchObject({ input: '{"a":1}' });
    expect(events[5]?.stateExitedEventDetails).toMatchObject({ name: 'first', output: '{"a":1,"first":{"a":1}}' });
  });

  it('pages the history in both directions, and omits data on request', async () => {
    const executionArn = await startExecution('Simple');
    await ended(executionArn);

    const page = { executionArn, maxResults: 5, reverseOrder: true, includeExecutionData: false };
    const first = await stepFunctions.send(new GetExecutionHistoryCommand(page));
    const second = await stepFunctions.send(new GetExecutionHistoryCommand({ ...page, nextToken: first.nextToken }));

    expect(first.events?.map(({ id }) => id)).toEqual([12, 11, 10, 9, 8]);
    expect(second.events?.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3]);
    expect(first.events?.[0]?.executionSucceededEventDetails).toEqual({});
  });
});

describe('starting', () => {
  it('returns the running execution for the same name and input', async () => {
    const name = randomUUID();

    const arns = [
      await startExecution('Waiting', { a: 1, b: 2 }, name),
      await startExecution('Waiting', { b: 2, a: 1 }, name),
    ];

    expect(arns[1]).toBe(arns[0]);
  });

  it('refuses the same name with another input, and after the end', async () => {
    const name = randomUUID();
    await startExecution('Waiting', { a: 1 }, name);
    await ended(await startExecution('Simple', {}, name));

    await expect(startExecution('Waiting', { a: 2 }, name)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await expect(startExecution('Simple', {}, name)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it.each(['', 'a b', 'a/b', 'a:b', 'x'.repeat(81), 'a\u0007'])('refuses the name %j', async (name) => {
    await expect(startExecution('Simple', {}, name)).rejects.toMatchObject({ name: 'InvalidName' });
  });

  it('refuses input that is not JSON, and unknown state machines', async () => {
    const notJson = new StartExecutionCommand({ stateMachineArn: arnOf('Simple'), input: '{' });
    const unknown = new StartExecutionCommand({ stateMachineArn: `${arnOf('Simple')}x` });

    await expect(stepFunctions.send(notJson)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    await expect(stepFunctions.send(unknown)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});

describe.concurrent('failure', () => {
  it('passes the error and its cause to the catching state', async () => {
    const executionArn = await startExecution('Caught');

    const { status, output = '' } = await ended(executionArn);

    const { error } = JSON.parse(output);
    expect(status).toBe('SUCCEEDED');
    expect(error.Error).toBe('DiskFull');
    expect(JSON.parse(error.Cause)).toMatchObject({ errorType: 'DiskFull', errorMessage: 'no space' });
    expect(typesOf(await historyOf(executionArn)).slice(4, 7)).toEqual([
      'LambdaFunctionFailed',
      'TaskStateExited',
      'TaskStateEntered',
    ]);
  });

  it('retries as the policy says, counting in the context object', async () => {
    const executionArn = await startExecution('Retried');

    const { output } = await ended(executionArn);

    expect(output).toBe('{"attempt":2}');
    const types = typesOf(await historyOf(executionArn));
    expect(types.filter((type) => type === 'LambdaFunctionFailed')).toHaveLength(2);
    expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  it('ends FAILED with an uncaught error', async () => {
    const execution = await ended(await startExecution('Uncaught'));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'DiskFull' });
    expect(execution.cause).toContain('no space');
  });

  it.each([
    ['Crashed', 'Runtime.ExitError', 'Runtime exited with error: exit status 7'],
    ['FunctionTimeout', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
  ])('reports the end of a function process (%s) as Lambda does', async (machineId, error, text) => {
    const execution = await ended(await startExecution(machineId));

    expect(execution).toMatchObject({ status: 'FAILED', error });
    expect(execution.cause).toContain(text);
  });

  it("ends a task after its state's timeout, which is no failure of the task", async () => {
    const executionArn = await startExecution('TaskTimeout');

    const { status } = await ended(executionArn);

    expect(status).toBe('SUCCEEDED');
    expect(typesOf(await historyOf(executionArn))).toContain('LambdaFunctionTimedOut');
  });

  it('times out a whole execution', async () => {
    const executionArn = await startExecution('MachineTimeout');

    expect((await ended(executionArn)).status).toBe('TIMED_OUT');
    expect(typesOf(await historyOf(executionArn)).at(-1)).toBe('ExecutionTimedOut');
  });

  it('never lets data over 256 KiB be caught', async () => {
    expect(await ended(await startExecution('TooMuch'))).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
  });
});

describe('stopping', () => {
  it('aborts at once with error and cause, and once', async () => {
    const executionArn = await startExecution('Waiting');

    const stop = new StopExecutionCommand({ executionArn, error: 'Mine', cause: 'because' });
    const first = await stepFunctions.send(stop);
    const second = await stepFunctions.send(new StopExecutionCommand({ executionArn, error: 'Other' }));

    expect(await ended(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Mine', cause: 'because' });
    expect(second.stopDate).toEqual(first.stopDate);
    expect((await historyOf(executionArn)).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Mine', cause: 'because' },
    });
  });
});

describe('the context object', () => {
  it('names execution, state machine and state, and gives each task a token', async () => {
    const name = randomUUID();
    const executionArn = await startExecution('Context', { a: 1 }, name);
    const taskToken = await tokenOf(executionArn);
    await stepFunctions.send(new SendTaskSuccessCommand({ taskToken, output: '{"done":true}' }));

    const { output = '' } = await ended(executionArn);

    expect(JSON.parse(output)).toMatchObject({
      execution: executionArn,
      name,
      input: { a: 1 },
      machine: arnOf('Context'),
      state: 'look',
      answer: { done: true },
    });
  });
});

describe.concurrent('a task that waits for its token', () => {
  it('fails with the reported error', async () => {
    const executionArn = await startExecution('Context');
    const taskToken = await tokenOf(executionArn);

    await stepFunctions.send(new SendTaskFailureCommand({ taskToken, error: 'Sent', cause: 'by the worker' }));

    expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Sent', cause: 'by the worker' });
    await expect(stepFunctions.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
  });

  it('lives as long as heartbeats arrive', async () => {
    const executionArn = await startExecution('Heartbeat');
    const taskToken = await tokenOf(executionArn);
    const started = Date.now();

    while (Date.now() - started < 1500) {
      await stepFunctions.send(new SendTaskHeartbeatCommand({ taskToken }));
      await delay(200);
    }
    const alive = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));

    expect(alive.status).toBe('RUNNING');
    expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    expect(typesOf(await historyOf(executionArn))).toContain('TaskTimedOut');
  });

  it('no longer waits once its execution was stopped', async () => {
    const executionArn = await startExecution('Context');
    const taskToken = await tokenOf(executionArn);

    await stepFunctions.send(new StopExecutionCommand({ executionArn }));

    const late = new SendTaskSuccessCommand({ taskToken, output: '{}' });
    await expect(stepFunctions.send(late)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('refuses foreign tokens, and output that is not JSON', async () => {
    const unknown = new SendTaskSuccessCommand({ taskToken: 'made-up', output: '{}' });
    const notJson = new SendTaskSuccessCommand({ taskToken: 'made-up', output: 'text' });

    await expect(stepFunctions.send(unknown)).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(stepFunctions.send(notJson)).rejects.toMatchObject({ name: 'InvalidOutput' });
  });
});

describe('reading', () => {
  it('lists executions newest first, by status and in pages', async () => {
    const stateMachineArn = arnOf('Uncaught');
    const started = [];
    for (let count = 0; count < 3; count += 1) started.push(await startExecution('Uncaught'));
    await Promise.all(started.map(ended));

    const page = { stateMachineArn, statusFilter: 'FAILED' as const, maxResults: 2 };
    const first = await stepFunctions.send(new ListExecutionsCommand(page));
    const running = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));

    expect(first.executions?.map(({ executionArn }) => executionArn)).toEqual([started[2], started[1]]);
    expect(first.nextToken).toBeDefined();
    expect(running.executions).toEqual([]);
  });

  it('describes a state machine with its definition', async () => {
    const found = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn: arnOf('Simple') }));

    expect(found).toMatchObject({ type: 'STANDARD', status: 'ACTIVE' });
    expect(JSON.parse(found.definition ?? '')).toMatchObject({ StartAt: 'first' });
  });

  it('knows no execution that was not started', async () => {
    const unknown = new DescribeExecutionCommand({ executionArn: `${arnOf('Simple')}:none` });

    await expect(stepFunctions.send(unknown)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

it('runs no state machine with an invalid definition, and names it', async () => {
  const right = stateMachineResource(machine({ first: { Type: 'Pass', Next: 'last' }, last: { Type: 'Succeed' } }), {});
  const wrong = stateMachineResource(machine({ first: { Type: 'Pass', Next: 'none' }, last: { Type: 'Succeed' } }), {});

  const started = startLocalCloud({ template: { Resources: { Right: right, Wrong: wrong } } });

  await expect(started).rejects.toMatchObject({
    message: 'state machine Wrong cannot run',
    cause: { message: expect.stringContaining('none') },
  });
});
