import type { Alteration, ColumnSpec, CreateTable, Expression, IndexSpec } from '../sql/ast.ts';
import { notSupported, SqlError, syntaxErrorAbout } from '../sql/errors.ts';
import { familyOf } from '../storage/cell.ts';
import { toStored } from '../storage/row-codec.ts';
import type {
  Charset,
  ColumnDefault,
  ColumnDefinition,
  ColumnType,
  IndexDefinition,
  TableDefinition,
} from '../storage/schema.ts';
import { hasFeature, type TidbVersion } from '../tidb-version.ts';
import { assign } from '../types/assign.ts';
import { isText } from './as-text.ts';
import { compile } from './compile.ts';
import type { PartitionChange } from './partitions.ts';
import type { Session } from './session.ts';
import { alteredOptions, optionsOf, partitionedForeignKey } from './table-options.ts';
import { noColumns } from './table-source.ts';

const MAX_NAME = 64;

/** The definition that a CREATE TABLE asks for; throws TiDB's errors for an impossible one. */
export function defineTable(create: CreateTable, session: Session): TableDefinition {
  if (create.columns.length === 0) throw new SqlError(1113, 'A table must have at least 1 column');
  let definition: TableDefinition = {
    columns: [],
    indexes: [],
    clustered: false,
    comment: create.comment,
    ...(create.charset && { charset: create.charset }),
    nextColumnId: 1,
    nextIndexId: 1,
  };
  for (const column of create.columns) definition = withColumn(definition, column, session, definition.columns.length);
  // A column's index precedes those of the table; the primary key precedes all.
  const ownIndexes = create.columns.flatMap(({ key, name }): IndexSpec[] =>
    key ? [{ kind: key, columns: [name], comment: '', clustered: true }] : [],
  );
  const indexes = [...ownIndexes, ...create.indexes].sort(
    (a, b) => Number(b.kind === 'primary') - Number(a.kind === 'primary'),
  );
  for (const index of indexes) definition = withIndex(definition, index);
  checkAutoIncrement(definition);
  checkReferences(create, session);
  return withForeignKeyIndexes({ ...definition, ...optionsOf(create, definition) });
}

function checkReferences({ table, foreignKeys = [] }: CreateTable, session: Session): void {
  const { storage } = session.cluster;
  const own = session.database(table.database);
  for (const { database = own, table: name } of foreignKeys) {
    const parent = storage.findTable(database, name, session.schemaTs());
    if (parent?.definition.partitioning) throw partitionedForeignKey();
    const isSelf = database.toLowerCase() === own.toLowerCase() && name.toLowerCase() === table.name.toLowerCase();
    if (!parent && !isSelf && session.variables.get('foreign_key_checks') === 'ON') {
      throw new SqlError(1824, `Failed to open the referenced table '${name}'`);
    }
  }
}

/** TiDB looks up references by an index, and creates one if there is none. */
function withForeignKeyIndexes(definition: TableDefinition): TableDefinition {
  let indexed = definition;
  for (const { name, columns } of definition.foreignKeys ?? []) {
    const ids = columns.map((column) => indexedColumn(indexed, column).id);
    const isIndexed = indexed.indexes.some(({ columnIds }) => ids.every((id, at) => columnIds[at] === id));
    if (!isIndexed) indexed = withIndex(indexed, { kind: 'index', name, columns, comment: '', clustered: false });
  }
  return indexed;
}

/** The definition after an ALTER TABLE. `hasRows` decides what may still be added. */
export function alteredTable(
  definition: TableDefinition,
  alteration: Exclude<Alteration, { kind: 'autoIncrement' | 'rename' } | PartitionChange>,
  session: Session,
  hasRows: boolean,
): TableDefinition {
  switch (alteration.kind) {
    case 'addColumn':
      return addColumn(definition, alteration, session);
    case 'dropColumn':
      return dropColumn(definition, alteration.name);
    case 'modifyColumn':
      return modifyColumn(definition, alteration, session, hasRows);
    case 'addIndex': {
      const { kind } = alteration.index;
      if (kind === 'primary') throw notSupported('adding a primary key');
      if (kind === 'unique' && hasRows) throw notSupported('adding a unique index to a table that has rows');
      return withIndex(definition, alteration.index);
    }
    case 'dropIndex':
      return dropIndex(definition, alteration.name);
    case 'comment':
      return { ...definition, comment: alteration.comment };
    default:
      return alteredOptions(definition, alteration, session.cluster.tiflashStores);
  }
}

function addColumn(
  definition: TableDefinition,
  { column, position }: Extract<Alteration, { kind: 'addColumn' }>,
  session: Session,
): TableDefinition {
  const after = position?.after;
  let at = position ? 0 : definition.columns.length;
  if (after !== undefined) {
    at = definition.columns.findIndex((each) => each.name.toLowerCase() === after.toLowerCase()) + 1;
    if (at === 0) throw new SqlError(1054, `Unknown column '${after}' in 'columns'`);
  }
  const changed = withColumn(definition, column, session, at);
  const columns = changed.columns.map((each, position): ColumnDefinition => {
    if (position !== at) return each;
    return { ...each, originDefault: originDefault(each) };
  });
  return { ...changed, columns };
}

