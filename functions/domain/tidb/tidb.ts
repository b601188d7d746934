import type { TidbRelease } from '../backup/backup-record.ts';
import type { BackupScope, TableName } from '../backup/backup-scope.ts';
import type { RecordedTable, TableNotes } from '../backup/table-notes.ts';
import type { AssertionResult } from '../backup/verification.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { TransferLimits } from '../config/system-config.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { NodeFailure } from '../workflow/node-failure.ts';
import type { DdlSinceBase } from './ddl-tables.ts';
import type { RestoreLeftovers } from './restore-target.ts';
import type { SystemTables } from './system-tables.ts';

/**
 * TiDB as the workflow nodes see it. Errors from TiDB arrive as `NodeFailure`, without secrets; a connection lost while
 * a statement runs arrives as {@link StatementLost}, because the outcome of the statement is open. 64-bit numbers (TSO,
 * connection id, bytes) are decimal strings.
 */
export interface TidbGateway {
  /**
   * Connects to the first server of the cluster that answers, and prepares to watch that server.
   * @param server preferred server, as it calls itself; another will do if it is not found
   */
  openSession(cluster: Cluster, limit?: TimeLimit, server?: string): Promise<TidbSession>;
  /** Read-only, except for KILL; connects on first use. */
  openControl(cluster: Cluster, limit?: TimeLimit): TidbControl;
  /** Until the hold is closed, all contents of the cluster from now on can be read as of their time. */
  holdSnapshot(cluster: Cluster, limit?: TimeLimit): Promise<SnapshotHold>;
  /**
   * Checks each endpoint separately, read-only. Once one rejects the account, no other is tried: each try may bring the
   * account closer to being locked.
   * @throws NodeFailure TidbAccessDenied if there is no account to log in with
   */
  inspect(cluster: Cluster): Promise<EndpointReport[]>;
  /**
   * Connects on first use.
   * @param database see {@link scratchDatabase}
   */
  openScratch(cluster: Cluster, database: string): ScratchDatabase;
}

/** A temporary database of a check, with one row. */
export interface ScratchDatabase {
  /** @throws NodeFailure TidbAccessDenied; Error if the database already exists */
  create(): Promise<void>;
  /** Whether the row is unchanged. */
  isWhole(): Promise<boolean>;
  /**
   * Dropping a missing one succeeds.
   * @throws NodeFailure TidbAccessDenied; Error if it holds anything that no check created; then it stays
   */
  drop(): Promise<void>;
  close(): void;
}

/** The result of connecting to one endpoint of a cluster; neither `server` nor `failure` is set if it was not tried. */
export interface EndpointReport {
  endpoint: string;
  server?: ServerReport;
  failure?: NodeFailure;
}

export interface ServerReport {
  /** The `host:port` that the server calls itself. */
  server: string;
  /** From `TIDB_VERSION()`. */
  build: string;
  isEncrypted: boolean;
  /** How far its clock is ahead of the service's, in milliseconds, plus or minus half of {@link roundTripMs}. */
  clockAheadMs: number;
  roundTripMs: number;
  /** As Go writes durations: `10m0s`. */
  gcLifeTime: string;
  privileges: AccountPrivileges;
}

/**
 * Limits statements that read metadata, which take minutes on a cluster of 100,000 tables. At the deadline they reject
 * with a NodeFailure `OutOfTime`; for earlier failures, with `TidbUnreachable`.
 */
export interface TimeLimit {
  /** Milliseconds since 1970, or `Infinity`. */
  deadline: number;
  /** What happens to the operation then. */
  outOfTime: string;
}

export interface SnapshotHold {
  /** The earliest moment that can be read. */
  readonly tso: string;
  /** Reads as of a moment at or after {@link tso}. */
  openReader(tso: string): Promise<TableReader>;
  /**
   * Must be called before trusting anything that was read: TiDB, an operator or a proxy may have ended the hold, and
   * then garbage collection may have removed rows.
   * @throws NodeFailure TidbUnreachable if the hold has ended
   */
  proveAlive(): Promise<void>;
  /** Also stops its readers. */
  close(): Promise<void>;
}

