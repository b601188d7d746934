import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { nodeRunsOf } from '../../../../functions/adapters/step-functions/node-runs.ts';
import { CREATED, later } from '../../../support/records.ts';

/** Numbers the events and lets a second pass between them. */
function history(...events: Omit<HistoryEvent, 'id' | 'timestamp'>[]): HistoryEvent[] {
  return events.map((event, i) => ({ ...event, id: i + 1, timestamp: new Date(Date.parse(CREATED) + i * 1_000) }));
}

const started = { type: 'ExecutionStarted' } as const;
const entered = (name: string) =>
  ({ type: 'TaskStateEntered', stateEnteredEventDetails: { name, input: `{"to":"${name}"}` } }) as const;
const scheduled = { type: 'LambdaFunctionScheduled' } as const;
const succeeded = (output: string) =>
  ({ type: 'LambdaFunctionSucceeded', lambdaFunctionSucceededEventDetails: { output } }) as const;
const failed = (error: string, errorMessage: string) =>
  ({
    type: 'LambdaFunctionFailed',
    lambdaFunctionFailedEventDetails: {
      error,
      cause: JSON.stringify({ errorType: error, errorMessage, trace: ['at /var/task/index.mjs:1'] }),
    },
  }) as const;
const task = { resourceType: 'ecs', resource: 'runTask.waitForTaskToken' };
const onWorker = { type: 'TaskScheduled' } as const;
const taskSucceeded = (output: string) =>
  ({ type: 'TaskSucceeded', taskSucceededEventDetails: { ...task, output } }) as const;
const taskFailed = (error: string, errorMessage: string) =>
  ({
    type: 'TaskFailed',
    taskFailedEventDetails: { ...task, error, cause: JSON.stringify({ errorType: error, errorMessage }) },
  }) as const;
const exited = (name: string) => ({ type: 'TaskStateExited', stateExitedEventDetails: { name } }) as const;

describe('the choice of where a node runs', () => {
  const choice = [started, entered('chooseExecutor'), scheduled] as const;

  it('is not among the nodes that clients see', () => {
    const events = [...choice, succeeded('{}'), exited('chooseExecutor'), entered('backup'), scheduled];

    expect(nodeRunsOf(history(...choice))).toEqual([]);
    expect(nodeRunsOf(history(...events)).map(({ name }) => name)).toEqual(['backup']);
  });

  it('is shown if it has failed', () => {
    const events = [...choice, failed('ThrottlingException', 'slow'), exited('chooseExecutor'), entered('fail')];

    expect(nodeRunsOf(history(...events)).map(({ name, status }) => [name, status])).toEqual([
      ['chooseExecutor', 'Error'],
      ['fail', 'Processing'],
    ]);
  });
});

describe('a node on the worker', () => {
  it("that takes over from its function is the same node, with the worker's state", () => {
    const runs = nodeRunsOf(
      history(
        ...[started, entered('backup'), scheduled, failed('OutOfTime', 'too long'), exited('backup')],
        ...[entered('backupOnWorker'), onWorker],
      ),
    );
    const ended = nodeRunsOf(
      history(
        ...[started, entered('backup'), scheduled, failed('OutOfTime', 'too long'), exited('backup')],
        ...[entered('backupOnWorker'), onWorker, taskSucceeded('{"attempt":2}'), exited('backupOnWorker')],
      ),
    );

    const node = { id: '2', name: 'backup', parameters: '{"to":"backup"}', startTime: later(1) };
    expect(runs).toEqual([{ ...node, status: 'Processing', result: '' }]);
    expect(ended).toEqual([{ ...node, status: 'Finished', result: '{"attempt":2}', endTime: later(8) }]);
  });

  it.each([
    ['backupOnWorker', 'backup'],
    ['restoreOnWorker', 'restoreFromSrcCluster'],
    ['restoreNewClusterOnWorker', 'restoreNewCluster'],
    ['verifyRestoreOnWorker', 'verifyRestore'],
  ])('in state %s is shown as %s', (state, name) => {
    expect(nodeRunsOf(history(started, entered(state), onWorker))).toMatchObject([{ name, status: 'Processing' }]);
  });

  it('that was interrupted and is retried continues', () => {
    const events = [started, entered('backupOnWorker'), onWorker, taskFailed('WorkerInterrupted', 'stopped'), onWorker];

    expect(nodeRunsOf(history(...events.slice(0, 4)))).toMatchObject([
      { status: 'Error', result: 'WorkerInterrupted: stopped' },
    ]);
    expect(nodeRunsOf(history(...events))).toMatchObject([{ status: 'Processing', result: '' }]);
  });

  it.each(['TaskTimedOut', 'TaskStartFailed', 'TaskSubmitFailed'] as const)('fails by %s', (type) => {
    const details = `t${type.slice(1)}EventDetails`;
    const event = { type, [details]: { ...task, error: 'States.HeartbeatTimeout', cause: '' } };

    expect(nodeRunsOf(history(started, entered('restoreOnWorker'), onWorker, event))).toMatchObject([
      { status: 'Error', result: expect.stringContaining('States.HeartbeatTimeout') },
    ]);
  });
});

