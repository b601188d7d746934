import { BrieQueue } from '../brie/queue.ts';
import { hasFeature, type TidbVersion } from '../tidb-version.ts';
import type { FaultInjector, ServerState } from './faults.ts';
import type { ServerSession } from './server-session.ts';

/**
 * Global connection ids (pkg/util/globalconn). Bits of a long one: 1 (64-bit mark), 40 for the connection, 22 for the server;
 * of a short one: 1 (no mark), 20 for the connection, 11 for the server.
 */
const LOCAL_ID_SHIFT = 1n;
const LONG = { mark: 1n, serverIdShift: 41n, firstServerId: 1n << 20n };
const SHORT = { mark: 0n, serverIdShift: 21n, firstServerId: 1n << 10n };

/** TiDB's defaults are the ports 4000 and 10080. */
const STATUS_PORT_OFFSET = 6_080;
const HIGHEST_PORT = 65_535;

/** What a server uses of its cluster. */
interface ServedCluster {
  readonly version: TidbVersion;
  readonly faults: FaultInjector;
  /** Unix milliseconds. */
  readonly clock: () => number;
  readonly servers: { readonly length: number };
}

/** One TiDB server of the cluster, with its addresses, its sessions and its own BRIE queue. */
export class TidbServer {
  readonly host: string;
  readonly port: number;
  /** Nothing listens there: it only identifies the server, as in TiDB. */
  readonly statusPort: number;
  readonly sessions = new Map<bigint, ServerSession>();
  /** In memory: lost in a restart. */
  queue: BrieQueue;
  readonly #cluster: ServedCluster;
  readonly #index: number;
  #lastLocalId = 0n;

  constructor(cluster: ServedCluster, host: string, port: number) {
    this.#cluster = cluster;
    this.host = host;
    this.port = port;
    this.statusPort = port + STATUS_PORT_OFFSET <= HIGHEST_PORT ? port + STATUS_PORT_OFFSET : port - STATUS_PORT_OFFSET;
    this.queue = new BrieQueue(cluster.clock);
    this.#index = cluster.servers.length;
  }

  /** Where clients connect: INSTANCE of information_schema.cluster_info. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** Where other servers reach it: INSTANCE of all other cluster tables. */
  get statusAddress(): string {
    return `${this.host}:${this.statusPort}`;
  }

  /** SERVER_ID in information_schema.cluster_info. */
  get id(): bigint {
    return this.#idKind.firstServerId + BigInt(this.#index);
  }

  get state(): ServerState {
    return this.#cluster.faults.stateOf(this.#index);
  }

  /** Whether it accepts connections and runs statements. */
  get isUp(): boolean {
    return this.state === 'up' || this.state === 'silent';
  }

  nextConnectionId(): bigint {
    this.#lastLocalId += 1n;
    const { mark, serverIdShift } = this.#idKind;
    return (this.id << serverIdShift) | (this.#lastLocalId << LOCAL_ID_SHIFT) | mark;
  }

  /** Simulates the process's death: connections break, statements end, the queue is lost. */
  crash(): void {
    for (const session of this.sessions.values()) {
      session.running?.killed.abort();
      session.disconnect();
    }
    this.queue = new BrieQueue(this.#cluster.clock);
  }

  get #idKind() {
    return hasFeature(this.#cluster.version, 'shortConnectionIds') ? SHORT : LONG;
  }
}
