/** A table's schema, as plain JSON: it is stored with the table and in backups. */

export type IntegerWidth = 'tinyint' | 'smallint' | 'mediumint' | 'int' | 'bigint';
export type LobSize = 'tiny' | 'normal' | 'medium' | 'long';

/** Of a text. Defaults to utf8mb4. */
export type Charset = 'utf8mb4' | 'utf8' | 'latin1' | 'ascii' | 'gbk';

/** `fsp` is the number of fractional second digits, 0 to 6. */
export type ColumnType =
  | { readonly kind: 'integer'; readonly width: IntegerWidth; readonly unsigned: boolean; readonly boolean: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly unsigned: boolean }
  | { readonly kind: 'float' }
  | { readonly kind: 'double' }
  | { readonly kind: 'bit'; readonly length: number }
  | { readonly kind: 'char'; readonly length: number; readonly charset?: Charset }
  | { readonly kind: 'varchar'; readonly length: number; readonly charset?: Charset }
  | { readonly kind: 'text'; readonly size: LobSize; readonly charset?: Charset }
  | { readonly kind: 'binary'; readonly length: number }
  | { readonly kind: 'varbinary'; readonly length: number }
  | { readonly kind: 'blob'; readonly size: LobSize }
  | { readonly kind: 'date' }
  | { readonly kind: 'datetime'; readonly fsp: number }
  | { readonly kind: 'timestamp'; readonly fsp: number }
  | { readonly kind: 'time'; readonly fsp: number }
  | { readonly kind: 'year' }
  | { readonly kind: 'json' }
  | { readonly kind: 'enum' | 'set'; readonly values: readonly string[]; readonly charset?: Charset }
  /** Without `dimensions`, rows may differ in their number. */
  | { readonly kind: 'vector'; readonly dimensions?: number };

/** `value` is the stored form of a cell (see `row-codec.ts`); `now` is CURRENT_TIMESTAMP. */
export type ColumnDefault =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: StoredCell }
  | { readonly kind: 'now' };

/** A cell as stored: integers, decimals, times and JSON as text, doubles as numbers, bytes as base64. */
export type StoredCell = string | number | null;

export interface ColumnDefinition {
  /** From 1; never reused in a table, so that rows written before an ALTER stay readable. */
  readonly id: number;
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly default: ColumnDefault;
  /** The value in rows older than the column; unset for a column of the CREATE TABLE. */
  readonly originDefault?: StoredCell;
  readonly onUpdateNow: boolean;
  readonly autoIncrement: boolean;
  readonly comment: string;
}

export interface IndexDefinition {
  readonly id: number;
  /** `PRIMARY` for the primary key. */
  readonly name: string;
  readonly unique: boolean;
  readonly columnIds: readonly number[];
  readonly comment: string;
}

/** Names of columns and tables as written. */
export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** Defaults to the table's own. */
  readonly database?: string;
  readonly table: string;
  readonly references: readonly string[];
  /** `ON DELETE CASCADE ON UPDATE SET NULL`, empty or from its first word on. */
  readonly actions: string;
}

/** Partitions are shown but not used: all rows are stored together. */
export interface Partitioning {
  /** ``RANGE (`id`)``, as SHOW CREATE TABLE prints it. */
  readonly by: string;
  /** For HASH and KEY. */
  readonly count?: number;
  /** For RANGE and LIST: each with `LESS THAN (10)` or `IN (1,2)`. */
  readonly partitions: readonly { readonly name: string; readonly values: string }[];
}

/** TTL removes rows older than `column` plus `interval`; the sandbox does not run its jobs. */
export interface TimeToLive {
  readonly column: string;
  /** `1 DAY` */
  readonly interval: string;
  readonly enabled: boolean;
  readonly jobInterval: string;
}

export interface ViewDefinition {
  /** As written; names without a database belong to `database`. */
  readonly select: string;
  readonly database: string;
  /** Account whose privileges the query uses: `user@host`. */
  readonly definer: { readonly user: string; readonly host: string };
}

export interface SequenceDefinition {
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  /** How many values a server reserves at once; 0 for none. */
  readonly cache: number;
  readonly cycle: boolean;
}

/** For tables, views and sequences, which share one namespace. */
export interface TableDefinition {
  readonly columns: readonly ColumnDefinition[];
  readonly indexes: readonly IndexDefinition[];
  /** Rows are keyed by the primary key; otherwise by a hidden `_tidb_rowid`. */
  readonly clustered: boolean;
  readonly comment: string;
  /** Defaults to utf8mb4. */
  readonly charset?: Charset;
  /** TiFlash replicas, from which a query may read. Defaults to none. */
  readonly tiflashReplicas?: number;
  readonly view?: ViewDefinition;
  readonly sequence?: SequenceDefinition;
  /** A global temporary table: each transaction has its own rows, which end with it. */
  readonly temporary?: true;
  /** Cached in each server's memory, which has no effect here. */
  readonly cached?: true;
  readonly partitioning?: Partitioning;
  /** Shown, not enforced. */
  readonly foreignKeys?: readonly ForeignKey[];
  readonly ttl?: TimeToLive;
  readonly nextColumnId: number;
  readonly nextIndexId: number;
}

export interface DatabaseInfo {
  readonly id: bigint;
  readonly name: string;
}

/** One version of a table's schema. A table keeps its `id` through ALTER; DROP and TRUNCATE end it. */
export interface TableInfo {
  readonly id: bigint;
  readonly database: string;
  readonly name: string;
  readonly definition: TableDefinition;
  /** TSO of this schema version. */
  readonly schemaTs: bigint;
}
