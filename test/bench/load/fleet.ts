import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type AwsGate, s3InputSchema } from '../../../infra/local/aws/gate.ts';

/** Names of the fleet's clusters, as in the keys of their files. */
export const fleetId = (n: number) => `fleet-${n}`;
const KEY_OF_FLEET = /\/fleet-\d+\/([^/]+)\/attempt-\d+/;

const SCRIPT = join(import.meta.dirname, 'fleet-process.ts');

/** TiDB clusters with two rows each, all in one process. */
export interface Fleet {
  readonly endpoints: readonly string[];
  stop(): Promise<void>;
}

export async function startFleet(count: number, s3Endpoint: string): Promise<Fleet> {
  const child = spawn(process.execPath, [SCRIPT, String(count), s3Endpoint], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ports = JSON.parse(await firstLine(child)) as number[];
  return {
    endpoints: ports.map((port) => `127.0.0.1:${port}`),
    async stop() {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}

async function firstLine({ stdout }: Pick<ChildProcess, 'stdout'>): Promise<string> {
  if (stdout === null) throw new Error('the fleet has no standard output');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the fleet ended before it was ready');
}

/** Holds TiKV's writes to S3 for clusters of the fleet, so that a backup runs as long as needed. */
export class Brake {
  /** Releases a backup whose first file waits to be written: its statement is running. */
  readonly #held = new Map<string, () => void>();
  readonly #released = new Set<string>();
  #isOn = true;

  readonly gate: AwsGate = {
    before: async ({ caller, service, input }): Promise<'go'> => {
      if (!this.#isOn || service !== 's3' || caller !== undefined) return 'go';
      const { data } = s3InputSchema.safeParse(input);
      const backupId = KEY_OF_FLEET.exec(data?.key ?? '')?.[1];
      if (backupId === undefined || this.#released.has(backupId)) return 'go';
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#held.set(backupId, resolve);
      await promise;
      return 'go';
    },
  };

  /** Number of running statements. */
  get size(): number {
    return this.#held.size;
  }

  holds(backupId: string): boolean {
    return this.#held.has(backupId);
  }

  release(backupId: string): void {
    this.#released.add(backupId);
    this.#held.get(backupId)?.();
    this.#held.delete(backupId);
  }

  /** From here on, nothing is held. */
  off(): void {
    this.#isOn = false;
    for (const backupId of [...this.#held.keys()]) this.release(backupId);
  }
}
