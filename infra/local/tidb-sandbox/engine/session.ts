import type { BrieQueue } from '../brie/queue.ts';
import type { BriePrivilege, BrieSession } from '../brie/session.ts';
import type { TableName } from '../sql/ast.ts';
import { noDatabaseSelected, SqlError, unknownTable } from '../sql/errors.ts';
import type { Cell } from '../storage/cell.ts';
import type { ColumnType, TableInfo } from '../storage/schema.ts';
import type { Transaction } from '../storage/transaction.ts';
import { type Tso, tsoFromMillis } from '../storage/tso.ts';
import { microsOfDatetime, parseDatetime } from '../types/temporal.ts';
import { type Account, internalAccount } from './account-store.ts';
import type { Cluster } from './cluster.ts';
import type { Privilege } from './privileges.ts';
import type { RunningStatement, ServerSession, Warning } from './server-session.ts';
import type { TidbServer } from './tidb-server.ts';
import { utcOffsetMinutes, Variables } from './variables.ts';

/** Runs a statement's text in a session. */
type RunSql = (sql: string, session: Session) => Promise<unknown>;

interface SessionParts {
  readonly cluster: Cluster;
  readonly server: TidbServer;
  readonly account: Account;
  /** The client's `address:port`. */
  readonly client: string;
  /** The TLS version; empty on a plain connection. */
  readonly cipher: string;
  readonly clientGone: AbortSignal;
  /** Breaks the connection, for KILL. */
  readonly disconnect: () => void;
  readonly runSql: RunSql;
}

/** Node's timers are limited to 24 days. */
const LONGEST_TIMER_SECONDS = 2_147_483;

/** The client's address without its port. */
function hostOf(client: string): string {
  return client.slice(0, client.lastIndexOf(':'));
}

/** The state of one connection. */
export class Session implements BrieSession, ServerSession {
  readonly cluster: Cluster;
  readonly client: string;
  readonly cipher: string;
  readonly clientGone: AbortSignal;
  readonly disconnect: () => void;
  server: TidbServer;
  connectionId: bigint;
  account: Account;
  currentDatabase: string | undefined;
  variables: Variables;
  userVariables = new Map<string, { readonly type: ColumnType; readonly cell: Cell }>();
  warnings: Warning[] = [];
  running: RunningStatement | undefined;
  /** When the last statement ended or the session began, in Unix milliseconds. */
  idleSince: number;
  lastInsertId = 0n;
  /** The last value of NEXTVAL in this session, by sequence id. */
  readonly lastSequenceValues = new Map<bigint, bigint>();
  /** Affected rows of the last statement; −1 after one with a result set. */
  affectedRows = -1n;
  /** CLIENT_FOUND_ROWS: UPDATE counts the rows found instead of those changed. */
  countsFoundRows = false;
  readonly #runSql: RunSql;
  #transaction: Transaction | undefined;
  /** Stops holding the safe point for the open transaction. */
  #releaseSnapshot: (() => void) | undefined;

  constructor(parts: SessionParts, connectionId: bigint) {
    const { server, cluster, account, client, cipher, clientGone, disconnect, runSql } = parts;
    this.server = server;
    this.cluster = cluster;
    this.#runSql = runSql;
    this.connectionId = connectionId;
    this.account = account;
    this.client = client;
    this.cipher = cipher;
    this.clientGone = clientGone;
    this.disconnect = disconnect;
    this.variables = new Variables(this.cluster.globals.snapshot());
    this.idleSince = this.cluster.clock();
  }

  /** Moves the session as TiProxy does: its state stays, but the connection id changes. */
  moveTo(server: TidbServer): void {
    this.leave();
    this.server = server;
    this.connectionId = server.nextConnectionId();
    this.enter();
  }

  enter(): void {
    this.server.sessions.set(this.connectionId, this);
  }

  leave(): void {
    this.server.sessions.delete(this.connectionId);
  }

  get queue(): BrieQueue {
    return this.server.queue;
  }

  get killed(): AbortSignal {
    return this.running?.killed.signal ?? this.clientGone;
  }

  get utcOffsetMinutes(): number {
    return utcOffsetMinutes(this.variables.get('time_zone'));
  }

  /** How long the client may be idle. */
  get idleSeconds(): number {
    const inTransaction = Number(this.variables.get('tidb_idle_transaction_timeout'));
    const seconds =
      this.inTransaction && inTransaction > 0 ? inTransaction : Number(this.variables.get('wait_timeout'));
    return Math.min(seconds, LONGEST_TIMER_SECONDS);
  }

  /** Time limit of a SELECT; 0 for none. */
  get maxExecutionMillis(): number {
    return Number(this.variables.get('max_execution_time'));
  }

