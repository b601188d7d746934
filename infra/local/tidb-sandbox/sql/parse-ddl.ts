import type { Alteration, ColumnSpec, CreateTable, ForeignKeySpec, IndexSpec, Statement, TableName } from './ast.ts';
import { notSupported, type SqlError, syntaxErrorAbout } from './errors.ts';
import { parseCharset } from './parse-charset.ts';
import { parseColumn } from './parse-column.ts';
import { parseCreateSequence, parseCreateView, parseDropOther, parseForeignKey } from './parse-other-objects.ts';
import { parsePartitions } from './parse-partition.ts';
import { parseTableOptions, parseTtl } from './parse-table-options.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** CREATE …; the keyword is next. CREATE USER is parsed elsewhere. */
export function parseCreate(cursor: StatementCursor): Statement {
  cursor.expectWords('CREATE');
  if (cursor.acceptOneOf('DATABASE', 'SCHEMA')) {
    const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
    const name = cursor.identifier();
    for (let charset = parseCharset(cursor); charset !== undefined; charset = parseCharset(cursor)) {
      if (charset !== 'utf8mb4') throw notSupported(`a database of character set ${charset}`);
    }
    return { kind: 'createDatabase', name, ifNotExists };
  }
  if (cursor.acceptWords('TABLE')) return parseCreateTable(cursor);
  if (cursor.acceptWords('GLOBAL', 'TEMPORARY', 'TABLE')) return parseTemporaryTable(cursor);
  if (cursor.acceptWords('SEQUENCE')) return parseCreateSequence(cursor);
  const view = parseCreateView(cursor);
  if (view) return view;
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
  const other = parseDropOther(cursor);
  if (other) return other;
  throw unknownObject(cursor);
}

/** ALTER TABLE; `ALTER` is next. */
export function parseAlter(cursor: StatementCursor): Statement {
  cursor.expectWords('ALTER');
  if (!cursor.acceptWords('TABLE')) throw unknownObject(cursor);
  const table = cursor.tableName();
  return { kind: 'alterTable', table, alterations: cursor.list(() => parseAlteration(cursor)) };
}

/** Objects that TiDB can CREATE, ALTER or DROP but the sandbox cannot; any other word is a syntax error. */
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
  const foreignKeys: ForeignKeySpec[] = [];
  cursor.parenthesized(() =>
    cursor.list(() => {
      const foreignKey = parseConstraint(cursor);
      if (foreignKey) {
        foreignKeys.push(foreignKey);
        return;
      }
      const index = parseIndex(cursor);
      if (index) indexes.push(index);
      else columns.push(parseColumn(cursor));
    }),
  );
  return {
    ...{ kind: 'createTable', table, ifNotExists, columns, indexes },
    ...(foreignKeys.length > 0 && { foreignKeys }),
    ...parseTableOptions(cursor),
  };
}

/** TiDB deletes the rows at COMMIT, and requires the statement to say so. */
function parseTemporaryTable(cursor: StatementCursor): CreateTable {
  const create = parseCreateTable(cursor);
  if (!cursor.acceptWords('ON', 'COMMIT', 'DELETE', 'ROWS')) {
    throw syntaxErrorAbout('GLOBAL TEMPORARY and ON COMMIT DELETE ROWS must appear together');
  }
  return { ...create, temporary: true };
}

/** A foreign key; `undefined` before a key or a column. */
function parseConstraint(cursor: StatementCursor): ForeignKeySpec | undefined {
  const isNamed = cursor.atWords('CONSTRAINT');
  const keyword = cursor.peek(isNamed ? 2 : 0);
  const isForeign = keyword.kind === 'word' && keyword.text.toUpperCase() === 'FOREIGN';
  if (!isForeign) return undefined;
  const name = cursor.acceptWords('CONSTRAINT') ? cursor.identifier() : undefined;
  cursor.expectWords('FOREIGN', 'KEY');
  return parseForeignKey(cursor, name);
}

