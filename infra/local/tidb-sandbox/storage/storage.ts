import type { DdlHistory } from './ddl-history.ts';
import type { DatabaseInfo, TableDefinition, TableInfo } from './schema.ts';
import type { Tso } from './tso.ts';

/** A row as TiKV would keep it: an order-preserving encoding of the primary key, and the encoded row. */
export interface RowEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What became of a key: a row, or `null` where it was deleted. */
export interface RowChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Changes with commit TSO in `(since, at]`; without `since` the whole table as of `at`. */
export interface ScanRange {
  readonly at: Tso;
  readonly since?: Tso;
}

/** XOR of CRC-64/XZ over each row's key and value, as `ADMIN CHECKSUM TABLE` adds it up; independent of row order. Its keys hold the table's id. */
export interface TableChecksum {
  readonly crc64Xor: bigint;
  readonly totalKvs: bigint;
  readonly totalBytes: bigint;
}

/** The schema at one moment. Database and table names are looked up without regard to case, as TiDB does. */
export interface SchemaReader {
  /** User databases only, by name. */
  listDatabases(at: Tso): readonly DatabaseInfo[];
  findDatabase(name: string, at: Tso): DatabaseInfo | undefined;
  listTables(database: string, at: Tso): readonly TableInfo[];
  findTable(database: string, name: string, at: Tso): TableInfo | undefined;
}

/** Each change is committed at once at a new TSO; they throw SqlError as TiDB does (1007, 1008, 1050, 1051, 1049). */
export interface SchemaWriter {
  createDatabase(name: string): DatabaseInfo;
  dropDatabase(name: string): void;
  createTable(database: string, name: string, definition: TableDefinition): TableInfo;
  dropTable(table: TableInfo): void;
  /** Replaces the definition (ALTER TABLE); the rows stay as they are. */
  alterTable(table: TableInfo, definition: TableDefinition): TableInfo;
  /** All of them or none. Their rows follow. */
  renameTables(renames: readonly TableRename[]): TableInfo[];
}

export interface TableRename {
  readonly table: TableInfo;
  readonly database: string;
  readonly name: string;
}

export interface RowReader {
  rowCount(table: TableInfo, at: Tso): bigint;
  /** Bytes of rows as of `at` and of the index entries that are kept, which are those of unique indexes, as of now. */
  bytes(table: TableInfo, at: Tso): { data: bigint; indexes: bigint };
  /**
   * Batches in key order. With `since`, each changed key once, in its state as of `at`. Every batch is one short
   * synchronous read, so the caller can yield to the event loop between two of them; memory is bounded by a batch.
   */
  scan(table: TableInfo, range: ScanRange, batchSize: number): Iterable<readonly RowChange[]>;
  checksum(table: TableInfo, at: Tso): TableChecksum;
  /** The next AUTO_INCREMENT or `_tidb_rowid` value; kept in a backup so that a restored table does not collide. */
  nextRowId(table: TableInfo): bigint;
}

interface RowWriter {
  /**
   * Writes rows and deletions, keeping the table's unique indexes; throws 1062 on a duplicate in one of them. Existing keys are replaced.
   * @param at in the past: then what was committed later is not replaced. Default: a new TSO
   */
  applyChanges(table: TableInfo, changes: readonly RowChange[], at?: Tso): void;
  /** Makes `nextRowId` at least `value`. */
  raiseNextRowId(table: TableInfo, value: bigint): void;
}

/** The data of one cluster, whichever of its servers is asked. */
export interface ClusterStorage extends SchemaReader, SchemaWriter, RowReader, RowWriter {
  readonly ddlHistory: DdlHistory;
  /** A fresh TSO, greater than all before: later commits are greater, so reads at it are repeatable. */
  currentTso(): Tso;
  /** From here on, TSOs are greater than this one. */
  advanceTso(past: Tso): void;
  /** Versions older than this may be gone: now − `tidb_gc_life_time`, held back by `holdSafePoint`. */
  gcSafePoint(): Tso;
  /** A service safe point: keeps GC from passing `ts` until the returned function is called. */
  holdSafePoint(ts: Tso): () => void;
  close(): void;
}
