import type { TidbRelease } from '../../functions/domain/backup/backup-record.ts';
import type { TableName } from '../../functions/domain/backup/backup-scope.ts';
import { foldedTable } from '../../functions/domain/backup/backup-scope.ts';
import type { RecordedTable } from '../../functions/domain/backup/table-notes.ts';
import type { Cluster } from '../../functions/domain/cluster/cluster.ts';
import type { Clock } from '../../functions/domain/shared/clock.ts';
import type { DdlJob } from '../../functions/domain/tidb/ddl-tables.ts';
import type { RestoreLeftovers } from '../../functions/domain/tidb/restore-target.ts';
import type {
  BackupOutcome,
  ClusterMeasure,
  EndpointReport,
  PrivilegeName,
  ScratchDatabase,
  ServerReport,
  SnapshotHold,
  StatementKind,
  StatementMark,
  TidbControl,
  TidbGateway,
  TidbSession,
  TimeLimit,
} from '../../functions/domain/tidb/tidb.ts';
import { StatementDropped, StatementLost } from '../../functions/domain/tidb/tidb.ts';
import { NodeFailure } from '../../functions/domain/workflow/node-failure.ts';

const OUTCOME: BackupOutcome = { backupTso: '449999999999999999', sizeBytes: '9007199254740993' };

/** For an incremental backup, which ends there. */
const SNAPSHOT = OUTCOME.backupTso;

/** How long a kill takes to be noticed, in milliseconds. */
const KILL_NOTICED_AFTER = 3_000;

/** One statement in TiDB, by the clock: it runs, shows progress, and ends by itself or by a kill. */
export class FakeTidb implements TidbGateway {
  readonly connectionId = '9007199254740995';
  /** How long a statement takes. */
  runsFor = 10_000;
  /** When a statement's connection is lost, after its start; the statement continues. */
  losesConnectionAfter: number | undefined;
  /** Set: TiDB accepts no new connection from then on. */
  isAway = false;
  /** Set: it shows no statement's progress. */
  hidesProgress = false;
  ignoresKill = false;
  /** Set: a server that does not answer the others. They neither list nor kill what it runs, while the statement runs on `tidb-0`. */
  silentServer: string | undefined;
  /** Set: the id of the session's connection before a proxy moved it. */
  locatedAs: string | undefined;
  /** How long it takes to list a cluster's or a backup's contents. */
  listsFor = 0;
  /** How long a statement waits in the queue. */
  queuesFor = 0;
  /** How often TiDB drops a statement from its queue instead of running it, each after its running time. */
  drops = 0;
  /** Set: how a statement ends by itself. */
  endsWith: NodeFailure | undefined;
  tables: TableName[] = [];
  databases: string[] = [];
  measure: ClusterMeasure = { tables: [], tikvNodes: 3, tidbMajor: 8 };
  /** `undefined`: all of them. A failure: the account cannot log in. */
  privileges: readonly PrivilegeName[] | NodeFailure | undefined;
  /** Since any base; or why it is hidden. */
  ddlHistory: DdlJob[] | NodeFailure = [];
  leftovers: RestoreLeftovers = { databases: [], registered: [] };
  /** Databases of the backup without tables. */
  emptyDatabases: string[] = [];
  /** Whether RESTORE creates them. */
  makesDatabases = true;
  /** `undefined` if it is unavailable. */
  release: TidbRelease | undefined = { tidbVersion: 'v8.5.0', newCollationEnabled: true };
  /** `undefined`: this TiDB cannot tell. */
  backupHolds: TableName[] | undefined = [{ database: 'shop', table: 'orders' }];

  /** The tables' contents, as a reader of one moment finds them. */
  fingerprints: RecordedTable[] = [];
  /** What is listed beside them. */
  views: TableName[] = [];
  /** How an unreadable table answers. */
  unreadable: ((table: TableName) => NodeFailure | undefined) | undefined;
  /** Set: garbage collection is not held back all the time. */
  losesHold = false;
  /** The assertions that do not hold. */
  wrong: string[] = [];
  answersAssertion = async (sql: string, _timeoutMs: number): Promise<{ passed: boolean; error?: string }> => ({
    passed: !this.wrong.includes(sql),
  });
  /** How long it takes to read a table. */
  readsFor = 0;

  /** What a check learns about each server. */
  server: ServerReport = {
    server: 'tidb-0:4000',
    build: 'Release Version: v8.5.0',
    isEncrypted: true,
    clockAheadMs: 0,
    roundTripMs: 2,
    gcLifeTime: '10m0s',
    privileges: { has: () => true, hasOn: () => true },
  };