/** A key of a CREATE TABLE or ALTER TABLE ADD; `undefined` before a column. */
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
    if (cursor.acceptWords('PARTITION')) return { kind: 'addPartitions', partitions: parsePartitions(cursor) };
    const index = parseIndex(cursor);
    if (index) return { kind: 'addIndex', index };
    cursor.acceptWords('COLUMN');
    return parseAddColumn(cursor);
  }
  if (cursor.acceptWords('REORGANIZE', 'PARTITION')) {
    const names = cursor.list(() => cursor.identifier());
    cursor.expectWords('INTO');
    return { kind: 'reorganizePartitions', names, partitions: parsePartitions(cursor) };
  }
  if (cursor.acceptWords('TRUNCATE', 'PARTITION')) {
    return { kind: 'truncatePartitions', names: cursor.list(() => cursor.identifier()) };
  }
  if (cursor.acceptWords('EXCHANGE', 'PARTITION')) {
    const name = cursor.identifier();
    cursor.expectWords('WITH', 'TABLE');
    const table = cursor.tableName();
    cursor.acceptWords('WITH', 'VALIDATION');
    if (cursor.atWords('WITHOUT')) throw notSupported('EXCHANGE PARTITION … WITHOUT VALIDATION');
    return { kind: 'exchangePartition', name, table };
  }
  if (cursor.acceptWords('DROP')) {
    if (cursor.acceptWords('PARTITION')) {
      return { kind: 'dropPartitions', names: cursor.list(() => cursor.identifier()) };
    }
    if (cursor.acceptOneOf('INDEX', 'KEY')) return { kind: 'dropIndex', name: cursor.identifier() };
    if (cursor.atWords('PRIMARY') || cursor.atWords('FOREIGN')) throw notSupported(`DROP ${cursor.word()} KEY`);
    cursor.acceptWords('COLUMN');
    return { kind: 'dropColumn', name: cursor.identifier() };
  }
  if (cursor.acceptWords('MODIFY')) {
    cursor.acceptWords('COLUMN');
    const column = parseColumn(cursor);
    return { kind: 'modifyColumn', name: column.name, newName: column.name, column: inPlace(cursor, column) };
  }
  if (cursor.acceptWords('CHANGE')) {
    cursor.acceptWords('COLUMN');
    const name = cursor.identifier();
    const column = parseColumn(cursor);
    return { kind: 'modifyColumn', name, newName: column.name, column: inPlace(cursor, column) };
  }
  if (cursor.acceptWords('RENAME', 'COLUMN')) {
    const name = cursor.identifier();
    cursor.expectWords('TO');
    return { kind: 'modifyColumn', name, newName: cursor.identifier() };
  }
  if (cursor.acceptWords('RENAME')) {
    if (cursor.atWords('INDEX') || cursor.atWords('KEY')) throw notSupported('renaming an index');
    cursor.acceptOneOf('TO', 'AS');
    return { kind: 'rename', to: cursor.tableName() };
  }
  if (cursor.acceptOption('COMMENT')) return { kind: 'comment', comment: cursor.expectString() };
  if (cursor.acceptWords('SET', 'TIFLASH', 'REPLICA'))
    return { kind: 'tiflashReplicas', count: cursor.expectInteger() };
  if (cursor.acceptOption('AUTO_INCREMENT')) return { kind: 'autoIncrement', value: cursor.expectInteger() };
  const cache = cursor.acceptOneOf('CACHE', 'NOCACHE');
  if (cache !== undefined) return { kind: 'cache', cached: cache === 'CACHE' };
  if (cursor.acceptWords('REMOVE', 'TTL')) return { kind: 'ttl', ttl: 'none' };
  const ttl = parseTtl(cursor);
  if (ttl) return { kind: 'ttl', ttl };
  if (cursor.peek().kind === 'word') throw notSupported(`ALTER TABLE … ${cursor.word()}`);
  throw cursor.unexpected();
}

function inPlace(cursor: StatementCursor, column: ColumnSpec): ColumnSpec {
  if (column.key) throw notSupported('adding a key by MODIFY COLUMN');
  if (cursor.atWords('FIRST') || cursor.atWords('AFTER')) throw notSupported('moving a column');
  return column;
}

function parseAddColumn(cursor: StatementCursor): Alteration {
  const column = parseColumn(cursor);
  if (column.key || column.autoIncrement) throw notSupported('adding a key column');
  if (cursor.acceptWords('FIRST')) return { kind: 'addColumn', column, position: {} };
  if (cursor.acceptWords('AFTER')) return { kind: 'addColumn', column, position: { after: cursor.identifier() } };
  return { kind: 'addColumn', column };
}

/** `RENAME TABLE a TO b[, c TO d…]`: renames several at once. */
export function parseRename(cursor: StatementCursor): Statement {
  cursor.expectWords('RENAME');
  if (!cursor.acceptWords('TABLE')) throw notSupported(`RENAME ${cursor.word()}`);
  const renames = cursor.list(() => {
    const from = cursor.tableName();
    cursor.expectWords('TO');
    return { from, to: cursor.tableName() };
  });
  return { kind: 'renameTables', renames };
}

export function parseTruncate(cursor: StatementCursor): { kind: 'truncate'; table: TableName } {
  cursor.expectWords('TRUNCATE');
  cursor.acceptWords('TABLE');
  return { kind: 'truncate', table: cursor.tableName() };
}
