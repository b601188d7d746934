import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { withoutAccountIds } from '../../domain/shared/redaction.ts';
import { recordError } from '../../domain/workflow/node-failure.ts';
import type { NodeRun } from '../../domain/workflow/workflow-executions.ts';

/**
 * The runs of the nodes, from an execution's history. Our state machines run one task at a time, so the events of a
 * node are those from its `TaskStateEntered` to its `TaskStateExited`. A retried node is one node, and its last try
 * decides; a worker that takes over from a function is another try. A node whose failure was caught exits too: the
 * earlier events show that it failed.
 */
export function nodeRunsOf(events: readonly HistoryEvent[]): NodeRun[] {
  const runs: NodeRun[] = [];
  for (const event of events) {
    if (event.type === 'TaskStateEntered') {
      enter(event, runs);
      continue;
    }
    const run = runs.at(-1);
    if (run !== undefined) apply(event, run);
  }
  return runs.filter(isShown);
}

/**
 * Clients of TiEM know a flow's nodes by its `nodeNames`, which do not include the one that chooses the executor. Its
 * choice is in the parameters of the others; it is shown only if it failed.
 */
function isShown({ name, status }: NodeRun): boolean {
  return name !== 'chooseExecutor' || status === 'Error' || status === 'Canceled';
}

/** States that run a node on the worker. */
const NODE_ON_WORKER: Readonly<Record<string, string>> = {
  backupOnWorker: 'backup',
  restoreOnWorker: 'restoreFromSrcCluster',
  restoreNewClusterOnWorker: 'restoreNewCluster',
  verifyRestoreOnWorker: 'verifyRestore',
};

function enter(event: HistoryEvent, runs: NodeRun[]): void {
  const state = event.stateEnteredEventDetails?.name ?? '';
  const name = NODE_ON_WORKER[state] ?? state;
  const last = runs.at(-1);
  if (last?.name === name) begin(last);
  else runs.push(entered(event, name));
}

/** The result of the previous try no longer counts. */
function begin(run: NodeRun): void {
  run.status = 'Processing';
  run.result = '';
  delete run.endTime;
}

function entered({ id, timestamp, stateEnteredEventDetails }: HistoryEvent, name: string): NodeRun {
  return {
    id: String(id),
    name,
    parameters: withoutAccountIds(stateEnteredEventDetails?.input ?? ''),
    result: '',
    status: 'Processing',
    startTime: (timestamp ?? new Date(0)).toISOString(),
  };
}

function apply(event: HistoryEvent, run: NodeRun): void {
  const at = (event.timestamp ?? new Date(0)).toISOString();
  switch (event.type) {
    case 'LambdaFunctionScheduled':
    case 'TaskScheduled':
      begin(run);
      break;
    case 'LambdaFunctionSucceeded':
      run.status = 'Finished';
      run.result = event.lambdaFunctionSucceededEventDetails?.output ?? '';
      break;
    case 'TaskSucceeded':
      run.status = 'Finished';
      run.result = event.taskSucceededEventDetails?.output ?? '';
      break;
    case 'LambdaFunctionFailed':
      fail(run, event.lambdaFunctionFailedEventDetails);
      break;
    case 'LambdaFunctionTimedOut':
      fail(run, event.lambdaFunctionTimedOutEventDetails);
      break;
    case 'LambdaFunctionScheduleFailed':
      fail(run, event.lambdaFunctionScheduleFailedEventDetails);
      break;
    case 'LambdaFunctionStartFailed':
      fail(run, event.lambdaFunctionStartFailedEventDetails);
      break;
    case 'TaskFailed':
      fail(run, event.taskFailedEventDetails);
      break;
    case 'TaskTimedOut':
      fail(run, event.taskTimedOutEventDetails);
      break;
    case 'TaskStartFailed':
      fail(run, event.taskStartFailedEventDetails);
      break;
    case 'TaskSubmitFailed':
      fail(run, event.taskSubmitFailedEventDetails);
      break;
    case 'TaskStateExited':
      run.endTime = at;
      break;
    case 'ExecutionAborted':
      end(run, 'Canceled', at);
      break;
    case 'ExecutionFailed':
    case 'ExecutionTimedOut':
      end(run, 'Error', at);
      break;
    default:
      // Started, ExecutionSucceeded and the like add nothing about a node.
      break;
  }
}

function fail(run: NodeRun, failure: { error?: string | undefined; cause?: string | undefined } = {}): void {
  run.status = 'Error';
  // Lambda's cause contains a stack trace, which no answer may contain.
  run.result = recordError({ Error: failure.error ?? 'States.TaskFailed', Cause: failure.cause ?? '' }).message;
}

/** The execution ended in the middle of a node. */
function end(run: NodeRun, status: 'Canceled' | 'Error', at: string): void {
  if (run.endTime !== undefined) return;
  run.endTime = at;
  if (run.status === 'Processing') run.status = status;
}