  /** `user@address`, as USER() returns it. */
  get userName(): string {
    return `${this.account.user}@${hostOf(this.client)}`;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  get transactionTs(): Tso {
    return this.#transaction?.startTs ?? 0n;
  }

  hasPrivilege(privilege: BriePrivilege): boolean {
    // SUPER stands in for every dynamic privilege (TiDB, RequestDynamicVerification).
    return this.account.hasGlobal(privilege) || this.account.hasGlobal('SUPER');
  }

  addWarning(code: number, message: string, level: Warning['level'] = 'Warning'): void {
    this.warnings.push({ level, code, message });
  }

  beginTransaction(): void {
    this.commit();
    this.#open();
  }

  commit(): void {
    const transaction = this.#transaction;
    this.rollback();
    if (transaction) this.cluster.storage.commit(transaction);
  }

  rollback(): void {
    this.#transaction = undefined;
    this.#releaseSnapshot?.();
    this.#releaseSnapshot = undefined;
  }

  /** The data that a query sees: the open transaction's, that of `tidb_snapshot`, or the latest. */
  reader(): Transaction {
    if (this.#transaction) return this.#transaction;
    const snapshot = this.snapshotTs();
    if (snapshot !== undefined) return this.cluster.storage.readAt(snapshot);
    return this.variables.get('autocommit') === 'ON' ? this.cluster.storage.begin() : this.#open();
  }

  /** Runs one statement's writes atomically, and commits them at once unless a transaction is open. */
  write<Result>(work: (transaction: Transaction) => Result): Result {
    if (this.snapshotTs() !== undefined) {
      throw new SqlError(1105, "can not execute write statement when 'tidb_snapshot' is set");
    }
    const open = this.variables.get('autocommit') === 'OFF' ? (this.#transaction ?? this.#open()) : this.#transaction;
    if (open) return open.statement(() => work(open));
    const transaction = this.cluster.storage.begin();
    const result = work(transaction);
    this.cluster.storage.commit(transaction);
    return result;
  }

  /** The timestamp of the schema to use. */
  schemaTs(): Tso {
    return this.snapshotTs() ?? this.cluster.storage.currentTso();
  }

  /** `tidb_snapshot` as a TSO; the variable holds a TSO or a datetime in the session's time zone. */
  snapshotTs(): Tso | undefined {
    const text = this.variables.get('tidb_snapshot');
    // A timestamp of 0 means none.
    return text === '' || /^0+$/.test(text) ? undefined : toTso(text, this.utcOffsetMinutes);
  }

  database(name: string | undefined): string {
    const database = name ?? this.currentDatabase;
    if (database === undefined) throw noDatabaseSelected();
    return database;
  }

  /** A user table, if the account has the privilege; throws 1046, 1142 or 1146. */
  table(name: TableName, privilege: Privilege, account: Account = this.account): TableInfo {
    const database = this.database(name.database);
    this.checkTablePrivilege(privilege, database, name.name, account);
    return this.findTable(name);
  }

  /** A user table, regardless of privileges; throws 1046 or 1146. */
  findTable(name: TableName): TableInfo {
    const database = this.database(name.database);
    const table = this.cluster.storage.findTable(database, name.name, this.schemaTs());
    // Also for a missing database: TiDB only looks for the table.
    if (!table) throw unknownTable(database, name.name);
    return table;
  }

  checkTablePrivilege(privilege: Privilege, database: string, table: string, account: Account = this.account): void {
    if (account.has(privilege, database, table)) return;
    throw this.commandDenied(privilege, table);
  }

  commandDenied(command: string, table: string): SqlError {
    return new SqlError(1142, `${command} command denied to user ${this.account.quoted} for table '${table}'`);
  }

  checkDatabasePrivilege(privilege: Privilege, database: string): void {
    if (!this.account.has(privilege, database)) throw this.databaseDenied(database);
  }

  databaseDenied(database: string): SqlError {
    return new SqlError(1044, `Access denied for user ${this.account.quoted} to database '${database}'`);
  }

  #open(): Transaction {
    const transaction = this.cluster.storage.begin();
    this.#transaction = transaction;
    this.#releaseSnapshot = this.cluster.storage.holdSafePoint(transaction.startTs);
    return transaction;
  }

  /** Runs in a session of its own. */
  async runInternally(database: string | undefined, sql: string): Promise<void> {
    const { server, cluster, clientGone } = this;
    const runSql = this.#runSql;
    const parts = {
      server,
      cluster,
      clientGone,
      runSql,
      client: 'internal:0',
      cipher: '',
      disconnect: () => undefined,
    };
    const session = new Session({ ...parts, account: internalAccount() }, 0n);
    session.currentDatabase = database;
    const startedAt = this.cluster.clock();
    session.running = { text: sql, info: sql, startedAt, killed: new AbortController(), interrupted: clientGone };
    await this.#runSql(sql, session);
  }

  /** Resets what COM_RESET_CONNECTION and COM_CHANGE_USER reset. */
  reset(): void {
    this.rollback();
    this.variables = new Variables(this.cluster.globals.snapshot());
    this.userVariables = new Map();
    this.warnings = [];
    this.lastInsertId = 0n;
  }
}

/** Throws 1292 if the text is neither a TSO nor a datetime. */
function toTso(text: string, offsetMinutes: number): Tso {
  // Any number is a TSO, even one that looks like a date (parseTSFromNumberOrTime in pkg/sessionctx/variable).
  if (/^\d+$/.test(text)) return BigInt(text);
  const datetime = parseDatetime(text, 6);
  if (datetime === undefined) throw new SqlError(1292, `Incorrect datetime value: '${text}'`);
  const millis = Number(microsOfDatetime(datetime) / 1000n) - offsetMinutes * 60_000;
  return tsoFromMillis(millis);
}
