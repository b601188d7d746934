import { SqlError } from '../sql/errors.ts';

/** `clearTask` runs at most this often (brie.go: clearInterval). */
const CLEAR_INTERVAL_MS = 10 * 60_000;
const OUTDATED_MS = 30 * 60_000;

export type BrieTaskKind = 'BACKUP' | 'RESTORE';

/** Progress of a task's current step. Source: brieTaskProgress in pkg/executor/brie.go. */
export class BrieProgress {
  #step = 'Wait';
  #current = 0;
  #total = 1;

  /** The step's name, followed by ` Canceled` if the task ended before the step did. */
  get step(): string {
    return this.#step;
  }

  /** 0 to 100; NaN for a step without work, as in TiDB. */
  get percent(): number {
    return (100 * this.#current) / this.#total;
  }

  start(step: string, total: number): void {
    this.#step = step;
    this.#total = total;
    this.#current = 0;
  }

  advance(by: number): void {
    this.#current += by;
  }

  /** TiDB closes the progress of every task, successful or not, so all of them end at 100 %. */
  close(): void {
    if (this.#current < this.#total) this.#step += ' Canceled';
    this.#current = this.#total;
  }
}

/** One BACKUP or RESTORE in a server's queue. Times are Unix milliseconds, unset until reached. */
export interface BrieTask {
  readonly id: bigint;
  readonly kind: BrieTaskKind;
  /** The URL without its query, so without secrets. */
  readonly destination: string;
  /** The statement as SHOW BR JOB QUERY prints it, also without the URL's query. */
  readonly query: string;
  readonly connectionId: bigint;
  readonly queueTime: number;
  readonly progress: BrieProgress;
  /** Aborted by KILL, CANCEL BR JOB or the loss of the client. */
  readonly canceled: AbortSignal;
  readonly cancel: () => void;
  executionTime?: number;
  finishTime?: number;
  message?: string;
}

/** The BRIE queue of one TiDB server, in memory: one task runs, the others wait. Source: brieQueue in pkg/executor/brie.go. */
export class BrieQueue {
  readonly #clock: () => number;
  readonly #tasks = new Map<bigint, BrieTask>();
  readonly #waiting: (() => void)[] = [];
  #lastId = 0n;
  #busy = false;
  #lastClear = Number.NEGATIVE_INFINITY;

  /** `clock` returns Unix milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  tasks(): readonly BrieTask[] {
    return [...this.#tasks.values()];
  }

  find(id: bigint): BrieTask | undefined {
    return this.#tasks.get(id);
  }

  register(about: Pick<BrieTask, 'kind' | 'destination' | 'query' | 'connectionId'>): BrieTask {
    this.clearOutdated();
    this.#lastId += 1n;
    const controller = new AbortController();
    const task: BrieTask = {
      ...about,
      id: this.#lastId,
      queueTime: this.#clock(),
      progress: new BrieProgress(),
      canceled: controller.signal,
      cancel: () => controller.abort(),
    };
    this.#tasks.set(task.id, task);
    return task;
  }

  /** CANCEL BR JOB: false if this server does not know the job. */
  cancel(id: bigint): boolean {
    const task = this.#tasks.get(id);
    if (task === undefined) return false;
    this.end(task);
    return true;
  }

  /** TiDB cancels every task when its statement returns; a finished one does not change by that. */
  end(task: BrieTask): void {
    task.cancel();
    task.progress.close();
  }

  /** Resolves when the task may run; the caller must then `release`. Rejects for a task canceled while it waits. */
  async acquire(task: BrieTask): Promise<void> {
    if (task.canceled.aborted) throw contextCanceled();
    if (this.#busy) await this.#wait(task.canceled);
    else this.#busy = true;
    if (!this.#tasks.has(task.id)) {
      this.release();
      throw new SqlError(1105, `backup/restore task ${task.id} is canceled`);
    }
    task.executionTime = this.#clock();
  }

  /** Hands the slot to the next in line without freeing it in between. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }

  /**
   * Forgets tasks that ended over 30 minutes ago. An unset finish time counts as long past, so a *running* task is dropped too: TiDB's bug
   * (pingcap/tidb#45431, #47505), kept because clients have to live with it.
   */
  clearOutdated(): void {
    const now = this.#clock();
    if (now - this.#lastClear < CLEAR_INTERVAL_MS) return;
    this.#lastClear = now;
    for (const task of this.#tasks.values()) {
      if (now - (task.finishTime ?? Number.NEGATIVE_INFINITY) > OUTDATED_MS) this.#tasks.delete(task.id);
    }
  }

  #wait(canceled: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const proceed = () => {
      canceled.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = () => {
      this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
      reject(contextCanceled());
    };
    canceled.addEventListener('abort', giveUp, { once: true });
    this.#waiting.push(proceed);
    return promise;
  }
}

/** A task that never ran fails with Go's bare context error. */
function contextCanceled(): SqlError {
  return new SqlError(1105, 'context canceled');
}