/** The value of a new column in existing rows. */
function originDefault(column: ColumnDefinition) {
  if (column.default.kind === 'value') return column.default.value;
  if (column.nullable && column.default.kind === 'none') return null;
  throw notSupported('adding a NOT NULL column without a literal default');
}

function dropColumn(definition: TableDefinition, name: string): TableDefinition {
  const column = definition.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!column) throw new SqlError(1091, `Can't DROP '${name}'; check that column/key exists`);
  if (definition.columns.length === 1) {
    throw new SqlError(1090, `can't drop only column ${name} in table`);
  }
  if (definition.indexes.some((index) => index.columnIds.includes(column.id))) {
    throw notSupported('dropping a column that is in an index');
  }
  return { ...definition, columns: definition.columns.filter((each) => each !== column) };
}

/** Only changes that leave the rows unchanged: names, defaults, comments and wider types of the same kind. */
function modifyColumn(
  definition: TableDefinition,
  { name, newName, column: spec }: Extract<Alteration, { kind: 'modifyColumn' }>,
  session: Session,
  hasRows: boolean,
): TableDefinition {
  const at = definition.columns.findIndex((each) => each.name.toLowerCase() === name.toLowerCase());
  const old = definition.columns[at];
  if (!old) throw new SqlError(1054, `Unknown column '${name}' in 'columns'`);
  const others = definition.columns.toSpliced(at, 1);
  if (!spec) {
    checkNewName(others, newName);
    return { ...definition, columns: definition.columns.with(at, { ...old, name: newName }) };
  }
  if (hasRows && old.nullable && !spec.nullable) throw notSupported('making a column of rows NOT NULL');
  if (hasRows && !holdsAllOf(spec.type, old.type)) throw notSupported('a MODIFY COLUMN that rewrites rows');
  const [changed] = withColumn({ ...definition, columns: others }, spec, session, 0).columns;
  if (!changed) throw new Error('the column was just added');
  const { id, originDefault } = old;
  const column = { ...changed, id, ...(originDefault !== undefined && { originDefault }) };
  return { ...definition, columns: definition.columns.with(at, column) };
}

/** Whether every stored value of `narrow` is also one of `wide`, with the same text. */
function holdsAllOf(wide: ColumnType, narrow: ColumnType): boolean {
  if (wide.kind === 'integer' && narrow.kind === 'integer') {
    const widths = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
    return wide.unsigned === narrow.unsigned && widths.indexOf(wide.width) >= widths.indexOf(narrow.width);
  }
  if ('length' in wide && 'length' in narrow) return wide.kind === narrow.kind && wide.length >= narrow.length;
  return JSON.stringify(wide) === JSON.stringify(narrow);
}

function dropIndex(definition: TableDefinition, name: string): TableDefinition {
  const index = definition.indexes.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!index) throw new SqlError(1091, `index ${name} doesn't exist`);
  if (index.name === 'PRIMARY') throw notSupported('dropping the primary key');
  return { ...definition, indexes: definition.indexes.filter((each) => each !== index) };
}

function withColumn(definition: TableDefinition, spec: ColumnSpec, session: Session, at: number): TableDefinition {
  checkNewName(definition.columns, spec.name);
  checkType(spec, session.cluster.version);
  const column: ColumnDefinition = {
    id: definition.nextColumnId,
    name: spec.name,
    type: typeIn(spec.charset ?? definition.charset, spec.type),
    nullable: spec.nullable,
    default: defaultOf(spec, session),
    onUpdateNow: spec.onUpdateNow,
    autoIncrement: spec.autoIncrement,
    comment: spec.comment,
  };
  return {
    ...definition,
    columns: definition.columns.toSpliced(at, 0, column),
    nextColumnId: definition.nextColumnId + 1,
  };
}

function checkNewName(columns: readonly ColumnDefinition[], name: string): void {
  checkName(name);
  if (columns.some((each) => each.name.toLowerCase() === name.toLowerCase())) {
    throw new SqlError(1060, `Duplicate column name '${name}'`);
  }
}

/** A text has the column's character set, or else the table's. */
function typeIn(charset: Charset | undefined, type: ColumnType): ColumnType {
  if (charset === undefined || charset === 'utf8mb4') return type;
  return isText(type) ? { ...type, charset } : type;
}

function checkName(name: string): void {
  if ([...name].length > MAX_NAME) throw new SqlError(1059, `Identifier name '${name}' is too long`);
  if (name === '' || name.endsWith(' ')) throw new SqlError(1166, `Incorrect column name '${name}'`);
}

