import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { bootstrap } from './bootstrap.ts';
import type { Mount } from './brie/session.ts';
import { AccountStore } from './engine/account-store.ts';
import { AccountTables } from './engine/account-tables.ts';
import { Cluster } from './engine/cluster.ts';
import { FaultInjector, type FaultSetting } from './engine/faults.ts';
import { TidbServer } from './engine/tidb-server.ts';
import { ClientConnection } from './protocol/client-connection.ts';
import type { TlsIdentity } from './protocol/packet-channel.ts';
import { SqliteStorage } from './storage/sqlite-storage.ts';
import { parseTidbVersion } from './tidb-version.ts';

/** Loopback only: the sandbox serves no other machine. */
const HOST = '127.0.0.1';
const GC_INTERVAL_MILLIS = 10 * 60_000;
/** TiDB collects the changes every minute. */
const STATISTICS_DELAY_MS = 60_000;

export interface SandboxOptions {
  /** One TiDB server per port; 0 picks a free port. Default: one server. */
  readonly ports?: readonly number[];
  /** The release to imitate, such as `7.1`, `7.5`, `8.5` (the default) or `8.5.1`. */
  readonly version?: string;
  /** The first account, with all privileges. Default: `root` without a password. */
  readonly user?: string;
  readonly password?: string;
  /** For URLs without `endpoint=`; defaults to AWS itself. */
  readonly s3Endpoint?: string;
  /** The role of the "TiKV nodes", for URLs without keys; defaults to the AWS SDK's own chain. */
  readonly s3Credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Directories that the "nodes" have mounted; if set, `local://` paths outside them are refused. */
  readonly mounts?: readonly Mount[];
  /** Directory for the cluster's data; defaults to a temporary file that goes away with the process. */
  readonly dataDir?: string;
  readonly faults?: readonly FaultSetting[];
  /** Offers TLS with this key and certificate (PEM). */
  readonly tls?: TlsIdentity;
  /** TiDB's `new_collation_enabled`. Default: `true`, as in every new cluster. */
  readonly newCollation?: boolean;
  /** Unix milliseconds; for tests. */
  readonly clock?: () => number;
  /** How far the sizes and row counts of `information_schema.tables` lag behind: a minute, like TiDB's statistics. */
  readonly statisticsDelayMs?: number;
  /** Number of TiFlash stores. Default: none. */
  readonly tiflashStores?: number;
}

export interface TidbSandbox {
  readonly host: string;
  readonly ports: readonly number[];
  /** The first of `ports`. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly cluster: Cluster;
  setFaults(faults: readonly FaultSetting[]): void;
  /** Breaks all connections, ends all statements, and frees the ports and temporary files. */
  stop(): Promise<void>;
}

/** Starts a cluster in this process and resolves when all its servers accept connections. */
export async function startTidbSandbox(options: SandboxOptions = {}): Promise<TidbSandbox> {
  const { ports = [0], user = 'root', password = '', clock = Date.now } = options;
  const cluster = createCluster(options, { user, password }, clock);
  const connections = new Map<ClientConnection, Promise<void>>();
  const listeners: Server[] = [];
  const collector = setInterval(() => cluster.storage.collectGarbage(), GC_INTERVAL_MILLIS);
  collector.unref();

  const stop = async (): Promise<void> => {
    clearInterval(collector);
    const closed = listeners.map((listener) => listener.listening && once(listener, 'close'));
    for (const listener of listeners) listener.close();
    for (const connection of connections.keys()) connection.break();
    await Promise.all([...closed, ...connections.values()]);
    cluster.storage.close();
  };

  try {
    for (const port of ports) listeners.push(await listen(cluster, port, options.tls, connections));
  } catch (error) {
    await stop();
    throw error;
  }
  const bound = cluster.servers.map((server) => server.port);
  return {
    host: HOST,
    ports: bound,
    port: bound[0] ?? 0,
    user,
    password,
    cluster,
    setFaults: (faults) => cluster.faults.set(faults),
    stop,
  };
}

function createCluster(
  options: SandboxOptions,
  root: { readonly user: string; readonly password: string },
  clock: () => number,
): Cluster {
  const storage = new SqliteStorage({ directory: options.dataDir, clock });
  const version = parseTidbVersion(options.version ?? '8.5');
  bootstrap(storage, version);
  const faults = new FaultInjector();
  faults.set(options.faults ?? []);
  const { s3Endpoint, s3Credentials, mounts } = options;
  return new Cluster({
    storage,
    version,
    accounts: new AccountStore(new AccountTables(storage), root),
    faults,
    newCollation: options.newCollation ?? true,
    externalStorage: {
      ...(s3Endpoint !== undefined && { s3Endpoint }),
      ...(s3Credentials && { s3Credentials }),
      ...(mounts !== undefined && { mounts }),
    },
    clock,
    statisticsDelayMs: options.statisticsDelayMs ?? STATISTICS_DELAY_MS,
    tiflashStores: options.tiflashStores ?? 0,
  });
}

async function listen(
  cluster: Cluster,
  port: number,
  tls: TlsIdentity | undefined,
  connections: Map<ClientConnection, Promise<void>>,
): Promise<Server> {
  const listener = createServer();
  listener.listen(port, HOST);
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has an address and a port');
  const server = new TidbServer(cluster, HOST, address.port);
  cluster.servers.push(server);
  listener.on('connection', (socket) => {
    if (!server.isUp) {
      socket.destroy();
      return;
    }
    const connection = new ClientConnection(socket, cluster, server);
    const served = connection.run(tls).finally(() => connections.delete(connection));
    connections.set(connection, served);
  });
  return listener;
}
