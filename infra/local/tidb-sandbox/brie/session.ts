import type { ClusterStorage } from '../storage/storage.ts';
import type { TidbVersion } from '../tidb-version.ts';
import type { BrieQueue } from './queue.ts';

/** What BACKUP and RESTORE use of their cluster. */
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
  /** Log backup and TiCDC tasks, which PD knows but SQL does not show. RESTORE refuses to run beside them. */
  readonly replication: Replication;
  /** Makes logins use the current contents of `mysql.*`. */
  reloadAccounts(): void;
  /** A test's limit on BACKUP and RESTORE, in bytes per second; read before every batch. */
  throttle(): number | undefined;
}

export interface Replication {
  readonly logBackupTask: string | undefined;
  /** The resulting checkpoints are older than any backup. */
  readonly changefeeds: readonly string[];
}

/** As in `mysql.tidb` and in a backup. */
export function formatNewCollation({ newCollation }: Pick<BrieCluster, 'newCollation'>): string {
  return newCollation ? 'True' : 'False';
}

/** The role of the sandbox's "TiKV nodes", and where their S3 and directories are. */
export interface ExternalStorageAccess {
  /** For URLs without `endpoint=`; defaults to AWS itself. */
  readonly s3Endpoint?: string;
  /** For URLs without keys; defaults to the AWS SDK's own chain. */
  readonly s3Credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** `local://` paths outside these are refused; without any, every path is used, as in TiDB. */
  readonly mounts?: readonly Mount[];
}

/** A directory and the path at which the sandbox's "nodes" mount it. */
export interface Mount {
  readonly path: string;
  readonly directory: string;
}

export type BriePrivilege = 'BACKUP_ADMIN' | 'RESTORE_ADMIN' | 'SUPER';

/** One running statement, as its server sees it. */
export interface BrieSession {
  readonly cluster: BrieCluster;
  /** The queue of the connection's TiDB server; each server of the cluster has its own. */
  readonly queue: BrieQueue;
  /** 64 bits; the handshake carries only the lower half. */
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
  /** Runs a statement with all privileges, like BR's own session. Throws SqlError. */
  runInternally(database: string | undefined, sql: string): Promise<void>;
}
