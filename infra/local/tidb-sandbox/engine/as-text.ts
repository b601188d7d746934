import { SqlError } from '../sql/errors.ts';
import { assertNever, type Cell, familyOf } from '../storage/cell.ts';
import type { Charset, ColumnType } from '../storage/schema.ts';
import { bitBytes } from '../types/bits.ts';
import { encodeText } from '../types/charset.ts';
import { plainText, shortestFloat, tiflashText } from '../types/double.ts';
import type { Compiled } from './compiled.ts';
import type { Session } from './session.ts';

/** How the statement's storage engine prints numbers: TiFlash prints floats differently from TiKV. */
function numberText(session: Session): (value: number) => string {
  return session.running?.readsTiflash ? tiflashText : plainText;
}

/**
 * The text of an operand's values, for CAST(… AS CHAR); all other expressions use {@link impliedTextOf}. A BIT and a binary string have
 * none: they stay bytes.
 */
export function textOf({ type }: Compiled, session: Session): (cell: Exclude<Cell, null>) => string | Uint8Array {
  const family = familyOf(type);
  switch (family) {
    case 'integer':
      if (type.kind === 'bit') return (cell) => bitBytes(BigInt(String(cell)), type.length);
      if (type.kind === 'year') return (cell) => String(cell).padStart(4, '0');
      return String;
    case 'double': {
      const text = numberText(session);
      return (cell) => text(type.kind === 'float' ? shortestFloat(Number(cell)) : Number(cell));
    }
    case 'bytes':
      return (cell) => (cell instanceof Uint8Array ? cell : String(cell));
    case 'decimal':
    case 'text':
    case 'datetime':
    case 'time':
    case 'json':
    case 'vector':
      return String;
    default:
      return assertNever(family);
  }
}

/**
 * An operand as a function sees it that expects text: like {@link textOf}, but a VECTOR(n) is cut to n characters, since TiDB takes its
 * dimensions for its width (WrapWithCastAsString in pkg/expression/builtin_cast.go).
 */
export function impliedTextOf(operand: Compiled, session: Session): (cell: Exclude<Cell, null>) => string | Uint8Array {
  const { type } = operand;
  if (type.kind === 'vector') return (cell) => String(cell).slice(0, type.dimensions);
  return textOf(operand, session);
}

/** The bytes of that text in the operand's character set, which HEX, LENGTH, MD5 and CRC32 use. */
export function impliedBytesOf(operand: Compiled, session: Session): (cell: Exclude<Cell, null>) => Buffer {
  const text = impliedTextOf(operand, session);
  const charset = charsetOf(operand.type);
  return (cell) => {
    const value = text(cell);
    return value instanceof Uint8Array ? Buffer.from(value) : (encodeText(value, charset) ?? Buffer.from(value));
  };
}

/** Types that have a character set. */
type TextType = Extract<ColumnType, { readonly kind: 'char' | 'varchar' | 'text' | 'enum' | 'set' }>;

export function isText(type: ColumnType): type is TextType {
  return familyOf(type) === 'text';
}

export function charsetOf(type: ColumnType): Charset | undefined {
  return isText(type) ? type.charset : undefined;
}

/**
 * The common character set of several texts. TiDB converts to utf8mb4 where it may, and does not mix latin1 with gbk
 * (pkg/expression/collation.go).
 */
export function sharedCharset(operands: readonly Compiled[], operation: string): Charset | undefined {
  const columns = operands.filter(({ type, constant }) => constant === undefined && familyOf(type) === 'text');
  const charsets = new Set(columns.map(({ type }) => charsetOf(type) ?? 'utf8mb4'));
  if (charsets.has('latin1') && charsets.has('gbk')) throw mixedCollations(operands, operation);
  const [only, ...others] = charsets;
  return others.length === 0 && only !== 'utf8mb4' ? only : undefined;
}

function mixedCollations(operands: readonly Compiled[], operation: string): SqlError {
  const named = operands.map((operand) => `(${collationOf(operand)})`);
  if (named.length === 2) {
    return new SqlError(1267, `Illegal mix of collations ${named.join(' and ')} for operation '${operation}'`);
  }
  if (named.length === 3) {
    return new SqlError(1270, `Illegal mix of collations ${named.join(', ')} for operation '${operation}'`);
  }
  return new SqlError(1271, `Illegal mix of collations for operation '${operation}'`);
}

function collationOf({ type, constant }: Compiled): string {
  const isColumn = constant === undefined && familyOf(type) === 'text';
  return `${defaultCollation(charsetOf(type))},${isColumn ? 'IMPLICIT' : 'COERCIBLE'}`;
}

/** TiDB's default collation of a character set. */
export function defaultCollation(charset: Charset = 'utf8mb4'): string {
  return charset === 'gbk' ? 'gbk_chinese_ci' : `${charset}_bin`;
}