/** A table, view or sequence, with properties that its definition does not include. */
export interface ListedTable extends TableName {
  tableId: string;
  kind: 'table' | 'view' | 'sequence';
  tiflashReplicas?: number;
}

/** All user tables that the account can see. */
interface ListedTables {
  databases: string[];
  tables: ListedTable[];
}

/** A read-only connection. Each method rejects with a NodeFailure. */
export interface TableReader {
  list(): Promise<ListedTables>;
  /**
   * Reads a table twice if the account may also count its key-value pairs; of a view or a sequence, only the
   * definition.
   * @param options.version of the checksums to compare with
   * @throws NodeFailure OutOfTime at the timeout; TidbAccessDenied, TablesUnreadable if TiDB refuses to read this table
   */
  read(table: ListedTable, options: { version: TableNotes['version']; timeoutMs: number }): Promise<RecordedTable>;
  /** Whether a user's SELECT returns one row whose first column is true. The values are not returned. */
  assert(sql: string, timeoutMs: number): Promise<Omit<AssertionResult, 'assertion'>>;
  /** Cancels its reads, in TiDB too. */
  close(): Promise<void>;
}

export type StatementKind = 'BACKUP' | 'RESTORE';

/** Identifies our statements: attempts never share a folder, and the statement's text contains the folder. */
export interface StatementMark {
  kind: StatementKind;
  backupId: string;
  /** Defaults to any attempt. */
  attempt?: number;
}

export interface RunningStatement {
  connectionId: string;
  /** Address of the TiDB server that runs it, as TiDB reports it. */
  server: string;
}

/** Where a session is: `server` is the `host:port` that the server calls itself. */
export type SessionPlace = RunningStatement;

export interface StatementProgress {
  /** Whole percent of the data, 0 to 100; TiDB's checksums come afterwards. */
  percent: number;
  /** Ended without an error. */
  finished: boolean;
  /** Queued behind another statement on the server. */
  waits: boolean;
}

export interface BackupOutcome {
  backupTso: string;
  sizeBytes: string;
}

interface BrieStatement {
  location: StorageLocation;
  limits: TransferLimits;
  /** Defaults to everything. */
  scope?: BackupScope | undefined;
  /** Passed to TiDB in a comment, for its logs. */
  correlationId?: string | undefined;
}

/** What RESTORE is to do. */
export interface RestoreStatement extends BrieStatement, SystemTables {}

/** What an incremental backup holds: the changes between two moments. */
export interface BackupInterval {
  /** TSO of its base. */
  lastBackup: string;
  /** TSO of its own snapshot. */
  snapshot: string;
}

/** What BACKUP is to do. */
export interface BackupStatement extends BrieStatement {
  /** Set for an incremental backup. */
  interval?: BackupInterval | undefined;
}

export interface BackupContents {
  /** Includes empty ones, unless the backup holds nothing else: then TiDB lists none. */
  databases: string[];
  /** Includes views and sequences. */
  tables: TableName[];
}

interface TableSize extends TableName {
  /** Rows and indexes, uncompressed, before replication. A decimal string. */
  bytes: string;
}

/** Excludes TiDB's own system tables. */
export interface ClusterMeasure {
  tables: TableSize[];
  tikvNodes: number;
  /** Major version; `undefined` if unknown. */
  tidbMajor: number | undefined;
}

/** Global privileges of a cluster's account, from its own grants and its active roles. */
export interface AccountPrivileges {
  has(privilege: PrivilegeName): boolean;
  /** Granted globally or on this database. */
  hasOn(privilege: PrivilegeName, database: string): boolean;
}

