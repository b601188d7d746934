import { crc32 } from 'node:zlib';
import { notSupported, SqlError } from '../sql/errors.ts';
import { type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { formatTidbVersion } from '../tidb-version.ts';
import { formatDouble, formatFloat } from '../types/double.ts';
import { formatDatetime } from '../types/temporal.ts';
import { BIGINT, type Compiled, constant, FALSE, TRUE, truthOf, UNSIGNED_BIGINT } from './compiled.ts';
import type { Session } from './session.ts';

const MAX_FSP = 6;
const TEXT: ColumnType = { kind: 'varchar', length: 1024 };
const BLOB: ColumnType = { kind: 'blob', size: 'long' };
const MICROS_PER_MINUTE = 60_000_000n;

type Builtin = (args: readonly Compiled[], session: Session) => Compiled;

/** The functions that the sandbox has; any other is refused. */
const builtins: Readonly<Record<string, Builtin>> = {
  CONNECTION_ID: (_, session) => constant(UNSIGNED_BIGINT, session.connectionId),
  DATABASE: (_, session) => constant(TEXT, session.currentDatabase ?? null),
  SCHEMA: (_, session) => constant(TEXT, session.currentDatabase ?? null),
  USER: (_, session) => constant(TEXT, session.userName),
  SESSION_USER: (_, session) => constant(TEXT, session.userName),
  SYSTEM_USER: (_, session) => constant(TEXT, session.userName),
  CURRENT_USER: (_, session) => constant(TEXT, `${session.account.user}@${session.account.host}`),
  VERSION: (_, session) => constant(TEXT, session.cluster.versionText),
  TIDB_VERSION: (_, session) =>
    constant(
      TEXT,
      `Release Version: v${formatTidbVersion(session.cluster.version)}-sandbox\nEdition: Sandbox\nStore: sqlite`,
    ),
  LAST_INSERT_ID: (args, session) => {
    if (args.length > 0) throw notSupported('LAST_INSERT_ID with an argument');
    return constant(UNSIGNED_BIGINT, session.lastInsertId);
  },
  ROW_COUNT: (_, session) => constant(BIGINT, session.affectedRows),
  TIDB_CURRENT_TSO: (_, session) => constant(BIGINT, session.cluster.storage.currentTso()),
  NOW: now,
  CURRENT_TIMESTAMP: now,
  LOCALTIMESTAMP: now,
  UTC_TIMESTAMP: (args, session) => nowAt(args, session, 0),
  CURDATE: today,
  CURRENT_DATE: today,
  UNIX_TIMESTAMP: (args, session) => {
    if (args.length > 0) throw notSupported('UNIX_TIMESTAMP with an argument');
    return constant(BIGINT, BigInt(Math.floor(statementTime(session) / 1000)));
  },
  CONCAT: (args) => ({
    type: TEXT,
    evaluate: (row) => {
      const parts = args.map((argument) => textOf(argument, argument.evaluate(row)));
      return parts.includes(null) ? null : parts.join('');
    },
  }),
  CONCAT_WS: concatWithSeparator,
  CRC32: (args) => unary(args, UNSIGNED_BIGINT, (operand, cell) => BigInt(crc32(bytesOf(operand, cell)))),
  ISNULL: (args) => {
    const [operand] = args;
    if (args.length !== 1 || !operand) throw wrongCount('ISNULL');
    return { type: BIGINT, evaluate: (row) => (operand.evaluate(row) === null ? TRUE : FALSE) };
  },
  LENGTH: (args) => unary(args, BIGINT, (operand, cell) => BigInt(bytesOf(operand, cell).length)),
  OCTET_LENGTH: (args) => unary(args, BIGINT, (operand, cell) => BigInt(bytesOf(operand, cell).length)),
  CHAR_LENGTH: (args) => unary(args, BIGINT, (operand, cell) => BigInt([...(textOf(operand, cell) ?? '')].length)),
  LOWER: (args) => unary(args, TEXT, (operand, cell) => textOf(operand, cell)?.toLowerCase() ?? null),
  UPPER: (args) => unary(args, TEXT, (operand, cell) => textOf(operand, cell)?.toUpperCase() ?? null),
  HEX: (args) =>
    unary(args, TEXT, (operand, cell) =>
      typeof cell === 'bigint'
        ? BigInt.asUintN(64, cell).toString(16).toUpperCase()
        : bytesOf(operand, cell).toString('hex').toUpperCase(),
    ),
  IFNULL: firstNotNull,
  COALESCE: firstNotNull,
  IF: (args) => {
    const [condition, yes, no] = args;
    if (args.length !== 3 || !condition || !yes || !no) throw wrongCount('IF');
    requireSameType('IF', [yes, no]);
    const truth = truthOf(condition);
    return { type: typeOfEither([yes, no]), evaluate: (row) => (truth(row) === true ? yes : no).evaluate(row) };
  },
};

/** Throws 1105 for functions that the sandbox does not have. */
export function compileCall(name: string, args: readonly Compiled[], session: Session): Compiled {
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (!builtin) throw notSupported(`function ${name}()`);
  return builtin(args, session);
}

/** NOW() is the same throughout a statement. Unix milliseconds. */
function statementTime(session: Session): number {
  return session.running?.startedAt ?? session.cluster.clock();
}

/** The local time of the session's time zone. */
export function localNow(session: Session, fsp: number): string {
  return nowText(session, fsp, session.utcOffsetMinutes);
}

function nowText(session: Session, fsp: number, offsetMinutes: number): string {
  const micros = BigInt(statementTime(session)) * 1000n + BigInt(offsetMinutes) * MICROS_PER_MINUTE;
  return formatDatetime(micros, fsp);
}

function now(args: readonly Compiled[], session: Session): Compiled {
  return nowAt(args, session, session.utcOffsetMinutes);
}

function nowAt(args: readonly Compiled[], session: Session, offsetMinutes: number): Compiled {
  const fsp = Number(args[0]?.constant ?? 0);
  if (!Number.isInteger(fsp) || fsp < 0 || fsp > MAX_FSP) {
    throw new SqlError(1426, `Too-big precision ${fsp} specified for 'now'. Maximum is ${MAX_FSP}.`);
  }
  return constant({ kind: 'datetime', fsp }, nowText(session, fsp, offsetMinutes));
}

function today(_args: readonly Compiled[], session: Session): Compiled {
  return constant({ kind: 'date' }, localNow(session, 0).slice(0, 10));
}

/** NULLs are left out, except for the separator. One operand of bytes makes the whole of them (MySQL, "String Functions"). */
function concatWithSeparator(args: readonly Compiled[]): Compiled {
  const [separator, ...operands] = args;
  if (!separator || operands.length === 0) throw wrongCount('CONCAT_WS');
  const isBinary = args.some((arg) => arg.constant !== null && familyOf(arg.type) === 'bytes');
  return {
    type: isBinary ? BLOB : TEXT,
    evaluate: (row) => {
      const between = separator.evaluate(row);
      if (between === null) return null;
      const gap = shownBytes(separator, between);
      const parts = operands.flatMap((operand) => {
        const cell = operand.evaluate(row);
        return cell === null ? [] : [shownBytes(operand, cell)];
      });
      const joined = Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [gap, part])));
      return isBinary ? joined : joined.toString();
    },
  };
}

