import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { notSupported, SqlError } from '../sql/errors.ts';
import { type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { charsetOf, impliedBytesOf, impliedTextOf, sharedCharset } from './as-text.ts';
import { BIGINT, type Compiled, type Row, UNSIGNED_BIGINT } from './compiled.ts';
import type { Session } from './session.ts';

const LONGEST_TEXT = 1024;
const BLOB: ColumnType = { kind: 'blob', size: 'long' };
const TEXT = { kind: 'varchar', length: LONGEST_TEXT } as const satisfies ColumnType;

type Value = Exclude<Cell, null>;

/** Functions of texts and bytes. Operands of other types are converted to text as in TiDB. */
export const textFunctions: Readonly<Record<string, (args: readonly Compiled[], session: Session) => Compiled>> = {
  CONCAT: (args, session) => joined('concat', args, session, (parts) => (parts.includes(null) ? null : parts)),
  CONCAT_WS: concatWithSeparator,
  CRC32: (args, session) => ofBytes(args, session, UNSIGNED_BIGINT, (bytes) => BigInt(crc32(bytes))),
  MD5: (args, session) => ofBytes(args, session, TEXT, (bytes) => createHash('md5').update(bytes).digest('hex')),
  LENGTH: byteLength,
  OCTET_LENGTH: byteLength,
  CHAR_LENGTH: (args, session) => ofText(args, session, BIGINT, (text) => BigInt([...text].length)),
  LOWER: (args, session) => ofText(args, session, textType(args), (text) => text.toLowerCase()),
  UPPER: (args, session) => ofText(args, session, textType(args), (text) => text.toUpperCase()),
  VEC_AS_TEXT: (args) => unary(args, TEXT, (cell) => String(cell)),
  HEX: (args, session) => {
    const family = args[0] && familyOf(args[0].type);
    if (family === 'vector') {
      throw new SqlError(1105, 'Hex invalid args, need int or string but get *types.FieldType');
    }
    if (family === 'double' || family === 'decimal') throw notSupported(`HEX of ${family}`);
    if (family === 'integer') return unary(args, TEXT, (cell) => hexOf(BigInt(String(cell))));
    return ofBytes(args, session, TEXT, (bytes) => bytes.toString('hex').toUpperCase());
  },
};

/** Skips NULLs, except for the separator (MySQL, "String Functions"). */
function concatWithSeparator(args: readonly Compiled[], session: Session): Compiled {
  if (args.length < 2) throw wrongCount('CONCAT_WS');
  return joined('concat_ws', args, session, ([separator = null, ...parts]) => {
    if (separator === null) return null;
    return parts.filter((part) => part !== null).flatMap((part, at) => (at === 0 ? [part] : [separator, part]));
  });
}

/** One operand of bytes, or a BIT, makes the result bytes: each text then contributes the bytes of its own character set. */
function joined(
  operation: string,
  args: readonly Compiled[],
  session: Session,
  join: (parts: readonly (Buffer | null)[]) => readonly (Buffer | null)[] | null,
): Compiled {
  const isBinary = args.some(({ type, constant }) => constant !== null && isBytes(type));
  const charset = sharedCharset(args, operation);
  const type: ColumnType = charset === undefined ? TEXT : { ...TEXT, charset };
  const pieces = args.map((arg) => ({ arg, bytes: isBinary ? impliedBytesOf(arg, session) : utf8Of(arg, session) }));
  return {
    type: isBinary ? BLOB : type,
    evaluate: (row) => {
      const parts = join(
        pieces.map(({ arg, bytes }) => {
          const cell = arg.evaluate(row);
          return cell === null ? null : bytes(cell);
        }),
      );
      if (parts === null) return null;
      const whole = Buffer.concat(parts.flatMap((part) => part ?? []));
      return isBinary ? whole : whole.toString();
    },
  };
}

function utf8Of(operand: Compiled, session: Session): (cell: Value) => Buffer {
  const text = impliedTextOf(operand, session);
  return (cell) => Buffer.from(text(cell));
}

function isBytes(type: ColumnType): boolean {
  return familyOf(type) === 'bytes' || type.kind === 'bit';
}

/** Keeps the operand's type if it is text. */
function textType([operand]: readonly Compiled[]): ColumnType {
  const charset = operand && charsetOf(operand.type);
  return charset === undefined ? TEXT : { ...TEXT, charset };
}

function byteLength(args: readonly Compiled[], session: Session): Compiled {
  return ofBytes(args, session, BIGINT, (bytes) => BigInt(bytes.length));
}

function ofBytes(
  args: readonly Compiled[],
  session: Session,
  type: ColumnType,
  compute: (bytes: Buffer) => Cell,
): Compiled {
  const bytes = args[0] && impliedBytesOf(args[0], session);
  return unary(args, type, (cell) => (bytes ? compute(bytes(cell)) : null));
}

function ofText(
  args: readonly Compiled[],
  session: Session,
  type: ColumnType,
  compute: (text: string) => Cell,
): Compiled {
  const text = args[0] && impliedTextOf(args[0], session);
  return unary(args, type, (cell) => {
    const value = text?.(cell);
    if (typeof value !== 'string') throw notSupported('a function of texts on bytes');
    return compute(value);
  });
}

function unary(args: readonly Compiled[], type: ColumnType, compute: (cell: Value) => Cell): Compiled {
  const [operand] = args;
  if (args.length !== 1 || !operand) throw wrongCount('native function');
  const evaluate = (row: Row) => {
    const cell = operand.evaluate(row);
    return cell === null ? null : compute(cell);
  };
  return { type, evaluate };
}

function hexOf(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).toUpperCase();
}

export function wrongCount(name: string): SqlError {
  return new SqlError(1582, `Incorrect parameter count in the call to ${name}`);
}
