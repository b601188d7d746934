import type { ColumnType, IntegerWidth, LobSize } from '../storage/schema.ts';
import type { Alteration, ColumnSpec, CreateTable, Expression, IndexSpec, Statement, TableName } from './ast.ts';
import { notSupported, SqlError } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** TiDB's limits of DECIMAL. */
const MAX_DECIMAL_PRECISION = 65;
const MAX_DECIMAL_SCALE = 30;
const MAX_FSP = 6;
const supportedCollations = new Set(['utf8mb4_bin', 'utf8_bin', 'binary']);

/** CREATE …; the keyword is next. CREATE USER is parsed elsewhere. */
export function parseCreate(cursor: StatementCursor): Statement {
  cursor.expectWords('CREATE');
  if (cursor.acceptOneOf('DATABASE', 'SCHEMA')) {
    const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
    const name = cursor.identifier();
    while (parseCharset(cursor));
    return { kind: 'createDatabase', name, ifNotExists };
  }
  if (cursor.acceptWords('TABLE')) return parseCreateTable(cursor);
  const unique = cursor.acceptWords('UNIQUE');
  if (cursor.acceptWords('INDEX')) return parseCreateIndex(cursor, unique);
  throw unknownObject(cursor);
}

export function parseDrop(cursor: StatementCursor): Statement {
  cursor.expectWords('DROP');
  if (cursor.acceptOneOf('DATABASE', 'SCHEMA')) {
    const ifExists = cursor.acceptWords('IF', 'EXISTS');
    return { kind: 'dropDatabase', name: cursor.identifier(), ifExists };
  }
  if (cursor.acceptOneOf('TABLE', 'TABLES')) {
    const ifExists = cursor.acceptWords('IF', 'EXISTS');
    const tables = cursor.list(() => cursor.tableName());
    cursor.acceptOneOf('RESTRICT', 'CASCADE');
    return { kind: 'dropTables', tables, ifExists };
  }
  if (cursor.acceptWords('INDEX')) {
    const name = cursor.identifier();
    cursor.expectWords('ON');
    return { kind: 'alterTable', table: cursor.tableName(), alterations: [{ kind: 'dropIndex', name }] };
  }
  throw unknownObject(cursor);
}

/** ALTER TABLE; `ALTER` is next. */
export function parseAlter(cursor: StatementCursor): Statement {
  cursor.expectWords('ALTER');
  if (!cursor.acceptWords('TABLE')) throw unknownObject(cursor);
  const table = cursor.tableName();
  return { kind: 'alterTable', table, alterations: cursor.list(() => parseAlteration(cursor)) };
}

/** Objects that TiDB can CREATE, ALTER or DROP and the sandbox cannot; any other word is a syntax error. */
const otherObjects = new Set(
  'BINDING GLOBAL INSTANCE OR PLACEMENT PROCEDURE RANGE RESOURCE ROLE SEQUENCE SESSION STATISTICS STATS TEMPORARY VIEW'.split(
    ' ',
  ),
);

function unknownObject(cursor: StatementCursor): SqlError {
  const { kind, text } = cursor.peek();
  const isKnown = kind === 'word' && otherObjects.has(text.toUpperCase());
  return isKnown ? notSupported(`CREATE, ALTER or DROP ${cursor.word()}`) : cursor.unexpected();
}

function parseCreateTable(cursor: StatementCursor): CreateTable {
  const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
  const table = cursor.tableName();
  const like = cursor.acceptWords('LIKE') ? cursor.tableName() : undefined;
  if (like) return { kind: 'createTable', table, ifNotExists, like, columns: [], indexes: [], comment: '' };
  const columns: ColumnSpec[] = [];
  const indexes: IndexSpec[] = [];
  cursor.parenthesized(() =>
    cursor.list(() => {
      const index = parseIndex(cursor);
      if (index) indexes.push(index);
      else columns.push(parseColumn(cursor));
    }),
  );
  return { kind: 'createTable', table, ifNotExists, columns, indexes, ...parseTableOptions(cursor) };
}

