import type { RunOptions } from 'aws-local-stepfunctions';
import type { TaskTokens } from './task-tokens.ts';

type ContextObject = NonNullable<RunOptions['context']>;

/**
 * The state that the interpreter is in, for `$$.State` and `$$.Task`, which it does not support. Its paths read them just before it calls
 * the task, so they are getters.
 */
export class CurrentState {
  readonly #tokens: TaskTokens;
  #name = '';
  #enteredAt = new Date();
  #attempts = 0;
  #nextToken: string | undefined;

  constructor(tokens: TaskTokens) {
    this.#tokens = tokens;
  }

  enter(name: string): void {
    this.#name = name;
    this.#enteredAt = new Date();
    this.#attempts = 0;
  }

  /** @returns the task token of this attempt, whether or not its parameters use it. */
  beginAttempt(): string {
    const token = this.#nextToken ?? this.#tokens.create();
    this.#nextToken = undefined;
    this.#attempts += 1;
    return token;
  }

  contextMembers(): Pick<ContextObject, 'State' | 'Task'> {
    const name = (): string => this.#name;
    const enteredTime = (): string => this.#enteredAt.toISOString();
    const retryCount = (): number => this.#attempts;
    const token = (): string => {
      this.#nextToken ??= this.#tokens.create();
      return this.#nextToken;
    };
    return {
      State: {
        get Name() {
          return name();
        },
        get EnteredTime() {
          return enteredTime();
        },
        get RetryCount() {
          return retryCount();
        },
      },
      Task: {
        get Token() {
          return token();
        },
      },
    };
  }
}
