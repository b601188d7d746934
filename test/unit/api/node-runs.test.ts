import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { nodeRunsOf } from '../../../functions/adapters/node-runs.ts';
import { CREATED, later } from '../../support/records.ts';

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
const exited = (name: string) => ({ type: 'TaskStateExited', stateExitedEventDetails: { name } }) as const;

describe('the nodes of an execution', () => {
  it('are listed in order, with what they were given and answered', () => {
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

  it('count a retried node once, by its last try', () => {
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

  it('show why a node failed whose failure was caught, without the stack', () => {
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

  it('are none before the execution has begun', () => {
    expect(nodeRunsOf([])).toEqual([]);
    expect(nodeRunsOf(history(started))).toEqual([]);
  });
});
