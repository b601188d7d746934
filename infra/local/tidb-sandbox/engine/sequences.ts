import type { CreateSequence, Expression } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import type { TableDefinition } from '../storage/schema.ts';
import { BIGINT, type Compiled } from './compiled.ts';
import type { Session } from './session.ts';

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

/** NEXTVAL writes despite `tidb_snapshot`, and even in a transaction that is rolled back. */
export function compileSequence(
  { name, sequence }: Extract<Expression, { kind: 'sequence' }>,
  argument: Compiled | undefined,
  session: Session,
): Compiled {
  const table = session.table(sequence, name === 'LASTVAL' ? 'SELECT' : 'INSERT');
  const definition = table.definition.sequence;
  if (!definition) throw new SqlError(1347, `'${table.database}.${table.name}' is not SEQUENCE`);
  const { sequences, storage } = session.cluster;
  if (name === 'LASTVAL') return { type: BIGINT, evaluate: () => session.lastSequenceValues.get(table.id) ?? null };
  if (argument) {
    return {
      type: BIGINT,
      evaluate: (row) => sequences.set(table, definition, BigInt(String(argument.evaluate(row))), storage) ?? null,
    };
  }
  return {
    type: BIGINT,
    evaluate: () => {
      const value = sequences.next(table, definition, storage);
      session.lastSequenceValues.set(table.id, value);
      return value;
    },
  };
}