describe('the nodes of an execution', () => {
  it('are listed in order, with their input and output', () => {
    const runs = nodeRunsOf(
      history(started, entered('backup'), scheduled, succeeded('{"a":1}'), exited('backup'), entered('end'), scheduled),
    );

    expect(runs).toEqual([
      {
        id: '2',
        name: 'backup',
        parameters: '{"to":"backup"}',
        result: '{"a":1}',
        status: 'Finished',
        startTime: later(1),
        endTime: later(4),
      },
      { id: '6', name: 'end', parameters: '{"to":"end"}', result: '', status: 'Processing', startTime: later(5) },
    ]);
  });

  it('count a retried node once, with its last attempt', () => {
    const runs = nodeRunsOf(
      history(
        started,
        entered('end'),
        scheduled,
        failed('Throttled', 'slow'),
        scheduled,
        succeeded('{}'),
        exited('end'),
      ),
    );

    expect(runs).toMatchObject([{ name: 'end', status: 'Finished', result: '{}' }]);
  });

  it('show the reason of a caught failure, without the stack', () => {
    const runs = nodeRunsOf(
      history(
        started,
        entered('backup'),
        scheduled,
        failed('TidbUnreachable', 'tidb.example.com:4000 refused'),
        exited('backup'),
        entered('fail'),
        scheduled,
        failed('TidbUnreachable', 'tidb.example.com:4000 refused'),
        { type: 'ExecutionFailed' },
      ),
    );

    const result = 'TidbUnreachable: tidb.example.com:4000 refused';
    expect(runs).toMatchObject([
      { name: 'backup', status: 'Error', result, endTime: later(4) },
      { name: 'fail', status: 'Error', result, endTime: later(8) },
    ]);
  });

  it.each([
    ['LambdaFunctionTimedOut', 'lambdaFunctionTimedOutEventDetails'],
    ['LambdaFunctionScheduleFailed', 'lambdaFunctionScheduleFailedEventDetails'],
    ['LambdaFunctionStartFailed', 'lambdaFunctionStartFailedEventDetails'],
  ] as const)('failed when %s', (type, details) => {
    const runs = nodeRunsOf(
      history(started, entered('backup'), scheduled, { type, [details]: { error: 'E', cause: 'c' } }),
    );

    expect(runs).toMatchObject([{ status: 'Error', result: 'E: c' }]);
  });

  it.each([
    ['ExecutionAborted', 'Canceled'],
    ['ExecutionTimedOut', 'Error'],
  ] as const)('end with their execution: %s', (type, status) => {
    const runs = nodeRunsOf(history(started, entered('backup'), scheduled, { type }));

    expect(runs).toMatchObject([{ status, endTime: later(3) }]);
  });

  it('do not exist before the execution has started', () => {
    expect(nodeRunsOf([])).toEqual([]);
    expect(nodeRunsOf(history(started))).toEqual([]);
  });
});
