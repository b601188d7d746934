import { type ChildProcess, spawn } from 'node:child_process';
import { forwardLines } from '../../forward-lines.ts';

export interface ContainerProcessOptions {
  /** Where it runs: the folder that the image is made of. */
  readonly folder: string;
  /** Of `node`. */
  readonly args: readonly string[];
  /** The whole environment of the process: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Between SIGTERM and SIGKILL, when it is stopped. */
  readonly stopTimeoutSeconds: number;
  readonly onLog: (line: string) => void;
  readonly onExit: () => void;
}

/** Ends the process with the one that started it, however that ends: its channel closes then. */
const END_WITH_PARENT = `--import=data:text/javascript,${encodeURIComponent(`
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
`)}`;

/** The one process of a container. */
export class ContainerProcess {
  readonly #child: ChildProcess;
  readonly #stopTimeoutSeconds: number;
  readonly #gone: Promise<void>;
  #isGone = false;

  constructor({ folder, args, environment, stopTimeoutSeconds, onLog, onExit }: ContainerProcessOptions) {
    this.#stopTimeoutSeconds = stopTimeoutSeconds;
    this.#child = spawn(process.execPath, [END_WITH_PARENT, ...args], {
      cwd: folder,
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    forwardLines(this.#child.stdout, onLog);
    forwardLines(this.#child.stderr, onLog);
    this.#gone = new Promise((resolve) => {
      const end = (): void => {
        if (this.#isGone) return;
        this.#isGone = true;
        onExit();
        resolve();
      };
      this.#child.once('close', end);
      // It could not be started.
      this.#child.once('error', end);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** As ECS stops a task, and as Spot interrupts one: SIGTERM, and SIGKILL to what is still there after the stop timeout. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#stopTimeoutSeconds * 1000);
    await this.#gone;
    clearTimeout(timer);
  }

  /** Ends it without a word, as the loss of its machine does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