function parseTableOptions(cursor: StatementCursor): { comment: string; autoIncrement?: bigint } {
  let comment = '';
  let autoIncrement: bigint | undefined;
  for (;;) {
    cursor.acceptSymbol(',');
    if (cursor.acceptOption('ENGINE') || cursor.acceptOption('ROW_FORMAT')) cursor.next();
    else if (cursor.acceptOption('COMMENT')) comment = cursor.expectString();
    else if (cursor.acceptOption('AUTO_INCREMENT')) autoIncrement = cursor.expectInteger();
    else if (!parseCharset(cursor)) break;
  }
  if (cursor.atWords('PARTITION')) throw notSupported('partitioned tables');
  if (cursor.atWords('AS') || cursor.atWords('SELECT')) throw notSupported('CREATE TABLE … SELECT');
  return { comment, ...(autoIncrement !== undefined && { autoIncrement }) };
}

/** `[DEFAULT] CHARSET utf8mb4`, `COLLATE utf8mb4_bin`: only what compares as this sandbox does. */
function parseCharset(cursor: StatementCursor): boolean {
  cursor.acceptWords('DEFAULT');
  if (cursor.acceptOption('CHARSET') || cursor.acceptOption('CHARACTER', 'SET')) {
    const charset = nameOrString(cursor).toLowerCase();
    if (charset !== 'utf8mb4' && charset !== 'utf8') throw notSupported(`character set ${charset}`);
    return true;
  }
  if (!cursor.acceptOption('COLLATE')) return false;
  const collation = nameOrString(cursor).toLowerCase();
  if (!supportedCollations.has(collation)) throw notSupported(`collation ${collation}`);
  return true;
}

function nameOrString(cursor: StatementCursor): string {
  return cursor.peek().kind === 'string' ? cursor.next().text : cursor.expectName();
}

/** A key of a CREATE TABLE or ALTER TABLE ADD; undefined where a column follows. */
function parseIndex(cursor: StatementCursor): IndexSpec | undefined {
  const constraint = cursor.acceptWords('CONSTRAINT');
  const constraintName = constraint && cursor.atIdentifier() ? cursor.identifier() : undefined;
  if (cursor.acceptWords('PRIMARY', 'KEY')) return indexBody(cursor, 'primary', constraintName);
  if (cursor.acceptWords('UNIQUE')) {
    cursor.acceptOneOf('KEY', 'INDEX');
    return indexBody(cursor, 'unique', constraintName);
  }
  if (cursor.atWords('FOREIGN') || cursor.atWords('CHECK') || cursor.atWords('FULLTEXT'))
    throw notSupported(cursor.word());
  if (constraint) throw cursor.unexpected();
  return cursor.acceptOneOf('KEY', 'INDEX') ? indexBody(cursor, 'index', undefined) : undefined;
}

function indexBody(cursor: StatementCursor, kind: IndexSpec['kind'], constraint: string | undefined): IndexSpec {
  const name = cursor.atIdentifier() && !cursor.atWords('USING') ? cursor.identifier() : constraint;
  if (cursor.acceptWords('USING')) cursor.next();
  const columns = cursor.parenthesized(() => cursor.list(() => indexColumn(cursor)));
  return { kind, columns, ...indexOptions(cursor), ...(name !== undefined && { name }) };
}

function indexColumn(cursor: StatementCursor): string {
  if (cursor.atSymbol('(')) throw notSupported('expression indexes');
  const name = cursor.identifier();
  if (cursor.atSymbol('(')) throw notSupported('prefix indexes');
  if (cursor.acceptOneOf('ASC', 'DESC') === 'DESC') throw notSupported('descending indexes');
  return name;
}

function indexOptions(cursor: StatementCursor): { comment: string; clustered: boolean } {
  let comment = '';
  let clustered = true;
  for (;;) {
    if (cursor.acceptWords('CLUSTERED')) clustered = true;
    else if (cursor.acceptWords('NONCLUSTERED')) clustered = false;
    else if (cursor.acceptWords('COMMENT')) comment = cursor.expectString();
    else if (cursor.acceptWords('USING')) cursor.next();
    else return { comment, clustered };
  }
}

function parseCreateIndex(cursor: StatementCursor, unique: boolean): Statement {
  const name = cursor.identifier();
  cursor.expectWords('ON');
  const table = cursor.tableName();
  const columns = cursor.parenthesized(() => cursor.list(() => indexColumn(cursor)));
  const index: IndexSpec = { kind: unique ? 'unique' : 'index', name, columns, ...indexOptions(cursor) };
  return { kind: 'alterTable', table, alterations: [{ kind: 'addIndex', index }] };
}

