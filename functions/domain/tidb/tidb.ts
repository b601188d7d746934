import type { TidbRelease } from '../backup/backup-record.ts';
import type { BackupScope, TableName } from '../backup/backup-scope.ts';
import type { NotedTable, TableNotes } from '../backup/table-notes.ts';
import type { AssertionResult } from '../backup/verification.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { TransferLimits } from '../config/system-config.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { NodeFailure } from '../workflow/node-failure.ts';
import type { DdlSinceBase } from './ddl-tables.ts';
import type { RestoreLeftovers } from './restore-target.ts';
import type { SystemTables } from './system-tables.ts';

/**
 * TiDB as the workflow nodes see it. Failures that TiDB answered arrive as `NodeFailure`, already without secrets; a
 * connection that is gone while a statement runs arrives as {@link StatementLost}, because what the statement did is open.
 * 64-bit numbers (TSO, connection id, bytes) are decimal strings.
 */
export interface TidbGateway {
  /**
   * Connects to the first server of the cluster that answers, and prepares to watch that server.
   * @param server the one that is wanted, as it calls itself; another will do if it is not met
   */
  openSession(cluster: Cluster, limit?: TimeLimit, server?: string): Promise<TidbSession>;
  /** Only looks and kills; it connects when first used. */
  openControl(cluster: Cluster, limit?: TimeLimit): TidbControl;
  /** From here on, what the cluster holds can be read as it was: until the hold is closed. */
  holdSnapshot(cluster: Cluster, limit?: TimeLimit): Promise<SnapshotHold>;
  /**
   * What the endpoints answer, each asked by itself; nothing is changed. Once one refuses the account, no other is tried: each try may
   * bring the account closer to being blocked.
   * @throws NodeFailure TidbAccessDenied: there is no account to log in with
   */
  inspect(cluster: Cluster): Promise<EndpointReport[]>;
  /** It connects when first used. @param database of {@link scratchDatabase} */
  openScratch(cluster: Cluster, database: string): ScratchDatabase;
}

/** A database that a check makes for itself, with one row. */
export interface ScratchDatabase {
  /** @throws NodeFailure TidbAccessDenied; Error: there is one of that name already */
  create(): Promise<void>;
  /** Whether the row is as it was made. */
  isWhole(): Promise<boolean>;
  /** Dropping none is a success. @throws NodeFailure TidbAccessDenied; Error: it holds what no check made, and stays */
  drop(): Promise<void>;
  close(): void;
}

/** What came of connecting to one endpoint of a cluster; without `server` and `failure`: it was not tried. */
export interface EndpointReport {
  endpoint: string;
  server?: ServerReport;
  failure?: NodeFailure;
}

export interface ServerReport {
  /** `host:port` that the server calls itself. */
  server: string;
  /** As `TIDB_VERSION()` says it. */
  build: string;
  isEncrypted: boolean;
  /** By how much its clock is ahead of the service's, in milliseconds, give or take half of {@link roundTripMs}. */
  clockAheadMs: number;
  roundTripMs: number;
  /** As Go writes durations: `10m0s`. */
  gcLifeTime: string;
  privileges: AccountPrivileges;
}

/**
 * Bounds the statements that read metadata, which take minutes on a cluster of 100,000 tables. When it is reached they reject
 * with a NodeFailure `OutOfTime`; before, with `TidbUnreachable`.
 */
export interface TimeLimit {
  /** Milliseconds since 1970; `Infinity`: none. */
  deadline: number;
  /** What becomes of the operation then. */
  outOfTime: string;
}

export interface SnapshotHold {
  /** The moment from which on everything can be read. */
  readonly tso: string;
  /** Reads as of a moment that is not before {@link tso}. */
  openReader(tso: string): Promise<TableReader>;
  /**
   * To be asked before anything is believed that was read: TiDB, an operator or a proxy may have ended the hold, and then garbage
   * collection may have taken rows that were still to be read.
   * @throws NodeFailure TidbUnreachable: it holds no longer
   */
  proveAlive(): Promise<void>;
  /** Stops what its readers still read. */
  close(): Promise<void>;
}

/** A table, view or sequence, and what its definition does not say. */
export interface ListedTable extends TableName {
  tableId: string;
  kind: 'table' | 'view' | 'sequence';
  tiflashReplicas?: number;
}

/** All that users made, as far as the account sees it. */
interface ListedTables {
  databases: string[];
  tables: ListedTable[];
}

/** A connection on which nothing can be written. Each method rejects with a NodeFailure. */
export interface TableReader {
  list(): Promise<ListedTables>;
  /**
   * Reads a table twice, if the account may also ask for its key-value pairs; a view or a sequence by its definition alone.
   * @param options.version of the notes that it is to be compared with
   * @throws NodeFailure OutOfTime: it takes longer; TidbAccessDenied, TablesUnreadable: TiDB refuses to read this one
   */
  read(table: ListedTable, options: { version: TableNotes['version']; timeoutMs: number }): Promise<NotedTable>;
  /** Whether a SELECT of the user's answers one row whose first column is true. What it reads is not told. */
  assert(sql: string, timeoutMs: number): Promise<Omit<AssertionResult, 'assertion'>>;
  /** Ends what it still reads, in TiDB too. */
  close(): Promise<void>;
}

export type StatementKind = 'BACKUP' | 'RESTORE';

/** Tells our statements from all others: no two attempts share a folder, and the folder is in the statement's text. */
export interface StatementMark {
  kind: StatementKind;
  backupId: string;
  /** Absent: any attempt. */
  attempt?: number;
}

export interface RunningStatement {
  connectionId: string;
  /** Address of the TiDB server that runs it, as TiDB names it. */
  server: string;
}

