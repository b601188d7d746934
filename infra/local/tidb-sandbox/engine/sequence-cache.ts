import { notSupported, SqlError } from '../sql/errors.ts';
import type { SequenceDefinition, TableInfo } from '../storage/schema.ts';
import type { SqliteStorage } from '../storage/sqlite-storage.ts';

type Storage = Pick<SqliteStorage, 'nextRowId' | 'raiseNextRowId'>;

/** Values that the cluster's servers have reserved but not used: a backup and a restore lose them. */
export class SequenceCache {
  readonly #taken = new Map<bigint, { next: bigint; readonly last: bigint }>();

  next(table: TableInfo, definition: SequenceDefinition, storage: Storage): bigint {
    const [increment, max] = [BigInt(definition.increment), BigInt(definition.max)];
    let taken = this.#taken.get(table.id);
    if (!taken || taken.next > taken.last) {
      const first = storage.nextRowId(table);
      if (first > max) {
        if (definition.cycle) throw notSupported('a sequence that begins again');
        throw new SqlError(4135, `Sequence '${table.database}.${table.name}' has run out`);
      }
      const wanted = first + increment * BigInt(Math.max(definition.cache, 1) - 1);
      const last = wanted > max ? first + ((max - first) / increment) * increment : wanted;
      storage.raiseNextRowId(table, last + increment);
      taken = { next: first, last };
      this.#taken.set(table.id, taken);
    }
    const value = taken.next;
    taken.next += increment;
    return value;
  }

  /** `undefined` if the sequence is already beyond the value. */
  set(table: TableInfo, { start, increment }: SequenceDefinition, value: bigint, storage: Storage): bigint | undefined {
    const step = BigInt(increment);
    const current = this.#taken.get(table.id)?.next ?? storage.nextRowId(table);
    if (value < current) return undefined;
    const past = value + 1n - BigInt(start);
    storage.raiseNextRowId(table, BigInt(start) + ((past + step - 1n) / step) * step);
    this.#taken.delete(table.id);
    return value;
  }
}
