import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Concurrency } from './concurrency.ts';
import { FunctionProcess, type Outcome, type ProcessOptions } from './function-process.ts';
import { invocationsIn, MAX_INVOCATIONS_IN_CHAIN, withInvocation } from './lineage.ts';
import type { ProcessStarts } from './process-starts.ts';
import type { FunctionError, ProcessMemory } from './protocol.ts';
import type { Readiness, Refusal } from './readiness.ts';

/** Lambda's limit on a function's payload and answer (6 MiB). */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export type InvocationResult = { readonly requestId: string } & (Outcome | Refusal);

/** An invocation that is about to begin. */
export interface InvocationStart {
  readonly logicalId: string;
  /** Id of the process that runs it; a process runs one invocation at a time. */
  readonly pid: number;
  /** JSON text. */
  readonly payload: string;
}

/** An invocation that has ended. */
export interface Invocation {
  readonly logicalId: string;
  /** `undefined` if no process could be started. */
  readonly pid: number | undefined;
  readonly result: InvocationResult;
  readonly milliseconds: number;
}

export interface LambdaFunctionOptions extends Omit<ProcessOptions, 'onExit' | 'environment'> {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** An idle process ends after this time, as Lambda's do after some minutes. */
  readonly idleSeconds: number;
  /** Shared by all functions. */
  readonly starts: ProcessStarts;
  /** Shared by all functions. */
  readonly concurrency: Concurrency;
  readonly reservedConcurrency: number | undefined;
  /** Whether a chain may invoke it any number of times. */
  readonly mayRecur: boolean;
  /** Shared by all functions. */
  readonly readiness: Readiness;
  /** Called at each process start, when all endpoints are known. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Called for each process with its environment. */
  readonly onStart: (environment: Readonly<Record<string, string>>, pid: number) => void;
  readonly onInvocationStart: (start: InvocationStart) => void;
  readonly onInvoke: (invocation: Invocation) => void;
}

/** A running process, for the memory budgets. */
export interface ProcessStatus {
  readonly pid: number;
  readonly memory: ProcessMemory | undefined;
}

/** A function: one process per concurrent invocation, reused while it is warm. */
export class LambdaFunction {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly #options: LambdaFunctionOptions;
  readonly #processes = new Set<FunctionProcess>();
  /** Warm and free, most recently used last. */
  readonly #idle = new Map<FunctionProcess, NodeJS.Timeout>();
  #stopped = false;

  constructor(options: LambdaFunctionOptions) {
    this.#options = options;
    this.logicalId = options.logicalId;
    this.name = options.name;
    this.arn = options.arn;
  }

  /**
   * Invokes the function and waits for it. Never rejects.
   * @param payload JSON text
   * @param trace trace header of the caller's invocation, if a function invokes it
   */
  async invoke(payload: string, trace = ''): Promise<InvocationResult> {
    const startedAt = performance.now();
    const { logicalId } = this;
    const { pid, result } = await this.#admit(payload, withInvocation(trace, this.arn));
    this.#options.onInvoke({ logicalId, pid, result, milliseconds: performance.now() - startedAt });
    return result;
  }

  /** Whether Lambda ends the chain of invocations with this trace. */
  isLoop(trace: string): boolean {
    return !this.#options.mayRecur && invocationsIn(trace, this.arn) >= MAX_INVOCATIONS_IN_CHAIN;
  }

  /** The processes alive now. */
  processes(): ProcessStatus[] {
    return [...this.#processes].flatMap(({ pid, memory }) => (pid === undefined ? [] : [{ pid, memory }]));
  }

  /** Kills every process; running invocations end as crashes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.all([...this.#processes].map((process) => process.kill()));
  }

  async #admit(payload: string, trace: string): Promise<Pick<Invocation, 'pid' | 'result'>> {
    const { logicalId } = this;
    const { concurrency, reservedConcurrency, readiness } = this.#options;
    const refusal = readiness.refusalOf({ logicalId, payload });
    if (refusal !== undefined) return refused(refusal);
    const end = concurrency.begin(this, reservedConcurrency);
    if (end === undefined) return refused(THROTTLED);
    const ended = await this.#run(payload, trace);
    end();
    const loss = readiness.lossOf({ logicalId, payload });
    return loss === undefined ? ended : { ...refused(loss), pid: ended.pid };
  }

  async #run(payload: string, trace: string): Promise<Pick<Invocation, 'pid' | 'result'>> {
    const requestId = randomUUID();
    const process = await this.#acquire();
    if (process === undefined) {
      return { pid: undefined, result: failed(requestId, 'ServiceException', 'the local cloud is stopping') };
    }
    const { pid } = process;
    if (pid !== undefined) this.#options.onInvocationStart({ logicalId: this.logicalId, pid, payload });
    const outcome = await process.invoke(requestId, payload, trace);
    this.#release(process);
    if (outcome.ok && Buffer.byteLength(outcome.payload) > MAX_PAYLOAD_BYTES) {
      const text = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
      return { pid, result: failed(requestId, 'Function.ResponseSizeTooLarge', text) };
    }
    return { pid, result: { requestId, ...outcome } };
  }

  /** A process that can take an invocation now; `undefined` if the local cloud is stopping. */
  async #acquire(): Promise<FunctionProcess | undefined> {
    const idle = this.#takeIdle();
    if (idle !== undefined) return idle;
    const { firstInvocationMs } = this.#options.readiness;
    if (firstInvocationMs > 0) await delay(firstInvocationMs, undefined, { ref: false });
    const hasStarted = await this.#options.starts.begin();
    // Another process may have become free meanwhile.
    const process = this.#takeIdle() ?? this.#start();
    void (process?.started ?? Promise.resolve()).then(hasStarted);
    return process;
  }

  #start(): FunctionProcess | undefined {
    if (this.#stopped) return undefined;
    const environment = this.#options.environment();
    const process = new FunctionProcess({
      ...this.#options,
      environment,
      onExit: (gone) => this.#forget(gone),
    });
    if (process.pid !== undefined) this.#options.onStart(environment, process.pid);
    this.#processes.add(process);
    return process;
  }

  #takeIdle(): FunctionProcess | undefined {
    if (this.#stopped) return undefined;
    const [process, timer] = [...this.#idle].at(-1) ?? [];
    if (process === undefined) return undefined;
    clearTimeout(timer);
    this.#idle.delete(process);
    return process;
  }

  #release(process: FunctionProcess): void {
    if (this.#stopped || !process.usable) return;
    const timer = setTimeout(() => {
      this.#idle.delete(process);
      void process.kill();
    }, this.#options.idleSeconds * 1000);
    timer.unref();
    this.#idle.set(process, timer);
  }

  #forget(process: FunctionProcess): void {
    clearTimeout(this.#idle.get(process));
    this.#idle.delete(process);
    this.#processes.delete(process);
  }
}

/** Lambda API reference, Invoke. */
const THROTTLED: Refusal = {
  ok: false,
  refused: 429,
  error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' },
};

function refused(refusal: Refusal): Pick<Invocation, 'pid' | 'result'> {
  return { pid: undefined, result: { requestId: randomUUID(), ...refusal } };
}

function failed(requestId: string, errorType: string, errorMessage: string): InvocationResult {
  const error: FunctionError = { errorType, errorMessage };
  return { requestId, ok: false, error };
}