/** Where a session is: `server` is the `host:port` that the server calls itself. */
export type SessionPlace = RunningStatement;

export interface StatementProgress {
  /** Whole percent of the data, 0 to 100; TiDB's checksums come after that. */
  percent: number;
  /** It ended without an error. */
  finished: boolean;
  /** Another statement is before it in the server's queue. */
  waits: boolean;
}

export interface BackupOutcome {
  backupTso: string;
  sizeBytes: string;
}

interface BrieStatement {
  location: StorageLocation;
  limits: TransferLimits;
  /** Absent: everything. */
  scope?: BackupScope | undefined;
  /** Is told to TiDB in a comment, for its logs. */
  correlationId?: string | undefined;
}

/** What RESTORE is to do. */
export interface RestoreStatement extends BrieStatement, SystemTables {}

/** What an incremental backup holds: the changes after one moment, up to another. */
export interface BackupInterval {
  /** TSO of the backup that it builds upon. */
  lastBackup: string;
  /** TSO of its own snapshot. */
  snapshot: string;
}

/** What BACKUP is to do. */
export interface BackupStatement extends BrieStatement {
  /** Of an incremental one. */
  interval?: BackupInterval | undefined;
}

export interface BackupContents {
  /** The empty ones too, unless the backup holds nothing else: then TiDB lists none. */
  databases: string[];
  /** Views and sequences too. */
  tables: TableName[];
}

interface TableSize extends TableName {
  /** Rows and indexes, uncompressed, before replication. A decimal string. */
  bytes: string;
}

/** TiDB's own system tables are left out. */
export interface ClusterMeasure {
  tables: TableSize[];
  tikvNodes: number;
  /** The first number of its version; undefined: it was not told. */
  tidbMajor: number | undefined;
}

/** What a cluster's account may do everywhere, by its own grants and those of its active roles. */
export interface AccountPrivileges {
  has(privilege: PrivilegeName): boolean;
  /** Everywhere, or on this database. */
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

/** Where an incremental backup ends, and what happened to the schema up to there. */
export interface DdlLook {
  /** The moment that its BACKUP has to take. */
  snapshotTso: string;
  ddl: DdlSinceBase;
}

export interface TidbControl {
  /**
   * Of the last statement of this mark. Undefined: the connected server shows none. A restart or TiDB itself may have forgotten it.
   * @param connectionId an ended statement counts only if it is of this connection: the same backup may have been restored before
   */
  progress(mark: StatementMark, connectionId: string): Promise<StatementProgress | undefined>;
  /**
   * On all servers of the cluster. This, not {@link progress}, tells whether a statement is alive: an empty answer is proof that it
   * is not.
   * @param marks of one kind; a statement of any of them counts
   * @throws NodeFailure TidbUnreachable: none is seen, and a server that may run one does not answer
   */
  running(...marks: StatementMark[]): Promise<RunningStatement[]>;
  /** Closes an idle connection of the same account on whichever server it is: nothing can be sent over it any more. */
  disconnect(connectionId: string): Promise<void>;
  /** Ends a statement on whichever server it runs; TiDB takes up to some seconds. An unknown id is no error. */
  kill(connectionId: string): Promise<void>;
  /**
   * What a finished backup holds, without TiDB's own system tables. `undefined` where TiDB has no statement for it (before 7.3).
   * @throws NodeFailure BackupNotRestorable: it cannot be read.
   */
  contentsOfBackup(location: StorageLocation): Promise<BackupContents | undefined>;
  privileges(): Promise<AccountPrivileges>;
  /**
   * All tables that users made.
   * @throws NodeFailure TidbAccessDenied: the account lacks PROCESS, without which a full cluster can look empty
   */
  userTables(): Promise<TableName[]>;
  /**
   * All databases that users made, the empty ones too.
   * @throws NodeFailure TidbAccessDenied: the account lacks PROCESS
   */
  userDatabases(): Promise<string[]>;
  /** @throws NodeFailure TidbAccessDenied: the account lacks PROCESS */
  restoreLeftovers(): Promise<RestoreLeftovers>;
  /**
   * Looks at the DDL since the base of an incremental backup, which is to be taken right after.
   * @throws NodeFailure DdlHistoryUnreadable: all of it cannot be seen
   */
  ddlSince(baseTso: string): Promise<DdlLook>;
  /** Of the server that it is connected to. */
  release(): Promise<TidbRelease>;
  /** What the cluster holds, by its statistics: near enough for an estimate. */
  measure(): Promise<ClusterMeasure>;
  close(): void;
}

export interface TidbSession {
  readonly version: string;
  /** Its own connection, if possible to the same server: only that one shows the statement's progress. */
  readonly control: TidbControl;
  /** Where the next statement will run. To be asked before each: a proxy moves a session to another server between statements. */
  locate(): Promise<SessionPlace>;
  /** @throws StatementLost, StatementDropped, NodeFailure (BackupFailed, BackupPathUnusable, BasePastGcSafePoint, TidbAccessDenied) */
  backup(statement: BackupStatement): Promise<BackupOutcome>;
  /** @throws StatementLost, StatementDropped, NodeFailure (RestoreFailed, TablesInTheWay, TidbAccessDenied) */
  restore(statement: RestoreStatement): Promise<BackupOutcome>;
  close(): void;
}

/** TiDB took the statement out of its queue before it began, as happens after ten minutes there: it is to be sent again. */
export class StatementDropped extends Error {
  override readonly name = 'StatementDropped';
}

/** The connection that ran a statement is gone. Up to TiDB 8.5.0 the statement runs on to its end nevertheless. */
export class StatementLost extends Error {
  override readonly name = 'StatementLost';
}
