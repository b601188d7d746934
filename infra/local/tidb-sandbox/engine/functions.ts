import { notSupported, SqlError } from '../sql/errors.ts';
import { familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { formatTidbVersion } from '../tidb-version.ts';
import { formatDatetime } from '../types/temporal.ts';
import { BIGINT, type Compiled, constant, FALSE, TRUE, truthOf, UNSIGNED_BIGINT } from './compiled.ts';
import type { Session } from './session.ts';
import { textFunctions, wrongCount } from './text-functions.ts';

const MAX_FSP = 6;
const TEXT: ColumnType = { kind: 'varchar', length: 1024 };
const MICROS_PER_MINUTE = 60_000_000n;

type Builtin = (args: readonly Compiled[], session: Session) => Compiled;

/** The supported functions; any other is refused. */
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
  ISNULL: (args) => {
    const [operand] = args;
    if (args.length !== 1 || !operand) throw wrongCount('ISNULL');
    return { type: BIGINT, evaluate: (row) => (operand.evaluate(row) === null ? TRUE : FALSE) };
  },
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

/** Throws 1105 for unsupported functions. */
export function compileCall(name: string, args: readonly Compiled[], session: Session): Compiled {
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : textFunctions[name];
  if (!builtin) throw notSupported(`function ${name}()`);
  return builtin(args, session);
}

/** NOW() is constant throughout a statement. Unix milliseconds. */
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

/** Mixed types would need MySQL's conversion rules. */
function requireSameType(name: string, args: readonly Compiled[]): void {
  const families = new Set(args.filter((argument) => argument.constant !== null).map(({ type }) => familyOf(type)));
  if (families.size > 1) throw notSupported(`${name} of different types`);
}

function typeOfEither(args: readonly Compiled[]): ColumnType {
  const typed = args.find((argument) => argument.constant !== null) ?? args[0];
  if (!typed) throw wrongCount('COALESCE');
  return familyOf(typed.type) === 'text' ? TEXT : typed.type;
}
