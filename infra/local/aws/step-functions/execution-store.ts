import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../aws-error.ts';
import { Execution, type ExecutionOptions, type LocalStateMachine } from './execution.ts';
import { MAX_DATA_BYTES } from './task.ts';
import { TaskTokens } from './task-tokens.ts';

/** What every execution uses. */
type Surroundings = Pick<ExecutionOptions, 'region' | 'functions' | 'ecsTasks' | 'onStatusChange'>;

/** The state behind the Step Functions API: state machines, executions, waiting tasks. */
export class ExecutionStore {
  readonly tokens = new TaskTokens();
  readonly #surroundings: Surroundings;
  readonly #stateMachines: ReadonlyMap<string, LocalStateMachine>;
  /** In order of start. */
  readonly #executions = new Map<string, Execution>();

  constructor(stateMachines: readonly LocalStateMachine[], surroundings: Surroundings) {
    this.#stateMachines = new Map(stateMachines.map((machine) => [machine.arn, machine]));
    this.#surroundings = surroundings;
  }

  stateMachine(arn: string): LocalStateMachine {
    const found = this.#stateMachines.get(arn);
    if (found === undefined) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  execution(arn: string): Execution {
    const found = this.#executions.get(arn);
    if (found === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  /** Newest first. */
  executionsOf(stateMachineArn: string): Execution[] {
    const { arn } = this.stateMachine(stateMachineArn);
    return [...this.#executions.values()].filter(({ options }) => options.stateMachine.arn === arn).reverse();
  }

  /**
   * Starts an execution, once per name: the same name with the same input returns the running one; it is refused if that has ended or had
   * another input (API reference, StartExecution).
   */
  start(stateMachineArn: string, name: string, input: string): Execution {
    const stateMachine = this.stateMachine(stateMachineArn);
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const parsed = parseInput(input);
    const existing = this.#executions.get(arn);
    if (existing !== undefined) {
      if (existing.status === 'RUNNING' && isDeepStrictEqual(JSON.parse(existing.options.input), parsed))
        return existing;
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = new Execution({ ...this.#surroundings, stateMachine, arn, name, input, tokens: this.tokens });
    this.#executions.set(arn, execution);
    this.#surroundings.onStatusChange(execution);
    return execution;
  }

  /** Ends all running executions, for shutdown. */
  stopAll(): void {
    for (const execution of this.#executions.values())
      execution.stop('LocalCloud.Stopped', 'the local cloud is stopping');
  }
}

function parseInput(input: string): unknown {
  if (Buffer.byteLength(input) > MAX_DATA_BYTES) {
    throw new AwsError('InvalidExecutionInput', `Invalid Execution Input: over ${MAX_DATA_BYTES} bytes`);
  }
  try {
    return JSON.parse(input);
  } catch {
    throw new AwsError('InvalidExecutionInput', 'Invalid Execution Input: it is not JSON');
  }
}