export type PrivilegeName =
  | 'SELECT'
  | 'INSERT'
  | 'CREATE'
  | 'DROP'
  | 'PROCESS'
  | 'SUPER'
  | 'BACKUP_ADMIN'
  | 'RESTORE_ADMIN'
  | 'CONNECTION_ADMIN';

/** Where an incremental backup ends, and the schema changes up to there. */
export interface DdlLook {
  /** The snapshot that its BACKUP must use. */
  snapshotTso: string;
  ddl: DdlSinceBase;
}

export interface TidbControl {
  /**
   * Progress of the last statement with this mark. `undefined` if the connected server shows none: a restart, or TiDB
   * itself, may have dropped it.
   * @param connectionId an ended statement counts only if it ran on this connection: the same backup may have been
   * restored before
   */
  progress(mark: StatementMark, connectionId: string): Promise<StatementProgress | undefined>;
  /**
   * Searches all servers of the cluster. This, not {@link progress}, tells whether a statement is alive: an empty
   * answer proves that it is not.
   * @param marks of one kind; a statement with any of them counts
   * @throws NodeFailure TidbUnreachable if none is seen, but a server that may run one does not answer
   */
  running(...marks: StatementMark[]): Promise<RunningStatement[]>;
  /** Closes an idle connection of the same account on any server, so that nothing can be sent over it any more. */
  disconnect(connectionId: string): Promise<void>;
  /** Kills a statement on any server; TiDB may take some seconds. An unknown id is no error. */
  kill(connectionId: string): Promise<void>;
  /**
   * The contents of a finished backup, without TiDB's own system tables. `undefined` if TiDB has no statement for it
   * (before 7.3).
   * @throws NodeFailure BackupNotRestorable if the backup cannot be read
   */
  contentsOfBackup(location: StorageLocation): Promise<BackupContents | undefined>;
  privileges(): Promise<AccountPrivileges>;
  /**
   * All user tables.
   * @throws NodeFailure TidbAccessDenied if the account lacks PROCESS, without which a full cluster can look empty
   */
  userTables(): Promise<TableName[]>;
  /**
   * All user databases, including empty ones.
   * @throws NodeFailure TidbAccessDenied if the account lacks PROCESS
   */
  userDatabases(): Promise<string[]>;
  /** @throws NodeFailure TidbAccessDenied if the account lacks PROCESS */
  restoreLeftovers(): Promise<RestoreLeftovers>;
  /**
   * The DDL since the base of an incremental backup, which must be taken right afterwards.
   * @throws NodeFailure DdlHistoryUnreadable if some of it cannot be seen
   */
  ddlSince(baseTso: string): Promise<DdlLook>;
  /** Of the connected server. */
  release(): Promise<TidbRelease>;
  /** The size of the cluster, from its statistics: close enough for an estimate. */
  measure(): Promise<ClusterMeasure>;
  close(): void;
}

export interface TidbSession {
  readonly version: string;
  /** A separate connection, to the same server if possible: only that server shows the statement's progress. */
  readonly control: TidbControl;
  /**
   * Where the next statement will run. Ask before each one: a proxy may move a session to another server between
   * statements.
   */
  locate(): Promise<SessionPlace>;
  /** @throws StatementLost, StatementDropped, NodeFailure (BackupFailed, BackupPathUnusable, BasePastGcSafePoint, TidbAccessDenied) */
  backup(statement: BackupStatement): Promise<BackupOutcome>;
  /** @throws StatementLost, StatementDropped, NodeFailure (RestoreFailed, TablesInTheWay, TidbAccessDenied) */
  restore(statement: RestoreStatement): Promise<BackupOutcome>;
  close(): void;
}

/** TiDB dropped the statement from its queue before it started, as it does after ten minutes: send it again. */
export class StatementDropped extends Error {
  override readonly name = 'StatementDropped';
}

/** The connection that ran a statement was lost. Up to TiDB 8.5.0 the statement still runs to its end. */
export class StatementLost extends Error {
  override readonly name = 'StatementLost';
}
