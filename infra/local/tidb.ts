import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Mount } from './tidb-sandbox/brie/session.ts';
import { tikvAccessKeyId } from './tikv-role.ts';

const SANDBOX = fileURLToPath(new URL('./tidb-sandbox/main.ts', import.meta.url));

/** MiB for young objects: with V8's default a busy sandbox uses twice the memory and is no faster. */
const YOUNG_GENERATION = '--max-semi-space-size=4';

/** How long a sandbox may take to stop by itself. */
const STOP_SECONDS = 5;

export interface TidbOptions {
  /** Number of sandboxes, each its own cluster. */
  readonly clusters: number;
  /** TiDB servers per cluster. Default: 1. */
  readonly servers?: number;
  /** TiDB release to imitate. Defaults to the sandbox's own. */
  readonly version?: string;
}

/** A running sandbox with its administrator account. */
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

/** Where the sandboxes can write backups. */
export interface TidbStorage {
  readonly s3Endpoint: string;
  readonly mounts: readonly Mount[];
}

/** Starts the sandboxes in parallel. They end with this process. */
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

/** @param name identifies the sandbox in what it stores and sends */
export async function startSandbox(
  options: Omit<TidbOptions, 'clusters'>,
  storage: TidbStorage,
  name: string,
  // The accounts differ, so that a mixed-up cluster is noticed.
  { user, password }: Pick<TidbEndpoint, 'user' | 'password'> = { user: 'root', password: `sandbox-${name}` },
): Promise<RunningTidb> {
  const { NODE_COMPILE_CACHE } = process.env;
  const environment = {
    // The TiKV nodes' role, with which they write files if the statement has no keys.
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: tikvAccessKeyId(name),
    AWS_SECRET_ACCESS_KEY: 'local',
    // Inherits nothing: the developer's own AWS profile stays out.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    TIDB_SANDBOX_PASSWORD: password,
    // Two thirds of a start are compilation.
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
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
    // Its standard input closes with this process, and then it ends. Its own process group keeps Ctrl-C from it while a backup is being
    // stopped in order.
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
    // No one reads on from here; without this a talkative child would block on a full pipe.
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
