import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws-error.ts';

/** How a task with a token ends. */
export type TokenOutcome =
  | { readonly kind: 'success'; readonly output: string }
  | { readonly kind: 'failure'; readonly error: string; readonly cause: string };

interface PendingTask {
  readonly executionArn: string;
  readonly settle: (outcome: TokenOutcome) => void;
  readonly heartbeat: () => void;
  /** No one waits for it any more. */
  readonly abandon: () => void;
}

/** The tasks of all executions that wait for `SendTaskSuccess` or `SendTaskFailure`. */
export class TaskTokens {
  readonly #pending = new Map<string, PendingTask>();
  readonly #ended = new Set<string>();
  readonly #endedExecutions = new Set<string>();

  create(): string {
    return randomBytes(48).toString('base64');
  }

  wait(token: string, task: PendingTask): void {
    this.#pending.set(token, task);
    // The execution was stopped as the task began.
    if (this.#endedExecutions.has(task.executionArn)) this.expire(token);
  }

  /** The task timed out or its execution ended: the token is no longer valid. */
  expire(token: string): void {
    const task = this.#pending.get(token);
    this.#end(token);
    task?.abandon();
  }

  /** The execution has ended, so none of its tasks waits any more. */
  expireAllOf(executionArn: string): void {
    this.#endedExecutions.add(executionArn);
    for (const [token, task] of this.#pending) if (task.executionArn === executionArn) this.expire(token);
  }

  settle(token: string, outcome: TokenOutcome): void {
    const task = this.#get(token);
    this.#end(token);
    task.settle(outcome);
  }

  heartbeat(token: string): void {
    this.#get(token).heartbeat();
  }

  #end(token: string): void {
    if (this.#pending.delete(token)) this.#ended.add(token);
  }

  #get(token: string): PendingTask {
    const task = this.#pending.get(token);
    if (task !== undefined) return task;
    if (this.#ended.has(token)) {
      throw new AwsError('TaskTimedOut', 'Task Timed Out: the provided task does not exist anymore');
    }
    throw new AwsError('InvalidToken', 'Invalid Token: the token was not issued here');
  }
}