  /** The databases that checks have created. */
  readonly scratch = new Set<string>();

  /** The server on which the last session should have been opened. */
  wantedServer: string | undefined;

  readonly sent: string[] = [];
  readonly killed: string[] = [];
  readonly disconnected: string[] = [];
  /** Of the statements that were looked for. */
  readonly marks: StatementMark[] = [];
  /** The moments at which tables were read. */
  readonly readAt: string[] = [];
  openConnections = 0;
  onSend: () => void = () => {};

  #startedAt: number | undefined;
  #killedAt: number | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isRunning(): boolean {
    return this.#startedAt !== undefined && this.#clock.now() < this.#endsAt();
  }

  async openSession(_cluster?: Cluster, limit?: TimeLimit, server?: string): Promise<TidbSession> {
    this.#assertReachable();
    this.wantedServer = server;
    this.openConnections += 2;
    return {
      version: '8.0.11-TiDB-v8.5.0',
      locate: async () => {
        this.#assertReachable();
        return { server: 'tidb-0:4000', connectionId: this.locatedAs ?? this.connectionId };
      },
      control: this.#control(limit),
      backup: ({ location, interval }) => this.#run('BACKUP', JSON.stringify({ ...location, ...interval })),
      restore: ({ location, scope, withSystemTables }) =>
        this.#run('RESTORE', JSON.stringify({ ...location, scope, withSystemTables })),
      close: () => {
        this.openConnections -= 2;
      },
    };
  }

  openControl(_cluster?: Cluster, limit?: TimeLimit): TidbControl {
    this.openConnections += 1;
    return {
      ...this.#control(limit),
      close: () => {
        this.openConnections -= 1;
      },
    };
  }

  async inspect({ endpoints }: Pick<Cluster, 'endpoints'>): Promise<EndpointReport[]> {
    const away = new NodeFailure('TidbUnreachable', 'no TiDB server could be reached: tidb-0:4000 (ECONNREFUSED)');
    return endpoints.map((endpoint) => (this.isAway ? { endpoint, failure: away } : { endpoint, server: this.server }));
  }

  openScratch(_: Cluster, database: string): ScratchDatabase {
    this.openConnections += 1;
    const sent = async (work: () => void) => {
      this.#assertReachable();
      work();
    };
    return {
      create: () => sent(() => this.scratch.add(database)),
      isWhole: async () => this.scratch.has(database),
      drop: () => sent(() => this.scratch.delete(database)),
      close: () => {
        this.openConnections -= 1;
      },
    };
  }

  async holdSnapshot(): Promise<SnapshotHold> {
    this.#assertReachable();
    this.openConnections += 1;
    let own = 1;
    const drop = (count: number) => {
      this.openConnections -= Math.min(own, count);
      own -= Math.min(own, count);
    };
    return {
      tso: '449999999999999990',
      openReader: async (tso) => {
        this.openConnections += 1;
        own += 1;
        this.readAt.push(tso);
        return {
          list: async () => ({
            databases: [...new Set([...this.fingerprints, ...this.views].map(({ database }) => database))],
            tables: [
              ...this.fingerprints.map(({ database, table, tableId = '0' }) => ({
                ...{ database, table, tableId, kind: 'table' as const },
              })),
              ...this.views.map((view) => ({ ...view, tableId: '0', kind: 'view' as const })),
            ],
          }),
          read: async (table, { timeoutMs }) => {
            this.#assertReachable();
            await this.#clock.sleep(Math.min(this.readsFor, timeoutMs));
            if (this.readsFor > timeoutMs) throw new NodeFailure('OutOfTime', 'there was no time left');
            if (table.kind === 'view') return { ...table, kind: 'view' as const, definition: 'SELECT 1' };
            const found = this.fingerprints.find((each) => foldedTable(each) === foldedTable(table));
            const failure = this.unreadable?.(table);
            if (found === undefined || failure) throw failure ?? new Error('no such table');
            return found;
          },
          assert: (sql, timeoutMs) => this.answersAssertion(sql, timeoutMs),
          close: async () => drop(1),
        };
      },
      proveAlive: async () => {
        if (this.losesHold)
          throw new NodeFailure('TidbUnreachable', 'the hold is lost, so the data read cannot be trusted');
      },
      close: async () => drop(own),
    };
  }

  /** A statement that an earlier, dead node has sent. */
  startLeftover(): void {
    this.#startedAt = this.#clock.now();
  }

  async #list(
    { deadline, outOfTime }: TimeLimit = { deadline: Number.POSITIVE_INFINITY, outOfTime: '' },
  ): Promise<void> {
    const left = Math.max(0, deadline - this.#clock.now());
    await this.#clock.sleep(Math.min(this.listsFor, left));
    if (this.listsFor > left) throw new NodeFailure('OutOfTime', `there was not enough time: ${outOfTime}`);
  }

  #control(limit?: TimeLimit): TidbControl {
    return {
      progress: async () => {
        this.#assertReachable();
        if (this.#startedAt === undefined || this.hidesProgress) return undefined;
        const share = (this.#clock.now() - this.#startedAt) / this.runsFor;
        return {
          percent: Math.min(100, Math.floor(share * 100)),
          finished: share >= 1 && this.#killedAt === undefined,
          waits: this.#clock.now() - this.#startedAt < this.queuesFor,
        };
      },
      running: async (...marks) => {
        this.#assertReachable();
        this.marks.push(...marks);
        if (marks.length === 0) return [];
        if (this.isRunning() && !this.#isHidden()) return [{ connectionId: this.connectionId, server: 'tidb-0:4000' }];
        if (this.silentServer === undefined) return [];
        throw new NodeFailure('TidbUnreachable', `a TiDB server does not answer: ${this.silentServer}`);
      },
      disconnect: async (connectionId) => {
        this.#assertReachable();
        this.disconnected.push(connectionId);
      },
      kill: async (connectionId) => {
        this.#assertReachable();
        this.killed.push(connectionId);
        const isHeeded = !this.ignoresKill && connectionId === this.connectionId;
        if (isHeeded && !this.#isHidden() && this.isRunning()) this.#killedAt ??= this.#clock.now();
      },
      contentsOfBackup: async () => {
        await this.#list(limit);
        return (
          this.backupHolds && {
            databases: [...new Set([...this.backupHolds.map(({ database }) => database), ...this.emptyDatabases])],
            tables: this.backupHolds,
          }
        );
      },
      privileges: async () => {
        const { privileges } = this;
        if (privileges instanceof NodeFailure) throw privileges;
        const has = (privilege: PrivilegeName) => privileges?.includes(privilege) ?? true;
        return { has, hasOn: has };
      },
      userTables: async () => {
        this.#assertReachable();
        await this.#list(limit);
        return this.tables;
      },
      ddlSince: async () => {
        this.#assertReachable();
        await this.#list(limit);
        if (this.ddlHistory instanceof NodeFailure) throw this.ddlHistory;
        return { snapshotTso: SNAPSHOT, ddl: { jobs: this.ddlHistory, formerNames: new Map() } };
      },
      restoreLeftovers: async () => {
        this.#assertReachable();
        return this.leftovers;
      },
      userDatabases: async () => {
        this.#assertReachable();
        return this.databases;
      },
      release: async () => {
        this.#assertReachable();
        if (this.release === undefined) throw new NodeFailure('TidbUnreachable', 'the connection to TiDB was lost');
        return this.release;
      },
      measure: async () => {
        this.#assertReachable();
        return this.measure;
      },
      close: () => {},
    };
  }

  async #run(kind: StatementKind, location: string): Promise<BackupOutcome> {
    this.sent.push(`${kind} ${location}`);
    this.#startedAt = this.#clock.now();
    this.#killedAt = undefined;
    this.onSend();
    const lostAt = this.#startedAt + (this.losesConnectionAfter ?? Number.POSITIVE_INFINITY);
    while (this.isRunning()) {
      await this.#clock.sleep(100);
      if (this.#clock.now() >= lostAt) throw new StatementLost('PROTOCOL_CONNECTION_LOST');
    }
    if (this.drops > 0) {
      this.drops -= 1;
      this.#startedAt = undefined;
      throw new StatementDropped('backup/restore task 2 is canceled');
    }
    if (this.#endsAt() < this.#startedAt + this.runsFor)
      throw new NodeFailure('BackupFailed', 'TiDB error 8124: context canceled');
    if (this.endsWith !== undefined) throw this.endsWith;
    if (kind === 'RESTORE' && this.makesDatabases) {
      this.databases = [...this.databases, ...this.emptyDatabases];
      this.tables = [...this.tables, ...(this.backupHolds ?? [])];
    }
    return OUTCOME;
  }

  #isHidden(): boolean {
    return this.silentServer?.startsWith('tidb-0') ?? false;
  }

  #endsAt(): number {
    const byItself = (this.#startedAt ?? 0) + this.runsFor;
    return this.#killedAt === undefined ? byItself : Math.min(byItself, this.#killedAt + KILL_NOTICED_AFTER);
  }

  #assertReachable(): void {
    if (this.isAway)
      throw new NodeFailure('TidbUnreachable', 'no TiDB server could be reached: tidb-0:4000 (ECONNREFUSED)');
  }
}
