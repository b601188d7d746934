import { BrieQueue } from '../brie/queue.ts';
import type { Cluster } from './cluster.ts';
import type { Session } from './session.ts';

/** Bits of a global connection id: 1 (64-bit mark), 40 for the connection, then the server's id (TiDB, util/globalconn). */
const LOCAL_ID_SHIFT = 1n;
const SERVER_ID_SHIFT = 41n;
const IS_64_BIT = 1n;
/** TiDB draws a random 22-bit server id; one from here on makes connection ids exceed 2^53, as most real ones do. */
const FIRST_SERVER_ID = 1n << 20n;

/** One TiDB server of the cluster: an address, the sessions on it, and a BRIE queue of its own. */
export class TidbServer {
  readonly cluster: Cluster;
  readonly host: string;
  readonly port: number;
  readonly sessions = new Map<bigint, Session>();
  readonly queue: BrieQueue;
  readonly #serverId: bigint;
  #lastLocalId = 0n;

  constructor(cluster: Cluster, host: string, port: number) {
    this.cluster = cluster;
    this.host = host;
    this.port = port;
    this.queue = new BrieQueue(cluster.clock);
    this.#serverId = FIRST_SERVER_ID + BigInt(cluster.servers.length);
  }

  /** `host:port`, as in INSTANCE of information_schema.cluster_processlist (there with the status port). */
  get instance(): string {
    return `${this.host}:${this.port}`;
  }

  nextConnectionId(): bigint {
    this.#lastLocalId += 1n;
    return (this.#serverId << SERVER_ID_SHIFT) | (this.#lastLocalId << LOCAL_ID_SHIFT) | IS_64_BIT;
  }
}
