import type { BrieCluster, ExternalStorageAccess } from '../brie/session.ts';
import type { SqliteStorage } from '../storage/sqlite-storage.ts';
import { formatTidbVersion, type TidbVersion } from '../tidb-version.ts';
import type { AccountStore } from './account-store.ts';
import type { FaultInjector } from './faults.ts';
import type { Session } from './session.ts';
import type { TidbServer } from './tidb-server.ts';
import { Variables } from './variables.ts';

interface ClusterParts {
  readonly storage: SqliteStorage;
  readonly version: TidbVersion;
  readonly accounts: AccountStore;
  readonly faults: FaultInjector;
  readonly externalStorage: ExternalStorageAccess;
  readonly newCollation: boolean;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

/** One TiDB cluster: the data, the accounts and the global settings that its servers share. */
export class Cluster implements BrieCluster {
  readonly id: bigint;
  readonly storage: SqliteStorage;
  readonly version: TidbVersion;
  readonly accounts: AccountStore;
  readonly faults: FaultInjector;
  readonly externalStorage: ExternalStorageAccess;
  /** TiDB's `new_collation_enabled`, which is decided when a cluster is bootstrapped. */
  readonly newCollation: boolean;
  readonly clock: () => number;
  readonly globals = new Variables();
  readonly servers: TidbServer[] = [];
  restoredUpTo: bigint | undefined;

  constructor({ storage, version, accounts, faults, externalStorage, newCollation, clock }: ClusterParts) {
    // PD takes the time of the bootstrap as the cluster's id.
    this.id = storage.currentTso();
    this.storage = storage;
    this.version = version;
    this.accounts = accounts;
    this.faults = faults;
    this.externalStorage = externalStorage;
    this.newCollation = newCollation;
    this.clock = clock;
    this.globals.assign('version', this.versionText);
    this.globals.assign('version_comment', 'TiDB sandbox (not a TiDB server), for tests and trials on one machine');
  }

  /** What the handshake and `SELECT VERSION()` say. */
  get versionText(): string {
    return `8.0.11-TiDB-v${formatTidbVersion(this.version)}-sandbox`;
  }

  throttle(): number | undefined {
    return this.faults.bytesPerSecond;
  }

  /** The sessions of all servers. */
  sessions(): Session[] {
    return this.servers.flatMap((server) => [...server.sessions.values()]);
  }

  /** KILL reaches the session on whichever server it is (global kill, TiDB 6.1). */
  findSession(connectionId: bigint): Session | undefined {
    return this.sessions().find((session) => session.connectionId === connectionId);
  }
}
