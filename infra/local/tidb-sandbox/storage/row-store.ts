import { crc64 } from './crc64.ts';
import { bigintOf, bytesOf, type DatabaseFile, OPEN_END } from './database-file.ts';
import { rowKeyPrefix } from './key-codec.ts';
import type { TableInfo } from './schema.ts';
import type { RowChange, RowEntry, ScanRange, TableChecksum } from './storage.ts';
import type { Tso } from './tso.ts';

/** Less than every key: keys are never empty. */
const BEFORE_ALL = new Uint8Array();
const CHECKSUM_BATCH = 1000;

const CHANGED_KEYS = `
  SELECT DISTINCT key FROM row_version
  WHERE table_id = :table AND key > :after
    AND ((start_ts > :since AND start_ts <= :at) OR (end_ts > :since AND end_ts <= :at))
  ORDER BY key LIMIT :size`;

/** A change to write; `replaces` is false if the key has no current version to end. */
export interface RowWrite extends RowChange {
  readonly replaces: boolean;
}

/** A current entry of a unique index: which row holds the value. */
export interface UniqueEntry {
  readonly indexId: number;
  readonly key: Uint8Array;
  /** `undefined` if the entry is removed. */
  readonly rowKey: Uint8Array | undefined;
}

/** All versions of all tables' rows, and the current unique indexes. */
export class RowStore {
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(file: DatabaseFile) {
    this.#sql = prepareStatements(file);
  }

