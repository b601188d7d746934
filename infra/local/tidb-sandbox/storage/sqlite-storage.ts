import { SqlError } from '../sql/errors.ts';
import { DatabaseFile, textOf } from './database-file.ts';
import { DdlHistory } from './ddl-history.ts';
import { decodeRow } from './row-codec.ts';
import { RowStore } from './row-store.ts';
import type { DatabaseInfo, TableDefinition, TableInfo } from './schema.ts';
import { SchemaStore } from './schema-store.ts';
import type { ClusterStorage, RowChange, ScanRange, TableChecksum, TableRename } from './storage.ts';
import { Transaction } from './transaction.ts';
import { TimestampOracle, type Tso, tsoFromMillis } from './tso.ts';

interface StorageOptions {
  /** Directory of the cluster's file; defaults to a temporary file until `close`. */
  readonly directory?: string | undefined;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

/** TiDB's default `tidb_gc_life_time`: 10 minutes. */
const DEFAULT_GC_LIFE_MILLIS = 10 * 60_000;

export class SqliteStorage implements ClusterStorage {
  readonly ddlHistory: DdlHistory;
  readonly #file: DatabaseFile;
  readonly #schema: SchemaStore;
  readonly #rows: RowStore;
  readonly #oracle: TimestampOracle;
  readonly #clock: () => number;
  readonly #held = new Set<{ readonly ts: Tso }>();
  readonly #documents;
  #lastCommit: Tso = 0n;
  #collectedUpTo: Tso = 0n;
  gcLifeMillis = DEFAULT_GC_LIFE_MILLIS;

  constructor({ directory, clock }: StorageOptions) {
    this.#clock = clock;
    this.#oracle = new TimestampOracle(clock, 0n);
    this.#file = new DatabaseFile(directory);
    this.#schema = new SchemaStore(this.#file, () => this.#commitTso());
    this.#rows = new RowStore(this.#file);
    this.ddlHistory = new DdlHistory(
      this.#file,
      () => this.currentTso(),
      () => this.#schema.nextId(),
    );
    this.#documents = {
      read: this.#file.prepare('SELECT body FROM document WHERE name = :name'),
      write: this.#file.prepare('INSERT OR REPLACE INTO document (name, body) VALUES (:name, :body)'),
    };
  }

  currentTso(): Tso {
    return this.#oracle.next();
  }

  advanceTso(past: Tso): void {
    this.#oracle.advance(past);
  }

  gcSafePoint(): Tso {
    let safePoint = tsoFromMillis(this.#clock() - this.gcLifeMillis);
    for (const { ts } of this.#held) if (ts < safePoint) safePoint = ts;
    if (safePoint < this.#collectedUpTo) safePoint = this.#collectedUpTo;
    return safePoint;
  }

  holdSafePoint(ts: Tso): () => void {
    const hold = { ts };
    this.#held.add(hold);
    return () => this.#held.delete(hold);
  }

  /** Deletes versions that ended before the safe point, as TiDB does every `tidb_gc_run_interval`. */
  collectGarbage(): void {
    this.#collectedUpTo = this.gcSafePoint();
    this.#rows.collectGarbage(this.#collectedUpTo);
  }

  /** A transaction that reads the current data. */
  begin(): Transaction {
    return new Transaction(this.#rows, this.currentTso());
  }

  /** A historical read; throws 9006 if GC may have removed the data. */
  readAt(ts: Tso): Transaction {
    const safePoint = this.gcSafePoint();
    if (ts < safePoint) {
      throw new SqlError(
        9006,
        `GC life time is shorter than transaction duration, transaction starts at ${ts}, GC safe point is ${safePoint}`,
      );
    }
    return new Transaction(this.#rows, ts);
  }

  /** Makes the transaction's writes visible atomically, at one new TSO or at `at`. */
  commit(transaction: Transaction, at?: Tso): void {
    if (transaction.tables.length === 0) return;
    const contended = this.#lastCommit > transaction.startTs;
    const commitTs = this.#commitTso();
    for (const { database, name, id, schemaTs } of transaction.tables) {
      const current = this.#schema.findTable(database, name, commitTs);
      if (current?.id !== id || current.schemaTs !== schemaTs) {
        throw new SqlError(
          8028,
          'Information schema is changed during the execution of the statement(for example, table definition may be updated by other DDL ran in parallel). If you see this error often, try increasing `tidb_max_delta_schema_count`. [try again later]',
        );
      }
    }
    this.#file.atomically(() => transaction.commit(at ?? commitTs, contended));
  }

  applyChanges(table: TableInfo, changes: readonly RowChange[], at?: Tso): void {
    const transaction = this.begin();
    for (const { key, value } of changes) {
      if (at !== undefined && this.#rows.changedSince(table, key, at)) continue;
      if (value) transaction.put(table, key, value, decodeRow(table.definition.columns, value));
      else transaction.delete(table, key);
    }
    this.commit(transaction, at);
  }

  rowCount(table: TableInfo, at: Tso): bigint {
    return this.#rows.count(table, at);
  }

  bytes(table: TableInfo, at: Tso): { data: bigint; indexes: bigint } {
    return this.#rows.bytes(table, at);
  }

  scan(table: TableInfo, { at, since }: ScanRange, batchSize: number): Iterable<readonly RowChange[]> {
    if (since === undefined) return this.#rows.entries(table, at, batchSize);
    return this.#rows.changes(table, { at, since }, batchSize);
  }

  checksum(table: TableInfo, at: Tso): TableChecksum {
    return this.#rows.checksum(table, at);
  }

  nextRowId(table: TableInfo): bigint {
    return this.#rows.nextRowId(table);
  }

  raiseNextRowId(table: TableInfo, value: bigint): void {
    this.#rows.raiseNextRowId(table, value);
  }

  listDatabases(at: Tso): readonly DatabaseInfo[] {
    return this.#schema.listDatabases(at);
  }

  findDatabase(name: string, at: Tso): DatabaseInfo | undefined {
    return this.#schema.findDatabase(name, at);
  }

  listTables(database: string, at: Tso): readonly TableInfo[] {
    return this.#schema.listTables(database, at);
  }

  findTable(database: string, name: string, at: Tso): TableInfo | undefined {
    return this.#schema.findTable(database, name, at);
  }

  createDatabase(name: string): DatabaseInfo {
    return this.#schema.createDatabase(name);
  }

  dropDatabase(name: string): void {
    this.#schema.dropDatabase(name);
  }

  createTable(database: string, name: string, definition: TableDefinition): TableInfo {
    return this.#schema.createTable(database, name, definition);
  }

  dropTable(table: TableInfo): void {
    this.#schema.dropTable(table);
  }

  alterTable(table: TableInfo, definition: TableDefinition): TableInfo {
    return this.#schema.alterTable(table, definition);
  }

  renameTables(renames: readonly TableRename[]): TableInfo[] {
    return this.#schema.renameTables(renames);
  }

  /** A small named text besides table data, such as the accounts. */
  readDocument(name: string): string | undefined {
    const row = this.#documents.read.get({ name });
    return row && textOf(row, 'body');
  }

  writeDocument(name: string, body: string): void {
    this.#documents.write.run({ name, body });
  }

  close(): void {
    this.#file.close();
  }

  #commitTso(): Tso {
    this.#lastCommit = this.#oracle.next();
    return this.#lastCommit;
  }
}
