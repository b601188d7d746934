import { SqlError } from '../sql/errors.ts';
import type { Cell } from './cell.ts';
import { columnPositions, indexKey } from './key-codec.ts';
import { decodeRow } from './row-codec.ts';
import type { RowStore, RowWrite, UniqueEntry } from './row-store.ts';
import type { IndexDefinition, TableInfo } from './schema.ts';
import type { RowChange, RowEntry } from './storage.ts';
import type { Tso } from './tso.ts';

const SCAN_BATCH = 500;

/** Keys are compared as bytes; latin1 keeps their order in a string, which can be a key of a Map. */
const mapKey = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');

/** A row that conflicts with another, and the index in which they meet. */
export interface Conflict {
  readonly index: IndexDefinition;
  readonly key: Uint8Array;
}

interface UniqueKey {
  readonly index: IndexDefinition;
  readonly key: Uint8Array;
}

/** What a transaction has changed in one table. */
class TableBuffer {
  readonly table: TableInfo;
  /** The greatest stored key at the time of the first write. */
  readonly highestKey: Uint8Array | undefined;
  readonly rows = new Map<string, RowWrite>();
  /** By index id and key. */
  readonly entries = new Map<string, UniqueEntry>();

  constructor(table: TableInfo, highestKey: Uint8Array | undefined) {
    this.table = table;
    this.highestKey = highestKey;
  }
}

/**
 * Snapshot isolation with optimistic locking, as in TiDB's optimistic transactions: reads see the snapshot at `startTs` and this
 * transaction's writes; the commit fails with 9007 if someone else has changed one of its keys.
 */
export class Transaction {
  readonly startTs: Tso;
  readonly #store: RowStore;
  readonly #buffers = new Map<bigint, TableBuffer>();
  /** Undo steps for the running statement's writes. */
  #undo: (() => void)[] = [];

  constructor(store: RowStore, startTs: Tso) {
    this.#store = store;
    this.startTs = startTs;
  }

  /** The tables with writes. */
  get tables(): TableInfo[] {
    return [...this.#buffers.values()]
      .filter(({ table, rows }) => rows.size > 0 && !table.definition.temporary)
      .map(({ table }) => table);
  }

  get(table: TableInfo, key: Uint8Array): Uint8Array | undefined {
    const buffer = this.#buffers.get(table.id);
    const changed = buffer?.rows.get(mapKey(key));
    if (changed) return changed.value ?? undefined;
    // Most inserts come in key order: no lookup is needed beyond the last key.
    if (buffer && (!buffer.highestKey || Buffer.compare(key, buffer.highestKey) > 0)) return undefined;
    return this.#store.get(table, key, this.startTs);
  }

  count(table: TableInfo): bigint {
    let total = this.#store.count(table, this.startTs);
    for (const { key, value } of this.#buffers.get(table.id)?.rows.values() ?? []) {
      const existed = this.#store.get(table, key, this.startTs) !== undefined;
      total += (value ? 1n : 0n) - (existed ? 1n : 0n);
    }
    return total;
  }

  /** The rows in key order, in batches, with this transaction's changes. */
  *scan(table: TableInfo): Generator<readonly RowEntry[]> {
    const changed = this.#buffers.get(table.id)?.rows;
    if (!changed || changed.size === 0) {
      yield* this.#store.entries(table, this.startTs, SCAN_BATCH);
      return;
    }
    const pending = [...changed.values()].sort((a, b) => Buffer.compare(a.key, b.key));
    for (const batch of this.#store.entries(table, this.startTs, SCAN_BATCH)) {
      const merged: RowEntry[] = [];
      for (const entry of batch) {
        while (pending[0] && Buffer.compare(pending[0].key, entry.key) < 0) merged.push(...live(pending.shift()));
        if (!changed.has(mapKey(entry.key))) merged.push(entry);
      }
      yield merged;
    }
    yield pending.flatMap(live);
  }

  /** The row that conflicts with a new one, by key or by a unique index. */
  conflict(table: TableInfo, key: Uint8Array, row: readonly Cell[]): Conflict | undefined {
    // The buffer knows which keys cannot exist.
    this.#buffer(table);
    const primary = table.definition.clustered && table.definition.indexes.find((index) => index.name === 'PRIMARY');
    if (primary && this.get(table, key)) return { index: primary, key };
    for (const { index, key: entryKey } of uniqueKeys(table, row)) {
      const holder = this.#uniqueHolder(table, index, entryKey);
      if (holder && Buffer.compare(holder, key) !== 0) return { index, key: holder };
    }
    return undefined;
  }

  /** Writes a new row; the caller has checked for a `conflict`. */
  insert(table: TableInfo, key: Uint8Array, value: Uint8Array, row: readonly Cell[]): void {
    const buffer = this.#buffer(table);
    this.#addEntries(buffer, key, uniqueKeys(table, row));
    const replaces = buffer.rows.get(mapKey(key))?.replaces ?? false;
    this.#set(buffer.rows, mapKey(key), { key, value, replaces });
  }

  /** Writes a new or changed row; throws 1062 if a unique index holds its values for another row. */
  put(table: TableInfo, key: Uint8Array, value: Uint8Array, row: readonly Cell[]): void {
    const buffer = this.#buffer(table);
    const entries = uniqueKeys(table, row);
    for (const { index, key: entryKey } of entries) {
      const holder = this.#uniqueHolder(table, index, entryKey);
      if (holder && Buffer.compare(holder, key) !== 0) throw duplicateEntry(table, index, row);
    }
    this.#dropEntries(buffer, key);
    this.#addEntries(buffer, key, entries);
    this.#set(buffer.rows, mapKey(key), { key, value, replaces: true });
  }

  delete(table: TableInfo, key: Uint8Array): void {
    const buffer = this.#buffer(table);
    this.#dropEntries(buffer, key);
    this.#set(buffer.rows, mapKey(key), { key, value: null, replaces: true });
  }

  /** Runs a statement and undoes all its writes if it fails. */
  statement<T>(work: () => T): T {
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      for (const restore of this.#undo.reverse()) restore();
      throw error;
    }
  }

  /** Writes everything at `commitTs`; `contended` tells whether anyone has committed since `startTs`. */
  commit(commitTs: Tso, contended: boolean): void {
    for (const { table, rows, entries } of this.#buffers.values()) {
      // Only this transaction could see its rows.
      if (table.definition.temporary) continue;
      if (contended) {
        for (const { key } of rows.values()) {
          if (this.#store.changedSince(table, key, this.startTs)) throw this.#writeConflict(table, commitTs);
        }
        for (const { indexId, key, rowKey } of entries.values()) {
          const holder = this.#store.uniqueEntry(table, indexId, key);
          const isOurs = holder && rows.has(mapKey(holder));
          if (rowKey && holder && !isOurs) throw this.#writeConflict(table, commitTs);
        }
      }
      this.#store.write(table, rows.values(), commitTs);
      this.#store.writeUniqueEntries(table, entries.values());
    }
  }

  /** The key of the row that holds these values in a unique index. */
  #uniqueHolder(table: TableInfo, index: IndexDefinition, entryKey: Uint8Array): Uint8Array | undefined {
    const changed = this.#buffers.get(table.id)?.entries.get(entryId(index.id, entryKey));
    return changed ? changed.rowKey : this.#store.uniqueEntry(table, index.id, entryKey);
  }

  #addEntries(buffer: TableBuffer, rowKey: Uint8Array, entries: readonly UniqueKey[]): void {
    for (const { index, key } of entries) {
      this.#set(buffer.entries, entryId(index.id, key), { indexId: index.id, key, rowKey });
    }
  }

