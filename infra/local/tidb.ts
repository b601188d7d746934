import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Mount } from './tidb-sandbox/brie/session.ts';
import { tikvAccessKeyId } from './tikv-role.ts';

const SANDBOX = fileURLToPath(new URL('./tidb-sandbox/main.ts', import.meta.url));

/** MiB of young objects: V8's default lets a sandbox that is loaded grow to twice the memory and is no faster. */
const YOUNG_GENERATION = '--max-semi-space-size=4';

/** How long a sandbox may take to stop by itself. */
const STOP_SECONDS = 5;

export interface TidbOptions {
  /** How many sandboxes, each a cluster of its own. */
  readonly clusters: number;
  /** TiDB servers a cluster has. Default 1. */
  readonly servers?: number;
  /** TiDB release that they imitate. Default the sandbox's own. */
  readonly version?: string;
}

/** A running sandbox and the account that may do everything in it. */
export interface TidbEndpoint {
  readonly host: string;
  /** The first server's. */
  readonly port: number;
  readonly ports: readonly number[];
  readonly user: string;
  readonly password: string;
}

export interface RunningTidb extends TidbEndpoint {
  readonly pid: number;
  stop(): Promise<void>;
}

const readySchema = z.object({
  host: z.string(),
  ports: z.tuple([z.number()], z.number()),
  user: z.string(),
  password: z.string(),
});

/** Where the sandboxes can write backups to. */
export interface TidbStorage {
  readonly s3Endpoint: string;
  readonly mounts: readonly Mount[];
}

/** Starts the sandboxes side by side. They end when this process does. */
export async function startTidb(options: TidbOptions, storage: TidbStorage): Promise<RunningTidb[]> {
  const started = await Promise.allSettled(
    Array.from({ length: options.clusters }, (_, index) => startSandbox(options, storage, String(index + 1))),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return running;
  await Promise.all(running.map((sandbox) => sandbox.stop()));
  throw new Error('a TiDB sandbox did not start', { cause: failed.reason });
}

/** @param name tells it from the others in what it keeps and sends */
export async function startSandbox(
  options: Omit<TidbOptions, 'clusters'>,
  storage: TidbStorage,
  name: string,
  // The accounts differ, so that a mixed-up cluster is noticed.
  { user, password }: Pick<TidbEndpoint, 'user' | 'password'> = { user: 'root', password: `sandbox-${name}` },
): Promise<RunningTidb> {
  const environment = {
    // The role of the TiKV nodes, with which they write files where the statement gives no keys.
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: tikvAccessKeyId(name),
    AWS_SECRET_ACCESS_KEY: 'local',
    // Nothing is inherited: the developer's own AWS profile stays out.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    TIDB_SANDBOX_PASSWORD: password,
  };
  const version = options.version === undefined ? [] : ['--version', options.version];
  const child = spawn(
    process.execPath,
    [
      YOUNG_GENERATION,
      SANDBOX,
      ...['--port', '0', '--servers', String(options.servers ?? 1), '--s3-endpoint', storage.s3Endpoint],
      ...storage.mounts.flatMap(({ path, directory }) => ['--mount', `${path}=${directory}`]),
      ...[`--user=${user}`, ...version, '--exit-with-parent'],
    ],
    // Its standard input closes with this process: then it ends. A group of its own keeps Ctrl-C from it while a backup is stopped in order.
    { env: environment, stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  const ready = await readyLine(child);
  return {
    pid: child.pid ?? 0,
    host: ready.host,
    port: ready.ports[0],
    ports: ready.ports,
    user: ready.user,
    password: ready.password,
    stop: () => stop(child),
  };
}

async function readyLine(child: ChildProcess): Promise<z.output<typeof readySchema>> {
  if (child.stdout === null) throw new Error('the sandbox has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('READY ')) continue;
    // Nobody reads on; without this a talkative child would block on a full pipe.
    child.stdout.resume();
    return readySchema.parse(JSON.parse(line.slice('READY '.length)));
  }
  throw new Error('the sandbox ended before it was ready');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
  await exited;
  clearTimeout(timer);
}
