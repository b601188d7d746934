import type { ClusterStorage } from '../storage/storage.ts';
import type { TidbVersion } from '../tidb-version.ts';
import type { BrieQueue } from './queue.ts';

/** What BACKUP and RESTORE need of the cluster they run in. */
export interface BrieCluster {
  readonly id: bigint;
  readonly version: TidbVersion;
  readonly storage: ClusterStorage;
  readonly tiflashStores: number;
  readonly externalStorage: ExternalStorageAccess;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** TiDB's `new_collation_enabled`. */
  readonly newCollation: boolean;
  /** Of log backup and TiCDC, which PD knows of and SQL shows nothing of. RESTORE refuses beside them. */
  readonly replication: Replication;
  /** Lets logins know what `mysql.*` says now. */
  reloadAccounts(): void;
  /** A test's brake on BACKUP and RESTORE, in bytes per second; asked again before every batch. */
  throttle(): number | undefined;
}

export interface Replication {
  readonly logBackupTask: string | undefined;
  /** Whose checkpoints are older than any backup. */
  readonly changefeeds: readonly string[];
}

/** As in `mysql.tidb` and in a backup. */
export function formatNewCollation({ newCollation }: Pick<BrieCluster, 'newCollation'>): string {
  return newCollation ? 'True' : 'False';
}

/** The role of the sandbox's "TiKV nodes", and where their S3 and directories are. */
export interface ExternalStorageAccess {
  /** Used for URLs without `endpoint=`; without it, AWS itself. */
  readonly s3Endpoint?: string;
  /** Used for URLs without keys; without it, the AWS SDK's own chain. */
  readonly s3Credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** `local://` paths outside of these are refused; without them any path is used, as by TiDB. */
  readonly mounts?: readonly Mount[];
}

/** A directory, and the path at which the sandbox's "nodes" have it. */
export interface Mount {
  readonly path: string;
  readonly directory: string;
}

export type BriePrivilege = 'BACKUP_ADMIN' | 'RESTORE_ADMIN' | 'SUPER';

/** One running statement, as the connection's server sees it. */
export interface BrieSession {
  readonly cluster: BrieCluster;
  /** The queue of the TiDB server that the connection is on: it is not shared by the cluster. */
  readonly queue: BrieQueue;
  /** 64 bits; the handshake carries only the low half. */
  readonly connectionId: bigint;
  readonly currentDatabase: string | undefined;
  /** The session's `time_zone`, for datetimes in options and results. */
  readonly utcOffsetMinutes: number;
  /** Aborted when the statement or its connection is killed. */
  readonly killed: AbortSignal;
  /** Aborted when the client has closed the connection. */
  readonly clientGone: AbortSignal;
  hasPrivilege(privilege: BriePrivilege): boolean;
  addWarning(errno: number, message: string): void;
  /** Runs a statement with all privileges, as BR's own session does. Throws SqlError. */
  runInternally(database: string | undefined, sql: string): Promise<void>;
}
