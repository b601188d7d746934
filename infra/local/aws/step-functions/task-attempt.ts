import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import { assertNever } from '../../../../functions/domain/shared/assert-never.ts';
import type { EcsTasks } from '../ecs/ecs-tasks.ts';
import type { FunctionDirectory } from '../lambda/function-directory.ts';
import type { Task } from './definition.ts';
import { eventData, type History } from './history.ts';
import { functionFailure, type JsonValue, MAX_DATA_BYTES, refusal, TaskError } from './task.ts';
import type { TaskTokens, TokenOutcome } from './task-tokens.ts';

export interface AttemptOptions {
  readonly executionArn: string;
  readonly task: Task;
  readonly input: JsonValue;
  /** The value of `$$.Task.Token` in the task's parameters. */
  readonly token: string;
  readonly region: string;
  readonly functions: FunctionDirectory;
  readonly ecsTasks: Pick<EcsTasks, 'run'>;
  readonly tokens: TaskTokens;
  readonly history: History;
}

const invokeParametersSchema = z.object({ FunctionName: z.string(), Payload: z.unknown() });

/**
 * Runs one attempt of a Task state and writes its events. Rejects with a {@link TaskError}. After the task's timeout it never settles: the
 * interpreter's own timer, which starts just after this one with the same delay, has failed the state.
 */
export async function attemptTask(options: AttemptOptions): Promise<JsonValue> {
  const { task, history, tokens, token } = options;
  const events = eventsOf(task, history, options.region);
  const timedOut = Promise.withResolvers<never>();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    tokens.expire(token);
    events.timedOut('States.Timeout');
  }, task.timeoutSeconds * 1000);
  // The interpreter delivers its own events (the state's entry) a few microtasks late.
  await nextTurn();
  try {
    const output = await perform(options, events);
    if (over) return await timedOut.promise;
    events.succeeded(output);
    return output;
  } catch (error) {
    if (over) return await timedOut.promise;
    const failure = error instanceof TaskError ? error : new TaskError('States.Runtime', String(error));
    if (failure.name === 'States.HeartbeatTimeout') events.timedOut(failure.name);
    else events.failed(failure);
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

async function perform(options: AttemptOptions, events: TaskEvents): Promise<JsonValue> {
  const { task, input, functions, ecsTasks } = options;
  refuseTooMuch(input, 'input');
  events.started(input);
  const { kind } = task;
  switch (kind.kind) {
    case 'function':
      return invoke(functions, kind.arn, input);
    case 'lambda:invoke': {
      const { FunctionName, Payload } = invokeParametersSchema.parse(input);
      const answer = {
        ExecutedVersion: '$LATEST',
        Payload: await invoke(functions, FunctionName, Payload),
        StatusCode: 200,
      };
      if (!kind.waitForToken) return answer;
      events.submitted(answer);
      return untilToken(options);
    }
    case 'ecs:runTask': {
      const answer = ecsTasks.run(input);
      if (!kind.waitForToken) return answer;
      events.submitted(answer);
      return untilToken(options);
    }
    default:
      return assertNever(kind);
  }
}

async function invoke(functions: FunctionDirectory, name: string, event: unknown): Promise<JsonValue> {
  const target = functions.find(name);
  if (target === undefined) throw new TaskError('Lambda.ResourceNotFoundException', `Function not found: ${name}`);
  const result = await target.invoke(JSON.stringify(event ?? {}));
  if ('refused' in result) throw refusal(result);
  if (!result.ok) throw functionFailure(result.error);
  const output: JsonValue = JSON.parse(result.payload);
  refuseTooMuch(output, 'output');
  return output;
}

async function untilToken({ executionArn, task, token, tokens }: AttemptOptions): Promise<JsonValue> {
  const { promise, resolve, reject } = Promise.withResolvers<TokenOutcome>();
  const missed = (): void => {
    reject(new TaskError('States.HeartbeatTimeout', 'no heartbeat in time'));
    tokens.expire(token);
  };
  const { heartbeatSeconds } = task;
  let timer = heartbeatSeconds === undefined ? undefined : setTimeout(missed, heartbeatSeconds * 1000);
  tokens.wait(token, {
    executionArn,
    settle: resolve,
    heartbeat: () => {
      timer = timer?.refresh();
    },
    abandon: () => reject(new TaskError('States.Runtime', 'no one waits for the task any more')),
  });
  const outcome = await promise.finally(() => clearTimeout(timer));
  switch (outcome.kind) {
    case 'success':
      return JSON.parse(outcome.output);
    case 'failure':
      throw new TaskError(outcome.error, outcome.cause);
    default:
      return assertNever(outcome);
  }
}

function refuseTooMuch(value: unknown, what: 'input' | 'output'): void {
  if (Buffer.byteLength(JSON.stringify(value) ?? '') <= MAX_DATA_BYTES) return;
  throw new TaskError('States.DataLimitExceeded', `the ${what} of the state is over ${MAX_DATA_BYTES} bytes`);
}

interface TaskEvents {
  started(input: unknown): void;
  submitted(output: unknown): void;
  succeeded(output: unknown): void;
  failed(failure: TaskError): void;
  timedOut(error: string): void;
}

/** A function ARN as resource has its own events; service integrations share the `Task…` ones. */
function eventsOf(task: Task, history: History, region: string): TaskEvents {
  const timeout = { timeoutInSeconds: task.timeoutSeconds };
  if (task.kind.kind === 'function') {
    return {
      started: (input) => {
        history.record('LambdaFunctionScheduled', {
          resource: task.resource,
          ...eventData('input', input),
          ...timeout,
        });
        history.record('LambdaFunctionStarted');
      },
      submitted: () => undefined,
      succeeded: (output) => history.record('LambdaFunctionSucceeded', eventData('output', output)),
      failed: ({ name, message }) => history.record('LambdaFunctionFailed', { error: name, cause: message }),
      timedOut: (error) => history.record('LambdaFunctionTimedOut', { error }),
    };
  }
  const [resourceType, integration] = task.resource.split(':').slice(-2);
  const resource = { resourceType, resource: integration };
  const heartbeat = task.heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: task.heartbeatSeconds };
  return {
    started: (input) => {
      const parameters = JSON.stringify(input);
      history.record('TaskScheduled', { ...resource, region, parameters, ...timeout, ...heartbeat });
      history.record('TaskStarted', resource);
    },
    submitted: (output) => history.record('TaskSubmitted', { ...resource, ...eventData('output', output) }),
    succeeded: (output) => history.record('TaskSucceeded', { ...resource, ...eventData('output', output) }),
    failed: ({ name, message }) => history.record('TaskFailed', { ...resource, error: name, cause: message }),
    timedOut: (error) => history.record('TaskTimedOut', { ...resource, error }),
  };
}
