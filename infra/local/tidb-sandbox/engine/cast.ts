import type { CastTarget } from '../sql/ast.ts';
import { notSupported } from '../sql/errors.ts';
import { assertNever, type Cell, familyOf } from '../storage/cell.ts';
import type { Charset, ColumnType } from '../storage/schema.ts';
import { encodeText } from '../types/charset.ts';
import { impliedBytesOf, textOf } from './as-text.ts';
import { BIGINT, type Compiled, UNSIGNED_BIGINT } from './compiled.ts';
import type { Session } from './session.ts';

const LONG_TEXT = { kind: 'text', size: 'long' } as const satisfies ColumnType;
const BLOB: ColumnType = { kind: 'blob', size: 'long' };

/** CAST(… AS …). */
export function compileCast(operand: Compiled, target: CastTarget, session: Session): Compiled {
  switch (target) {
    case 'char': {
      const text = textOf(operand, session);
      // BIT and bytes keep their value under another type.
      const type = familyOf(operand.type) === 'bytes' || operand.type.kind === 'bit' ? BLOB : LONG_TEXT;
      return { type, evaluate: (row) => whereNotNull(operand.evaluate(row), text) };
    }
    case 'binary': {
      const text = textOf(operand, session);
      const isVector = familyOf(operand.type) === 'vector';
      const bytes = isVector ? (cell: Value) => Buffer.from(text(cell)) : impliedBytesOf(operand, session);
      return { type: BLOB, evaluate: (row) => whereNotNull(operand.evaluate(row), bytes) };
    }
    case 'signed':
    case 'unsigned': {
      if (familyOf(operand.type) !== 'integer') throw notSupported(`CAST of ${operand.type.kind} as an integer`);
      const fit = target === 'signed' ? BigInt.asIntN : BigInt.asUintN;
      return {
        type: target === 'signed' ? BIGINT : UNSIGNED_BIGINT,
        evaluate: (row) => whereNotNull(operand.evaluate(row), (cell) => fit(64, BigInt(String(cell)))),
      };
    }
    default:
      return assertNever(target);
  }
}

/** CONVERT(… USING …): characters that the target lacks become question marks. */
export function compileConvert(operand: Compiled, charset: Charset | 'binary', session: Session): Compiled {
  if (charset === 'binary') return compileCast(operand, 'binary', session);
  if (familyOf(operand.type) === 'bytes' || operand.type.kind === 'bit') throw notSupported('CONVERT of bytes');
  const text = textOf(operand, session);
  const convert = (cell: Value) =>
    [...String(text(cell))].map((each) => (encodeText(each, charset) === undefined ? '?' : each)).join('');
  const type: ColumnType = charset === 'utf8mb4' ? LONG_TEXT : { ...LONG_TEXT, charset };
  return { type, evaluate: (row) => whereNotNull(operand.evaluate(row), convert) };
}

type Value = Exclude<Cell, null>;

function whereNotNull(cell: Cell, compute: (cell: Value) => Cell): Cell {
  return cell === null ? null : compute(cell);
}
