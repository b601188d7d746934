import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type AwsGate, s3InputSchema } from '../../../infra/local/aws/gate.ts';

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

/** Holds what TiKV writes to S3, so that a backup goes on for as long as it is wanted. */
export class Brake {
  /** Backups whose first file waits to be written: their statements are at work. */
  readonly held = new Set<string>();
  readonly #released = Promise.withResolvers<void>();
  #isReleased = false;

  readonly gate: AwsGate = {
    before: async ({ caller, service, input }): Promise<'go'> => {
      if (this.#isReleased || service !== 's3' || caller !== undefined) return 'go';
      const { data } = s3InputSchema.safeParse(input);
      const backupId = /([^/]+)\/attempt-\d+/.exec(data?.key ?? '')?.[1];
      if (backupId === undefined) return 'go';
      this.held.add(backupId);
      await this.#released.promise;
      return 'go';
    },
  };

  release(): void {
    this.#isReleased = true;
    this.#released.resolve();
  }
}