function parseAlteration(cursor: StatementCursor): Alteration {
  if (cursor.acceptWords('ADD')) {
    const index = parseIndex(cursor);
    if (index) return { kind: 'addIndex', index };
    cursor.acceptWords('COLUMN');
    return parseAddColumn(cursor);
  }
  if (cursor.acceptWords('DROP')) {
    if (cursor.acceptOneOf('INDEX', 'KEY')) return { kind: 'dropIndex', name: cursor.identifier() };
    if (cursor.atWords('PRIMARY') || cursor.atWords('FOREIGN')) throw notSupported(`DROP ${cursor.word()} KEY`);
    cursor.acceptWords('COLUMN');
    return { kind: 'dropColumn', name: cursor.identifier() };
  }
  if (cursor.acceptOption('COMMENT')) return { kind: 'comment', comment: cursor.expectString() };
  if (cursor.acceptOption('AUTO_INCREMENT')) return { kind: 'autoIncrement', value: cursor.expectInteger() };
  if (cursor.peek().kind === 'word') throw notSupported(`ALTER TABLE … ${cursor.word()}`);
  throw cursor.unexpected();
}

function parseAddColumn(cursor: StatementCursor): Alteration {
  const column = parseColumn(cursor);
  if (column.key || column.autoIncrement) throw notSupported('adding a key column');
  if (cursor.acceptWords('FIRST')) return { kind: 'addColumn', column, position: {} };
  if (cursor.acceptWords('AFTER')) return { kind: 'addColumn', column, position: { after: cursor.identifier() } };
  return { kind: 'addColumn', column };
}

type ColumnOptions = Omit<ColumnSpec, 'name' | 'type'>;

function parseColumn(cursor: StatementCursor): ColumnSpec {
  const name = cursor.identifier();
  const type = parseType(cursor);
  let options: ColumnOptions = { nullable: true, onUpdateNow: false, autoIncrement: false, comment: '' };
  for (;;) {
    const option = parseColumnOption(cursor);
    if (!option) return { name, type, ...options };
    options = { ...options, ...option };
  }
}

function parseColumnOption(cursor: StatementCursor): Partial<ColumnOptions> | undefined {
  if (cursor.acceptWords('NOT', 'NULL')) return { nullable: false };
  if (cursor.acceptWords('NULL')) return { nullable: true };
  if (cursor.acceptWords('AUTO_INCREMENT')) return { autoIncrement: true };
  if (cursor.acceptWords('PRIMARY', 'KEY') || cursor.acceptWords('KEY')) {
    if (cursor.atWords('NONCLUSTERED'))
      throw notSupported('NONCLUSTERED in a column, use PRIMARY KEY (…) NONCLUSTERED');
    cursor.acceptWords('CLUSTERED');
    return { key: 'primary', nullable: false };
  }
  if (cursor.acceptWords('UNIQUE')) {
    cursor.acceptWords('KEY');
    return { key: 'unique' };
  }
  if (cursor.acceptWords('COMMENT')) return { comment: cursor.expectString() };
  if (cursor.acceptWords('DEFAULT')) return { default: parseDefault(cursor) };
  if (cursor.acceptWords('ON', 'UPDATE')) {
    const now = parseExpression(cursor);
    if (!isNow(now)) throw cursor.unexpected();
    return { onUpdateNow: true };
  }
  const unsupported = ['GENERATED', 'AS', 'CHECK', 'REFERENCES', 'AUTO_RANDOM'];
  if (unsupported.some((word) => cursor.atWords(word))) throw notSupported(`${cursor.word()} in a column`);
  if (parseCharset(cursor)) return {};
  return undefined;
}

function parseDefault(cursor: StatementCursor): Expression {
  const value = parseExpression(cursor);
  if (value.kind !== 'literal' && !isNow(value)) throw notSupported('expressions as DEFAULT');
  return value;
}

export function isNow(expression: Expression): boolean {
  const names = ['CURRENT_TIMESTAMP', 'NOW', 'LOCALTIMESTAMP'];
  return expression.kind === 'call' && names.includes(expression.name);
}

const integerWidths: Readonly<Record<string, IntegerWidth>> = {
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  MEDIUMINT: 'mediumint',
  INT: 'int',
  INTEGER: 'int',
  BIGINT: 'bigint',
};

