import type { CastTarget, Expression } from './ast.ts';
import { notSupported } from './errors.ts';
import { charsetName } from './parse-charset.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** What follows the operand in `CAST(operand AS type)`. */
export function castOf(cursor: StatementCursor, operand: Expression): Expression {
  cursor.expectWords('AS');
  return { kind: 'cast', operand, target: castTarget(cursor) };
}

/** What follows the operand in `CONVERT(operand USING charset)` and `CONVERT(operand, type)`. */
export function convertOf(cursor: StatementCursor, operand: Expression): Expression {
  if (cursor.acceptWords('USING')) return { kind: 'convert', operand, charset: charsetName(cursor) };
  cursor.expectSymbol(',');
  return { kind: 'cast', operand, target: castTarget(cursor) };
}

function castTarget(cursor: StatementCursor): CastTarget {
  const word = cursor.word();
  if (cursor.atSymbol('(')) throw notSupported(`CAST AS ${word} with a length`);
  switch (word) {
    case 'CHAR':
    case 'CHARACTER':
      return 'char';
    case 'BINARY':
      return 'binary';
    case 'SIGNED':
    case 'UNSIGNED':
      cursor.acceptOneOf('INTEGER', 'INT');
      return word === 'SIGNED' ? 'signed' : 'unsigned';
    default:
      throw notSupported(`CAST AS ${word}`);
  }
}