/** A value as it is shown. */
function shownBytes({ type }: Compiled, cell: Exclude<Cell, null>): Buffer {
  if (cell instanceof Uint8Array) return Buffer.from(cell);
  if (typeof cell === 'number') return Buffer.from(type.kind === 'float' ? formatFloat(cell) : formatDouble(cell));
  return Buffer.from(String(cell));
}

function unary(
  args: readonly Compiled[],
  type: ColumnType,
  compute: (operand: Compiled, cell: Exclude<Cell, null>) => Cell,
): Compiled {
  const [operand] = args;
  if (args.length !== 1 || !operand) throw wrongCount('native function');
  return {
    type,
    evaluate: (row) => {
      const cell = operand.evaluate(row);
      return cell === null ? null : compute(operand, cell);
    },
  };
}

function firstNotNull(args: readonly Compiled[]): Compiled {
  if (args.length === 0) throw wrongCount('COALESCE');
  requireSameType('COALESCE', args);
  return {
    type: typeOfEither(args),
    evaluate: (row) => {
      for (const argument of args) {
        const cell = argument.evaluate(row);
        if (cell !== null) return cell;
      }
      return null;
    },
  };
}

/** Mixing types would need MySQL's conversion rules. */
function requireSameType(name: string, args: readonly Compiled[]): void {
  const families = new Set(args.filter((argument) => argument.constant !== null).map(({ type }) => familyOf(type)));
  if (families.size > 1) throw notSupported(`${name} of different types`);
}

function typeOfEither(args: readonly Compiled[]): ColumnType {
  const typed = args.find((argument) => argument.constant !== null) ?? args[0];
  if (!typed) throw wrongCount('COALESCE');
  return familyOf(typed.type) === 'text' ? TEXT : typed.type;
}

function textOf(operand: Compiled, cell: Cell): string | null {
  if (cell === null) return null;
  if (typeof cell === 'string' || typeof cell === 'bigint') return String(cell);
  throw notSupported(`${operand.type.kind} as text`);
}

function bytesOf(operand: Compiled, cell: Cell): Buffer {
  return cell instanceof Uint8Array ? Buffer.from(cell) : Buffer.from(textOf(operand, cell) ?? '');
}

function wrongCount(name: string): SqlError {
  return new SqlError(1582, `Incorrect parameter count in the call to ${name}`);
}