function checkType({ name, type, onUpdateNow, autoIncrement }: ColumnSpec, version: TidbVersion): void {
  if (type.kind === 'vector' && !hasFeature(version, 'vectors')) throw syntaxErrorAbout(`near "VECTOR"`);
  if (onUpdateNow && type.kind !== 'datetime' && type.kind !== 'timestamp') {
    throw new SqlError(1294, `Invalid ON UPDATE clause for '${name}' column`);
  }
  if (autoIncrement && type.kind !== 'integer') {
    throw new SqlError(1063, `Incorrect column specifier for column '${name}'`);
  }
  if ((type.kind === 'enum' || type.kind === 'set') && new Set(type.values).size !== type.values.length) {
    throw new SqlError(1291, `Column '${name}' has duplicated value in ${type.kind.toUpperCase()}`);
  }
}

function defaultOf(
  { name, type, nullable, default: value, autoIncrement }: ColumnSpec,
  session: Session,
): ColumnDefault {
  if (!value) return { kind: 'none' };
  if (autoIncrement) throw invalidDefault(name);
  // DEFAULT NULL is a nullable column's default anyway.
  if (value.kind === 'literal' && value.literal.kind === 'null' && nullable) return { kind: 'none' };
  if (value.kind === 'call') {
    if (type.kind !== 'datetime' && type.kind !== 'timestamp') throw invalidDefault(name);
    return { kind: 'now' };
  }
  if (isLob(type)) throw new SqlError(1101, `BLOB/TEXT/JSON column '${name}' can't have a default value`);
  return { kind: 'value', value: defaultValue(name, type, nullable, value, session) };
}

function defaultValue(name: string, type: ColumnType, nullable: boolean, value: Expression, session: Session) {
  const compiled = compile(value, { session, parameters: [], column: noColumns });
  const cell = compiled.evaluate([]);
  if (cell === null && !nullable) throw invalidDefault(name);
  try {
    const { utcOffsetMinutes } = session;
    return toStored(assign({ cell, type: compiled.type }, { column: { name, type }, row: 1, utcOffsetMinutes }));
  } catch (error) {
    if (error instanceof SqlError && error.errno !== 1105) throw invalidDefault(name);
    throw error;
  }
}

function isLob(type: ColumnType): boolean {
  return type.kind === 'text' || type.kind === 'blob' || type.kind === 'json' || type.kind === 'vector';
}

function invalidDefault(name: string): SqlError {
  return new SqlError(1067, `Invalid default value for '${name}'`);
}

function withIndex(definition: TableDefinition, spec: IndexSpec): TableDefinition {
  const isPrimary = spec.kind === 'primary';
  if (isPrimary && definition.indexes.some((index) => index.name === 'PRIMARY')) {
    throw new SqlError(1068, 'Multiple primary key defined');
  }
  const columns = spec.columns.map((name) => indexedColumn(definition, name));
  if (new Set(columns).size !== columns.length) {
    throw new SqlError(1060, `Duplicate column name '${spec.columns[0] ?? ''}'`);
  }
  const name = isPrimary ? 'PRIMARY' : freeName(definition, spec);
  const index: IndexDefinition = {
    id: definition.nextIndexId,
    name,
    unique: spec.kind !== 'index',
    columnIds: columns.map((column) => column.id),
    comment: spec.comment,
  };
  const keyIds = isPrimary ? new Set(index.columnIds) : new Set<number>();
  return {
    ...definition,
    clustered: isPrimary ? spec.clustered : definition.clustered,
    // A column of the primary key is never NULL.
    columns: definition.columns.map((column) => (keyIds.has(column.id) ? { ...column, nullable: false } : column)),
    indexes: [...definition.indexes, index],
    nextIndexId: definition.nextIndexId + 1,
  };
}

function indexedColumn(definition: TableDefinition, name: string): ColumnDefinition {
  const column = definition.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!column) throw new SqlError(1072, `Key column '${name}' doesn't exist in table`);
  if (familyOf(column.type) === 'json') {
    throw new SqlError(3152, `JSON column '${column.name}' cannot be used in key specification.`);
  }
  if (isLob(column.type)) {
    throw new SqlError(1170, `BLOB/TEXT column '${column.name}' used in key specification without a key length`);
  }
  return column;
}

/** The given name, which must be new; otherwise the first column's name, with a number if that is taken. */
function freeName(definition: TableDefinition, spec: IndexSpec): string {
  const isTaken = (name: string) => definition.indexes.some((index) => index.name.toLowerCase() === name.toLowerCase());
  if (spec.name !== undefined) {
    if (isTaken(spec.name)) throw new SqlError(1061, `Duplicate key name '${spec.name}'`);
    return spec.name;
  }
  const base = spec.columns[0] ?? '';
  let name = base;
  for (let number = 2; isTaken(name); number += 1) name = `${base}_${number}`;
  return name;
}

function checkAutoIncrement(definition: TableDefinition): void {
  const columns = definition.columns.filter((column) => column.autoIncrement);
  const isKeyed = columns.every(({ id }) => definition.indexes.some((index) => index.columnIds[0] === id));
  if (columns.length > 1 || !isKeyed) {
    throw new SqlError(
      1075,
      'Incorrect table definition; there can be only one auto column and it must be defined as a key',
    );
  }
}