  #dropEntries(buffer: TableBuffer, key: Uint8Array): void {
    const { table } = buffer;
    if (!table.definition.indexes.some((index) => isSecondaryUnique(table, index))) return;
    const old = this.get(table, key);
    if (!old) return;
    for (const { index, key: entryKey } of uniqueKeys(table, decodeRow(table.definition.columns, old))) {
      this.#set(buffer.entries, entryId(index.id, entryKey), { indexId: index.id, key: entryKey, rowKey: undefined });
    }
  }

  #set<Value>(map: Map<string, Value>, key: string, value: Value): void {
    const before = map.get(key);
    this.#undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
    map.set(key, value);
  }

  #buffer(table: TableInfo): TableBuffer {
    const known = this.#buffers.get(table.id);
    if (known) return known;
    const buffer = new TableBuffer(table, this.#store.highestKey(table));
    this.#buffers.set(table.id, buffer);
    return buffer;
  }

  #writeConflict(table: TableInfo, commitTs: Tso): SqlError {
    return new SqlError(
      9007,
      `Write conflict, txnStartTS=${this.startTs}, conflictCommitTS=${commitTs}, key={tableID=${table.id}, ` +
        `tableName=${table.database}.${table.name}}, reason=Optimistic [try again later]`,
    );
  }
}

/** 1062 with the index's values in MySQL's format. */
export function duplicateEntry(table: TableInfo, index: IndexDefinition, row: readonly Cell[]): SqlError {
  const values = columnPositions(table.definition, index).map((at) => {
    const cell = row[at] ?? null;
    return cell instanceof Uint8Array ? Buffer.from(cell).toString() : String(cell);
  });
  return new SqlError(1062, `Duplicate entry '${values.join('-')}' for key '${table.name}.${index.name}'`);
}

/** A unique index other than the row's own key. */
function isSecondaryUnique(table: TableInfo, index: IndexDefinition): boolean {
  return index.unique && !(index.name === 'PRIMARY' && table.definition.clustered);
}

function uniqueKeys(table: TableInfo, row: readonly Cell[]): UniqueKey[] {
  return table.definition.indexes
    .filter((index) => isSecondaryUnique(table, index))
    .flatMap((index) => {
      const key = indexKey(table.definition, index, row);
      return key ? [{ index, key }] : [];
    });
}

function entryId(indexId: number, key: Uint8Array): string {
  return `${indexId}:${mapKey(key)}`;
}

function live(change: RowChange | undefined): RowEntry[] {
  return change?.value ? [{ key: change.key, value: change.value }] : [];
}
