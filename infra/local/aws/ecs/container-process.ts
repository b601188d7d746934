import { type ChildProcess, spawn } from 'node:child_process';
import { forwardLines } from '../../forward-lines.ts';

export interface ContainerProcessOptions {
  /** Working directory: the folder that the image is built from. */
  readonly folder: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  /** The complete environment of the process, which inherits nothing. */
  readonly environment: Readonly<Record<string, string>>;
  /** Time between SIGTERM and SIGKILL. */
  readonly stopTimeoutSeconds: number;
  readonly onLog: (line: string) => void;
  readonly onExit: () => void;
}

/** Ends the process when its parent ends, for whatever reason: the channel closes then. */
const END_WITH_PARENT = `--import=data:text/javascript,${encodeURIComponent(`
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
`)}`;

/** The single process of a container. */
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
      // The process could not be started.
      this.#child.once('error', end);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Stops the process as ECS stops a task, or as Spot interrupts one: SIGTERM, then SIGKILL after the stop timeout. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#stopTimeoutSeconds * 1000);
    await this.#gone;
    clearTimeout(timer);
  }

  /** Kills the process, as the loss of its machine would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