  count(table: TableInfo, at: Tso): bigint {
    return bigintOf(this.#sql.count.get({ table: table.id, at }), 'total');
  }

  bytes(table: TableInfo, at: Tso): { data: bigint; indexes: bigint } {
    return {
      data: bigintOf(this.#sql.bytes.get({ table: table.id, at }), 'total'),
      indexes: bigintOf(this.#sql.entryBytes.get({ table: table.id }), 'total'),
    };
  }

  get(table: TableInfo, key: Uint8Array, at: Tso): Uint8Array | undefined {
    const row = this.#sql.get.get({ table: table.id, key, at });
    return row && bytesOf(row, 'value');
  }

  /** The greatest key of the table in any version; `undefined` if it has none. */
  highestKey(table: TableInfo): Uint8Array | undefined {
    const row = this.#sql.highest.get({ table: table.id });
    return row && bytesOf(row, 'key');
  }

  *entries(table: TableInfo, at: Tso, batchSize: number): Generator<readonly RowEntry[]> {
    let after: Uint8Array = BEFORE_ALL;
    for (;;) {
      const rows = this.#sql.scan.all({ table: table.id, after, at, size: batchSize });
      const batch = rows.map((row) => ({ key: bytesOf(row, 'key'), value: bytesOf(row, 'value') }));
      if (batch.length > 0) yield batch;
      if (batch.length < batchSize) return;
      after = batch.at(-1)?.key ?? after;
    }
  }

  *changes(table: TableInfo, { at, since }: Required<ScanRange>, batchSize: number): Generator<readonly RowChange[]> {
    let after: Uint8Array = BEFORE_ALL;
    for (;;) {
      const rows = this.#sql.changes.all({ table: table.id, after, at, since, size: batchSize });
      const batch = rows.map((row) => ({
        key: bytesOf(row, 'key'),
        value: row.value === null ? null : bytesOf(row, 'value'),
      }));
      if (batch.length > 0) yield batch;
      if (batch.length < batchSize) return;
      after = batch.at(-1)?.key ?? after;
    }
  }

  checksum(table: TableInfo, at: Tso): TableChecksum {
    const prefix = rowKeyPrefix(table);
    let [crc64Xor, totalKvs, totalBytes] = [0n, 0n, 0n];
    for (const batch of this.entries(table, at, CHECKSUM_BATCH)) {
      for (const { key, value } of batch) {
        crc64Xor ^= crc64(prefix, key, value);
        totalBytes += BigInt(prefix.length + key.length + value.length);
      }
      totalKvs += BigInt(batch.length);
    }
    return { crc64Xor, totalKvs, totalBytes };
  }

  /** Whether anyone has committed a change of the key after `since`. */
  changedSince(table: TableInfo, key: Uint8Array, since: Tso): boolean {
    return this.#sql.changedSince.get({ table: table.id, key, since, open: OPEN_END }) !== undefined;
  }

  /** Ends the current version of each key at `at` and starts the new one. */
  write(table: TableInfo, writes: Iterable<RowWrite>, at: Tso): void {
    for (const { key, value, replaces } of writes) {
      if (replaces) this.#sql.end.run({ table: table.id, key, at, open: OPEN_END });
      if (value) this.#sql.insert.run({ table: table.id, key, at, open: OPEN_END, value });
    }
  }

  uniqueEntry(table: TableInfo, indexId: number, key: Uint8Array): Uint8Array | undefined {
    const row = this.#sql.entry.get({ table: table.id, index: indexId, key });
    return row && bytesOf(row, 'row_key');
  }

  writeUniqueEntries(table: TableInfo, entries: Iterable<UniqueEntry>): void {
    for (const { indexId, key, rowKey } of entries) {
      if (rowKey) this.#sql.putEntry.run({ table: table.id, index: indexId, key, row: rowKey });
      else this.#sql.dropEntry.run({ table: table.id, index: indexId, key });
    }
  }

  nextRowId(table: TableInfo): bigint {
    const row = this.#sql.rowId.get({ table: table.id });
    return row ? bigintOf(row, 'next') : 1n;
  }

  raiseNextRowId(table: TableInfo, value: bigint): void {
    this.#sql.raiseRowId.run({ table: table.id, next: value });
  }

  collectGarbage(safePoint: Tso): void {
    this.#sql.collect.run({ before: safePoint });
  }
}

function prepareStatements(file: DatabaseFile) {
  return {
    count: file.prepare(
      'SELECT COUNT(*) AS total FROM row_version WHERE table_id = :table AND start_ts <= :at AND end_ts > :at',
    ),
    bytes: file.prepare(
      `SELECT COALESCE(SUM(LENGTH(key) + LENGTH(value)), 0) AS total FROM row_version
       WHERE table_id = :table AND start_ts <= :at AND end_ts > :at`,
    ),
    entryBytes: file.prepare(
      'SELECT COALESCE(SUM(LENGTH(key) + LENGTH(row_key)), 0) AS total FROM unique_entry WHERE table_id = :table',
    ),
    get: file.prepare(
      'SELECT value FROM row_version WHERE table_id = :table AND key = :key AND start_ts <= :at AND end_ts > :at',
    ),
    highest: file.prepare('SELECT key FROM row_version WHERE table_id = :table ORDER BY key DESC LIMIT 1'),
    scan: file.prepare(
      `SELECT key, value FROM row_version
       WHERE table_id = :table AND key > :after AND start_ts <= :at AND end_ts > :at ORDER BY key LIMIT :size`,
    ),
    // A changed key without a live version at :at was deleted.
    changes: file.prepare(
      `SELECT changed.key, live.value FROM (${CHANGED_KEYS}) AS changed
       LEFT JOIN row_version AS live
         ON live.table_id = :table AND live.key = changed.key AND live.start_ts <= :at AND live.end_ts > :at
       ORDER BY changed.key`,
    ),
    changedSince: file.prepare(
      `SELECT 1 FROM row_version
       WHERE table_id = :table AND key = :key AND (start_ts > :since OR (end_ts > :since AND end_ts < :open)) LIMIT 1`,
    ),
    end: file.prepare('UPDATE row_version SET end_ts = :at WHERE table_id = :table AND key = :key AND end_ts = :open'),
    // A resumed RESTORE writes the same row at the same timestamp again.
    insert: file.prepare(
      'INSERT OR REPLACE INTO row_version (table_id, key, start_ts, end_ts, value) VALUES (:table, :key, :at, :open, :value)',
    ),
    entry: file.prepare(
      'SELECT row_key FROM unique_entry WHERE table_id = :table AND index_id = :index AND key = :key',
    ),
    putEntry: file.prepare(
      'INSERT OR REPLACE INTO unique_entry (table_id, index_id, key, row_key) VALUES (:table, :index, :key, :row)',
    ),
    dropEntry: file.prepare('DELETE FROM unique_entry WHERE table_id = :table AND index_id = :index AND key = :key'),
    rowId: file.prepare('SELECT next FROM row_id WHERE table_id = :table'),
    raiseRowId: file.prepare(
      `INSERT INTO row_id (table_id, next) VALUES (:table, :next)
       ON CONFLICT (table_id) DO UPDATE SET next = MAX(next, excluded.next)`,
    ),
    collect: file.prepare(`DELETE FROM row_version WHERE end_ts <= :before AND end_ts < ${OPEN_END}`),
  };
}
