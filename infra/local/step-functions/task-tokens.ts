import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws/aws-error.ts';

/** How a task that waits for its token ends. */
export type TokenOutcome =
  | { readonly kind: 'success'; readonly output: string }
  | { readonly kind: 'failure'; readonly error: string; readonly cause: string };

interface PendingTask {
  readonly executionArn: string;
  readonly settle: (outcome: TokenOutcome) => void;
  readonly heartbeat: () => void;
}

/** The tasks of all executions that wait for `SendTaskSuccess` or `SendTaskFailure`. */
export class TaskTokens {
  readonly #pending = new Map<string, PendingTask>();
  readonly #ended = new Set<string>();

  create(): string {
    return randomBytes(48).toString('base64');
  }

  wait(token: string, task: PendingTask): void {
    this.#pending.set(token, task);
  }

  /** The task timed out, or its execution ended: the token is of no use any more. */
  expire(token: string): void {
    if (this.#pending.delete(token)) this.#ended.add(token);
  }

  /** The execution has ended: none of its tasks waits any more. */
  expireAllOf(executionArn: string): void {
    for (const [token, task] of this.#pending) if (task.executionArn === executionArn) this.expire(token);
  }

  settle(token: string, outcome: TokenOutcome): void {
    const task = this.#get(token);
    this.expire(token);
    task.settle(outcome);
  }

  heartbeat(token: string): void {
    this.#get(token).heartbeat();
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
