import { type ChildProcess, fork } from 'node:child_process';
import { assertNever } from '../../../../functions/domain/shared/assert-never.ts';
import { forwardLines } from '../../forward-lines.ts';
import type { FunctionError, InvokeMessage, ProcessMemory, ProcessMessage } from './protocol.ts';

/** Lambda allows ten seconds for the import of a bundle. */
const INIT_SECONDS = 10;

export interface ProcessOptions {
  /** The compiled `runtime.ts`. */
  readonly runtimePath: string;
  readonly bundlePath: string;
  readonly handlerName: string;
  /** The complete environment of the process, which inherits nothing. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly onLog: (line: string) => void;
  readonly onExit: (process: FunctionProcess) => void;
}

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** A message from a process, or its end. */
type Reply =
  | ProcessMessage
  | { readonly kind: 'exit'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly seconds: number };

/** One execution environment of a function: a Node process that runs one invocation at a time. */
export class FunctionProcess {
  /** Resolves when the process has imported the bundle or has ended. */
  readonly started: Promise<void>;
  readonly #child: ChildProcess;
  readonly #timeoutSeconds: number;
  readonly #gone: Promise<void>;
  #onReply: ((reply: Reply) => void) | undefined;
  #ready = false;
  #usable = true;
  #memory: ProcessMemory | undefined;

  constructor(options: ProcessOptions) {
    this.#timeoutSeconds = options.timeoutSeconds;
    this.#child = fork(options.runtimePath, [options.bundlePath, options.handlerName], {
      env: { ...options.environment },
      // Lambda gives the heap what the runtime itself does not need.
      execArgv: [`--max-old-space-size=${Math.floor(options.memoryMiB * 0.9)}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    forwardLines(this.#child.stdout, options.onLog);
    forwardLines(this.#child.stderr, options.onLog);
    const { promise, resolve: hasStarted } = Promise.withResolvers<void>();
    this.started = promise;
    this.#child.on('message', (message: ProcessMessage) => {
      hasStarted();
      this.#onReply?.(message);
    });
    this.#gone = new Promise((resolve) => {
      // "close", not "exit": only then has the process's last message been read.
      this.#child.once('close', (status, signal) => {
        this.#usable = false;
        hasStarted();
        this.#onReply?.({ kind: 'exit', reason: signal === null ? `exit status ${status}` : `signal: ${signal}` });
        options.onExit(this);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** False once the process has ended or is ending. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Measured at the last invocation. */
  get memory(): ProcessMemory | undefined {
    return this.#memory;
  }

  /** Runs one invocation. Never rejects: every failure of the function or its process is an outcome. */
  async invoke(requestId: string, payload: string, trace: string): Promise<Outcome> {
    if (!this.#ready) {
      const first = await this.#nextReply(INIT_SECONDS);
      if (first.kind !== 'ready') return outcomeOf(first, requestId);
      this.#ready = true;
    }
    const reply = this.#nextReply(this.#timeoutSeconds);
    const deadline = Date.now() + this.#timeoutSeconds * 1000;
    const message: InvokeMessage = { kind: 'invoke', requestId, payload, trace, deadline };
    // Sending to a process that has just died fails; its exit is the reply.
    this.#child.send(message, () => undefined);
    return outcomeOf(await reply, requestId);
  }

  /** Ends the process and waits for its exit. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  async #nextReply(seconds: number): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#onReply = resolve;
    const timer = setTimeout(() => {
      this.#child.kill('SIGKILL');
      resolve({ kind: 'timeout', seconds });
    }, seconds * 1000);
    const reply = await promise;
    clearTimeout(timer);
    this.#onReply = undefined;
    if (reply.kind === 'result' || reply.kind === 'error') this.#memory = reply.memory;
    if (reply.kind === 'fatal' || reply.kind === 'timeout' || reply.kind === 'exit') this.#usable = false;
    return reply;
  }
}

/** Error types and texts are Lambda's. */
function outcomeOf(reply: Reply, requestId: string): Outcome {
  switch (reply.kind) {
    case 'result':
      return { ok: true, payload: reply.payload };
    case 'error':
    case 'fatal':
      return { ok: false, error: reply.error };
    case 'timeout':
      return failure('Sandbox.Timedout', requestId, `Task timed out after ${reply.seconds.toFixed(2)} seconds`);
    case 'exit':
      return failure('Runtime.ExitError', requestId, `Runtime exited with error: ${reply.reason}`);
    case 'ready':
      return failure('Runtime.ExitError', requestId, 'Runtime exited with error: it started twice');
    default:
      return assertNever(reply);
  }
}

function failure(errorType: string, requestId: string, text: string): Outcome {
  return { ok: false, error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${text}` } };
}
