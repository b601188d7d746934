import {
  ExecutionTimeoutError,
  type RunOptions,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import { assertNever } from '../../../../functions/domain/shared/assert-never.ts';
import type { EcsTasks } from '../ecs/ecs-tasks.ts';
import type { FunctionDirectory } from '../lambda/function-directory.ts';
import { CurrentState } from './current-state.ts';
import type { ParsedDefinition } from './definition.ts';
import { eventData, History } from './history.ts';
import { type JsonValue, TaskError } from './task.ts';
import { attemptTask } from './task-attempt.ts';
import type { TaskTokens } from './task-tokens.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** A state machine of the template. */
export interface LocalStateMachine extends ParsedDefinition {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definitionText: string;
  readonly createdAt: number;
}

export interface ExecutionOptions {
  readonly stateMachine: LocalStateMachine;
  readonly arn: string;
  readonly name: string;
  /** JSON text. */
  readonly input: string;
  readonly region: string;
  readonly functions: FunctionDirectory;
  readonly ecsTasks: Pick<EcsTasks, 'run'>;
  readonly tokens: TaskTokens;
  readonly onStatusChange: (execution: Execution) => void;
}

/** How an execution ended, with the data that AWS gives for each status. */
type End =
  | { readonly status: 'SUCCEEDED'; readonly output: JsonValue }
  | { readonly status: 'FAILED' | 'ABORTED'; readonly error?: string | undefined; readonly cause?: string | undefined }
  | { readonly status: 'TIMED_OUT' };

const END_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;

/** One run of a state machine: the interpreter walks the states, and this class keeps the history as AWS does. Starts on construction. */
export class Execution {
  readonly options: ExecutionOptions;
  /** Epoch milliseconds. */
  readonly startedAt = Date.now();
  readonly history = new History();
  readonly #current: CurrentState;
  readonly #run: ReturnType<StateMachine['run']>;
  #end: End | undefined;
  #endedAt: number | undefined;

  constructor(options: ExecutionOptions) {
    this.options = options;
    this.#current = new CurrentState(options.tokens);
    const { stateMachine } = options;
    const input: JsonValue = JSON.parse(options.input);
    this.history.record('ExecutionStarted', { ...eventData('input', input), roleArn: stateMachine.roleArn });
    const machine = new StateMachine(this.#observed(stateMachine.definition), {
      validationOptions: { noValidate: true },
    });
    this.#run = machine.run(input, {
      context: this.#context(),
      overrides: { taskResourceLocalHandlers: this.#taskHandlers() },
    });
    void this.#follow();
  }

  get status(): ExecutionStatus {
    return this.#end?.status ?? 'RUNNING';
  }

  get end(): End | undefined {
    return this.#end;
  }

  /** Epoch milliseconds; `undefined` while it runs. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /** Ends it at once, as `StopExecution` does; a running function or task continues, and its result is ignored. */
  stop(error?: string, cause?: string): void {
    if (this.#end !== undefined) return;
    this.#finish({ status: 'ABORTED', error, cause });
    this.#run.abort();
  }

  async #follow(): Promise<void> {
    const ended = this.#run.result.then(
      (output): End => ({ status: 'SUCCEEDED', output }),
      (error: unknown): End => endOf(error),
    );
    for await (const event of this.#run.eventLogs) {
      if (event.type === 'StateEntered') {
        const { name, type, input } = event.state;
        this.history.record(`${type}StateEntered`, { name, ...eventData('input', input) });
      } else if (event.type === 'StateExited') {
        const { name, type, output } = event.state;
        this.history.record(`${type}StateExited`, { name, ...eventData('output', output) });
      }
    }
    const end = await ended;
    if (this.#end === undefined) this.#finish(end);
  }

  #finish(end: End): void {
    this.#end = end;
    this.#endedAt = Date.now();
    this.history.record(END_EVENTS[end.status], endDetails(end));
    this.history.close();
    this.options.tokens.expireAllOf(this.options.arn);
    this.options.onStatusChange(this);
  }

  #taskHandlers(): NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']> {
    const { arn, stateMachine, region, functions, ecsTasks, tokens } = this.options;
    return Object.fromEntries(
      [...stateMachine.tasks].map(([name, task]) => [
        name,
        (input) => {
          // After an abort the interpreter runs its retries without delay.
          if (this.#end !== undefined) throw new TaskError('States.Runtime', 'the execution has ended');
          const token = this.#current.beginAttempt();
          return attemptTask({
            executionArn: arn,
            task,
            input,
            token,
            region,
            functions,
            ecsTasks,
            tokens,
            history: this.history,
          });
        },
      ]),
    );
  }

  /** The interpreter itself fills in the execution's input and start. */
  #context(): NonNullable<RunOptions['context']> {
    const { arn, name, stateMachine } = this.options;
    return {
      Execution: { Id: arn, Name: name, RoleArn: stateMachine.roleArn, RedriveCount: 0 },
      StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
      ...this.#current.contextMembers(),
    };
  }

  /** The definition, instrumented to report the state that the interpreter enters: its event log comes too late for the context object. */
  #observed(definition: StateMachineDefinition): StateMachineDefinition {
    const States: StateMachineDefinition['States'] = {};
    for (const [name, state] of Object.entries(definition.States)) {
      Object.defineProperty(States, name, {
        enumerable: true,
        get: () => {
          this.#current.enter(name);
          return state;
        },
      });
    }
    return { ...definition, States };
  }
}

function endDetails(end: End): Record<string, unknown> {
  switch (end.status) {
    case 'SUCCEEDED':
      return eventData('output', end.output);
    case 'FAILED':
    case 'ABORTED':
      return { error: end.error, cause: end.cause };
    case 'TIMED_OUT':
      return { error: 'States.Timeout' };
    default:
      return assertNever(end);
  }
}

function endOf(error: unknown): End {
  if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT' };
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return failure instanceof Error
    ? { status: 'FAILED', error: failure.name, cause: failure.message }
    : { status: 'FAILED', error: 'States.Runtime', cause: String(failure) };
}
