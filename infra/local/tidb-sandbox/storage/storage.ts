import type { DdlHistory } from './ddl-history.ts';
import type { DatabaseInfo, TableDefinition, TableInfo } from './schema.ts';
import type { Tso } from './tso.ts';

/** A row in TiKV's form: an order-preserving encoding of the primary key, and the encoded row. */
export interface RowEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The new state of a key: a row, or `null` if it was deleted. */
export interface RowChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Changes with commit TSO in `(since, at]`; without `since` the whole table at `at`. */
export interface ScanRange {
  readonly at: Tso;
  readonly since?: Tso;
}

/** XOR of CRC-64/XZ over each row's key and value, as in `ADMIN CHECKSUM TABLE`; independent of row order. The keys include the table's id. */
export interface TableChecksum {
  readonly crc64Xor: bigint;
  readonly totalKvs: bigint;
  readonly totalBytes: bigint;
}

/** The schema at one moment. Lookups of databases and tables are case-insensitive, as in TiDB. */
export interface SchemaReader {
  /** User databases only, by name. */
  listDatabases(at: Tso): readonly DatabaseInfo[];
  findDatabase(name: string, at: Tso): DatabaseInfo | undefined;
  listTables(database: string, at: Tso): readonly TableInfo[];
  findTable(database: string, name: string, at: Tso): TableInfo | undefined;
}

/** Each change is committed at once at a new TSO; throws SqlError as TiDB does (1007, 1008, 1050, 1051, 1049). */
export interface SchemaWriter {
  createDatabase(name: string): DatabaseInfo;
  dropDatabase(name: string): void;
  createTable(database: string, name: string, definition: TableDefinition): TableInfo;
  dropTable(table: TableInfo): void;
  /** Replaces the definition (ALTER TABLE); the rows stay as they are. */
  alterTable(table: TableInfo, definition: TableDefinition): TableInfo;
  /** Atomic. Their rows follow. */
  renameTables(renames: readonly TableRename[]): TableInfo[];
}

export interface TableRename {
  readonly table: TableInfo;
  readonly database: string;
  readonly name: string;
}

export interface RowReader {
  rowCount(table: TableInfo, at: Tso): bigint;
  /** Bytes of rows at `at` plus those of the current unique index entries, the only ones stored. */
  bytes(table: TableInfo, at: Tso): { data: bigint; indexes: bigint };
  /**
   * Batches in key order. With `since`, each changed key once, in its state at `at`. Every batch is one short synchronous read, so the
   * caller can yield to the event loop in between; a batch bounds memory.
   */
  scan(table: TableInfo, range: ScanRange, batchSize: number): Iterable<readonly RowChange[]>;
  checksum(table: TableInfo, at: Tso): TableChecksum;
  /** The next AUTO_INCREMENT or `_tidb_rowid` value; stored in a backup so that a restored table does not collide. */
  nextRowId(table: TableInfo): bigint;
}

interface RowWriter {
  /**
   * Writes rows and deletions and updates the unique indexes; throws 1062 on a duplicate. Existing keys are replaced.
   * @param at a past time keeps what was committed later. Defaults to a new TSO
   */
  applyChanges(table: TableInfo, changes: readonly RowChange[], at?: Tso): void;
  /** Raises `nextRowId` to at least `value`. */
  raiseNextRowId(table: TableInfo, value: bigint): void;
}

/** The data of one cluster, shared by its servers. */
export interface ClusterStorage extends SchemaReader, SchemaWriter, RowReader, RowWriter {
  readonly ddlHistory: DdlHistory;
  /** A fresh TSO, greater than all before: later commits are greater, so reads at it are repeatable. */
  currentTso(): Tso;
  /** From now on, TSOs are greater than this one. */
  advanceTso(past: Tso): void;
  /** Older versions may have been removed: now − `tidb_gc_life_time`, held back by `holdSafePoint`. */
  gcSafePoint(): Tso;
  /** A service safe point: keeps GC from passing `ts` until the returned function is called. */
  holdSafePoint(ts: Tso): () => void;
  close(): void;
}
