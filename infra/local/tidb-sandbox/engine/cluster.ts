import type { BrieCluster, ExternalStorageAccess, Replication } from '../brie/session.ts';
import type { SqliteStorage } from '../storage/sqlite-storage.ts';
import { millisFromTso, type Tso, tsoFromMillis } from '../storage/tso.ts';
import { formatTidbVersion, type TidbVersion } from '../tidb-version.ts';
import type { AccountStore } from './account-store.ts';
import type { FaultInjector } from './faults.ts';
import { SequenceCache } from './sequence-cache.ts';
import type { ServerSession } from './server-session.ts';
import type { TidbServer } from './tidb-server.ts';
import { Variables } from './variables.ts';

/** ErrTiKVServerTimeout, which TiDB also reports for TiDB servers (handleTiDBSendReqErr in pkg/store/copr). */
const SERVER_TIMEOUT = 9002;

interface ClusterParts {
  readonly storage: SqliteStorage;
  readonly version: TidbVersion;
  readonly accounts: AccountStore;
  readonly faults: FaultInjector;
  readonly externalStorage: ExternalStorageAccess;
  readonly newCollation: boolean;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** How far statistics lag behind. */
  readonly statisticsDelayMs: number;
  readonly tiflashStores: number;
}

/** One TiDB cluster: the data, accounts and global settings that its servers share. */
export class Cluster implements BrieCluster {
  readonly id: bigint;
  readonly storage: SqliteStorage;
  readonly version: TidbVersion;
  readonly accounts: AccountStore;
  readonly faults: FaultInjector;
  readonly externalStorage: ExternalStorageAccess;
  /** TiDB's `new_collation_enabled`, decided when a cluster is bootstrapped. */
  readonly newCollation: boolean;
  readonly clock: () => number;
  readonly #statisticsDelayMs: number;
  readonly tiflashStores: number;
  readonly sequences = new SequenceCache();
  readonly globals = new Variables();
  readonly servers: TidbServer[] = [];

  constructor({
    storage,
    version,
    accounts,
    faults,
    externalStorage,
    newCollation,
    clock,
    statisticsDelayMs,
    tiflashStores,
  }: ClusterParts) {
    // PD uses the time of the bootstrap as the cluster's id.
    this.id = storage.currentTso();
    this.storage = storage;
    this.version = version;
    this.accounts = accounts;
    this.faults = faults;
    this.externalStorage = externalStorage;
    this.newCollation = newCollation;
    this.clock = clock;
    this.#statisticsDelayMs = statisticsDelayMs;
    this.tiflashStores = tiflashStores;
    faults.onServersChanged = () => {
      for (const server of this.servers) if (!server.isUp) server.crash();
    };
    this.globals.assign('version', this.versionText);
    this.globals.assign('version_comment', 'TiDB sandbox (not a TiDB server), for tests and trials on one machine');
  }

  /** The version in the handshake and in `SELECT VERSION()`. */
  get versionText(): string {
    return `8.0.11-TiDB-v${formatTidbVersion(this.version)}-sandbox`;
  }

  /** Time of the last statistics for table sizes and row counts. */
  statisticsTs(): Tso {
    const now = this.storage.currentTso();
    return this.#statisticsDelayMs === 0 ? now : tsoFromMillis(millisFromTso(now) - this.#statisticsDelayMs);
  }

  reloadAccounts(): void {
    this.accounts.reload();
  }

  throttle(): number | undefined {
    return this.faults.bytesPerSecond;
  }

  get replication(): Replication {
    return this.faults.replication;
  }

  /** The servers listed in TiDB's registry (etcd). */
  get listedServers(): TidbServer[] {
    return this.servers.filter(({ state }) => state !== 'gone');
  }

  /** The servers that a statement over the whole cluster reaches. It leaves out the others with only a warning. */
  reachedBy(session: ServerSession): TidbServer[] {
    for (const { state, statusAddress } of this.listedServers) {
      if (state === 'up') continue;
      session.addWarning(SERVER_TIMEOUT, `TiDB server timeout, address is ${statusAddress}`);
    }
    return this.#answering;
  }

  /** KILL reaches the session on any server (global kill, TiDB 6.1), if that server answers. */
  findSession(connectionId: bigint): ServerSession | undefined {
    return this.#answering
      .flatMap((server) => [...server.sessions.values()])
      .find((session) => session.connectionId === connectionId);
  }

  get #answering(): TidbServer[] {
    return this.servers.filter(({ state }) => state === 'up');
  }
}