const lobs: Readonly<Record<string, { kind: 'text' | 'blob'; size: LobSize }>> = {
  TINYTEXT: { kind: 'text', size: 'tiny' },
  TEXT: { kind: 'text', size: 'normal' },
  MEDIUMTEXT: { kind: 'text', size: 'medium' },
  LONGTEXT: { kind: 'text', size: 'long' },
  TINYBLOB: { kind: 'blob', size: 'tiny' },
  BLOB: { kind: 'blob', size: 'normal' },
  MEDIUMBLOB: { kind: 'blob', size: 'medium' },
  LONGBLOB: { kind: 'blob', size: 'long' },
};

function parseType(cursor: StatementCursor): ColumnType {
  const word = cursor.word();
  const width = integerWidths[word];
  if (width) {
    // A display width is accepted and means nothing (deprecated in MySQL 8), but tinyint(1) is how BOOLEAN is shown.
    const display = optionalLength(cursor);
    const unsigned = parseUnsigned(cursor);
    return { kind: 'integer', width, unsigned, boolean: width === 'tinyint' && display === 1 && !unsigned };
  }
  const lob = lobs[word];
  if (lob) {
    optionalLength(cursor);
    return lob;
  }
  switch (word) {
    case 'BOOL':
    case 'BOOLEAN':
      return { kind: 'integer', width: 'tinyint', unsigned: false, boolean: true };
    case 'DECIMAL':
    case 'NUMERIC':
      return parseDecimalType(cursor);
    case 'FLOAT':
    case 'DOUBLE':
    case 'REAL':
      cursor.acceptWords('PRECISION');
      if (cursor.atSymbol('(')) throw notSupported(`${word} with a precision`);
      if (parseUnsigned(cursor)) throw notSupported(`${word} UNSIGNED`);
      return { kind: word === 'FLOAT' ? 'float' : 'double' };
    case 'CHAR':
    case 'CHARACTER':
      return { kind: 'char', length: optionalLength(cursor) ?? 1 };
    case 'VARCHAR':
      return { kind: 'varchar', length: length(cursor) };
    case 'BINARY':
      return { kind: 'binary', length: optionalLength(cursor) ?? 1 };
    case 'VARBINARY':
      return { kind: 'varbinary', length: length(cursor) };
    case 'DATE':
      return { kind: 'date' };
    case 'DATETIME':
      return { kind: 'datetime', fsp: fsp(cursor) };
    case 'TIMESTAMP':
      return { kind: 'timestamp', fsp: fsp(cursor) };
    case 'TIME':
      return { kind: 'time', fsp: fsp(cursor) };
    case 'YEAR':
      optionalLength(cursor);
      return { kind: 'year' };
    case 'JSON':
      return { kind: 'json' };
    case 'ENUM':
      return { kind: 'enum', values: cursor.parenthesized(() => cursor.list(() => cursor.expectString())) };
    default:
      throw notSupported(`type ${word}`);
  }
}

function parseDecimalType(cursor: StatementCursor): ColumnType {
  const [precision, scale] = cursor.atSymbol('(')
    ? cursor.parenthesized(() => cursor.list(() => Number(cursor.expectInteger())))
    : [10, 0];
  const type = { kind: 'decimal', precision: precision || 10, scale: scale ?? 0 } as const;
  if (type.scale > MAX_DECIMAL_SCALE || type.precision > MAX_DECIMAL_PRECISION || type.scale > type.precision) {
    throw new SqlError(
      1426,
      `Too big precision ${type.precision} or scale ${type.scale} specified. Maximum is 65 and 30.`,
    );
  }
  return { ...type, unsigned: parseUnsigned(cursor) };
}

function parseUnsigned(cursor: StatementCursor): boolean {
  if (cursor.atWords('ZEROFILL')) throw notSupported('ZEROFILL');
  return cursor.acceptOneOf('UNSIGNED', 'SIGNED') === 'UNSIGNED';
}

function optionalLength(cursor: StatementCursor): number | undefined {
  return cursor.atSymbol('(') ? length(cursor) : undefined;
}

function length(cursor: StatementCursor): number {
  return cursor.parenthesized(() => Number(cursor.expectInteger()));
}

function fsp(cursor: StatementCursor): number {
  const digits = optionalLength(cursor) ?? 0;
  if (digits > MAX_FSP) throw new SqlError(1426, `Too-big precision ${digits} specified. Maximum is ${MAX_FSP}.`);
  return digits;
}

export function parseTruncate(cursor: StatementCursor): { kind: 'truncate'; table: TableName } {
  cursor.expectWords('TRUNCATE');
  cursor.acceptWords('TABLE');
  return { kind: 'truncate', table: cursor.tableName() };
}
