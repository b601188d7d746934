import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** `end_ts` of a current version: the greatest signed 64-bit integer. */
export const OPEN_END = (1n << 63n) - 1n;

/**
 * Rows, tables and databases are stored in versions valid in [start_ts, end_ts), as in TiKV, so that a read at an older TSO sees the data
 * of that time. Versions that ended before the GC safe point are deleted.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS database_version (
    id INTEGER NOT NULL, name TEXT NOT NULL, folded_name TEXT NOT NULL,
    start_ts INTEGER NOT NULL, end_ts INTEGER NOT NULL, PRIMARY KEY (id, start_ts)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS table_version (
    id INTEGER NOT NULL, database_id INTEGER NOT NULL, name TEXT NOT NULL, folded_name TEXT NOT NULL,
    definition TEXT NOT NULL, start_ts INTEGER NOT NULL, end_ts INTEGER NOT NULL, PRIMARY KEY (id, start_ts)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS row_version (
    table_id INTEGER NOT NULL, key BLOB NOT NULL, start_ts INTEGER NOT NULL, end_ts INTEGER NOT NULL,
    value BLOB NOT NULL, PRIMARY KEY (table_id, key, start_ts)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ended_row_version ON row_version (end_ts) WHERE end_ts < ${OPEN_END};
  CREATE TABLE IF NOT EXISTS unique_entry (
    table_id INTEGER NOT NULL, index_id INTEGER NOT NULL, key BLOB NOT NULL, row_key BLOB NOT NULL,
    PRIMARY KEY (table_id, index_id, key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ddl_job (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, database_name TEXT NOT NULL, database_id INTEGER NOT NULL,
    table_name TEXT NOT NULL, table_id INTEGER NOT NULL, query TEXT NOT NULL,
    create_ts INTEGER NOT NULL, schema_ts INTEGER NOT NULL, finish_ts INTEGER NOT NULL, details TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS row_id (table_id INTEGER PRIMARY KEY, next INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * The sandbox need not survive a power cut; a killed process loses nothing, since the kernel has the pages. No one else opens the file, so
 * its locks are taken once. The cache (32 MiB) bounds memory.
 */
const PRAGMAS = `
  PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;
`;

/**
 * The SQLite file of a cluster: in `directory`, or an unnamed temporary file that goes away with the process, however that ends (SQLite: an
 * empty file name). A file, not memory, so that the process does not grow with the data.
 */
export class DatabaseFile {
  readonly #database: DatabaseSync;

  constructor(directory: string | undefined) {
    if (directory !== undefined) mkdirSync(directory, { recursive: true });
    this.#database = new DatabaseSync(directory === undefined ? '' : join(directory, 'cluster.sqlite'));
    this.#database.exec(PRAGMAS);
    this.#database.exec(SCHEMA);
  }

  /** Integers are returned as bigint. */
  prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  }

  /** Runs `work` in one SQLite transaction. */
  atomically<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** SQLite's results are untyped; these functions state a column's type and throw if it differs. */
export function bigintOf(row: Record<string, unknown> | undefined, column: string): bigint {
  const value = row?.[column];
  if (typeof value !== 'bigint') throw new Error(`${column} is not an integer`);
  return value;
}

export function textOf(row: Record<string, unknown> | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new Error(`${column} is not text`);
  return value;
}

export function bytesOf(row: Record<string, unknown> | undefined, column: string): Uint8Array {
  const value = row?.[column];
  if (!(value instanceof Uint8Array)) throw new Error(`${column} is not a blob`);
  return value;
}
