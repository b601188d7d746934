/**
 * The SQL errors that a client can see: MySQL's error number and SQLSTATE, and TiDB's wording. Source: pkg/errno/errcode.go, errname.go and
 * pkg/parser/mysql/state.go of TiDB.
 */
const sqlStates: Readonly<Record<number, string>> = {
  1040: '08004',
  1044: '42000',
  1045: '28000',
  1046: '3D000',
  1047: '08S01',
  1048: '23000',
  1049: '42000',
  1050: '42S01',
  1051: '42S02',
  1052: '23000',
  1054: '42S22',
  1055: '42000',
  1060: '42S21',
  1061: '42000',
  1062: '23000',
  1064: '42000',
  1067: '42000',
  1068: '42000',
  1072: '42000',
  1103: '42000',
  1115: '42000',
  1136: '21S01',
  1140: '42000',
  1141: '42000',
  1142: '42000',
  1146: '42S02',
  1166: '42000',
  1231: '42000',
  1227: '42000',
  1264: '22003',
  1193: 'HY000',
  1292: '22007',
  1305: '42000',
  1317: '70100',
  1365: '22012',
  1406: '22001',
  1690: '22003',
  3140: '22032',
};

/** An error that goes to the client as an ERR packet. Any other error is a bug of the sandbox. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly errno: number;
  /** Five characters; `HY000` if MySQL defines none. */
  readonly sqlState: string;

  constructor(errno: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errno = errno;
    this.sqlState = sqlStates[errno] ?? 'HY000';
  }
}

/** The part of a token that an error message needs. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** TiDB quotes at most this much of the statement (Scanner.Errorf, pkg/parser/lexer.go). */
const QUOTED_LENGTH = 2048;

/** 1064 in TiDB's wording: the column is the end of the offending token, the quotation begins at its start. */
export function syntaxError(sql: string, offending: Span): SqlError {
  const before = sql.slice(0, offending.end);
  const line = before.split('\n').length;
  const column = before.length - (before.lastIndexOf('\n') + 1);
  const rest = sql.slice(offending.start);
  const total = rest.length > QUOTED_LENGTH ? `(total length ${rest.length})` : '';
  return syntaxErrorAbout(`line ${line} column ${column} near "${rest.slice(0, QUOTED_LENGTH)}" ${total}`);
}

/** 1064 with a reason instead of a position. */
export function syntaxErrorAbout(reason: string): SqlError {
  return new SqlError(
    1064,
    'You have an error in your SQL syntax; check the manual that corresponds to your TiDB version for the right ' +
      `syntax to use ${reason}`,
  );
}

/** What TiDB would do but the sandbox does not: it refuses rather than answer wrongly. */
export function notSupported(what: string): SqlError {
  return new SqlError(1105, `not supported by the sandbox: ${what}`);
}

/** 1227: the account lacks `privileges`, which TiDB lists as `BACKUP_ADMIN or SUPER`. */
export function accessDenied(privileges: string): SqlError {
  return new SqlError(
    1227,
    `Access denied; you need (at least one of) the ${privileges} privilege(s) for this operation`,
  );
}

export function unknownDatabase(database: string): SqlError {
  return new SqlError(1049, `Unknown database '${database}'`);
}

export function unknownTable(database: string, table: string): SqlError {
  return new SqlError(1146, `Table '${database}.${table}' doesn't exist`);
}

export function noDatabaseSelected(): SqlError {
  return new SqlError(1046, 'No database selected');
}

export function executionTooLong(): SqlError {
  return new SqlError(3024, 'Query execution was interrupted, maximum statement execution time exceeded');
}

export function unknownVariable(name: string): SqlError {
  return new SqlError(1193, `Unknown system variable '${name}'`);
}

export function queryInterrupted(): SqlError {
  return new SqlError(1317, 'Query execution was interrupted');
}
