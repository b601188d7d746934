import type { CreateSequence, Expression } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import type { SequenceDefinition, TableDefinition, TableInfo } from '../storage/schema.ts';
import { compile, type Scope } from './compile.ts';
import { BIGINT, type Compiled } from './compiled.ts';
import type { Session } from './session.ts';

/** The values that the cluster's servers have taken and not given out yet: a backup and a restore lose them. */
export class SequenceCache {
  readonly #taken = new Map<bigint, { next: bigint; readonly last: bigint }>();

  next(table: TableInfo, definition: SequenceDefinition, session: Session): bigint {
    const { storage } = session.cluster;
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

  /** Undefined where the sequence is beyond the value already. */
  set(table: TableInfo, { start, increment }: SequenceDefinition, value: bigint, session: Session): bigint | undefined {
    const { storage } = session.cluster;
    const step = BigInt(increment);
    const current = this.#taken.get(table.id)?.next ?? storage.nextRowId(table);
    if (value < current) return undefined;
    const past = value + 1n - BigInt(start);
    storage.raiseNextRowId(table, BigInt(start) + ((past + step - 1n) / step) * step);
    this.#taken.delete(table.id);
    return value;
  }
}

export function defineSequence({ definition, comment }: CreateSequence): TableDefinition {
  const { start, min, max } = definition;
  if (BigInt(min) >= BigInt(max) || BigInt(start) < BigInt(min) || BigInt(start) > BigInt(max)) {
    throw new SqlError(4136, 'Sequence values are conflicting');
  }
  return {
    ...{ columns: [], indexes: [], clustered: false, comment, nextColumnId: 1, nextIndexId: 1 },
    sequence: definition,
  };
}

/** NEXTVAL writes in spite of `tidb_snapshot`, and within a transaction that is rolled back. */
export function compileSequence(
  { name, sequence, argument }: Extract<Expression, { kind: 'sequence' }>,
  scope: Scope,
): Compiled {
  const { session } = scope;
  const table = session.table(sequence, name === 'LASTVAL' ? 'SELECT' : 'INSERT');
  const definition = table.definition.sequence;
  if (!definition) throw new SqlError(1347, `'${table.database}.${table.name}' is not SEQUENCE`);
  const { sequences } = session.cluster;
  if (name === 'LASTVAL') return { type: BIGINT, evaluate: () => session.lastSequenceValues.get(table.id) ?? null };
  if (argument) {
    const value = compile(argument, scope);
    return {
      type: BIGINT,
      evaluate: (row) => sequences.set(table, definition, BigInt(String(value.evaluate(row))), session) ?? null,
    };
  }
  return {
    type: BIGINT,
    evaluate: () => {
      const value = sequences.next(table, definition, session);
      session.lastSequenceValues.set(table.id, value);
      return value;
    },
  };
}
