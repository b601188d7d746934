import { assertNever } from '../storage/cell.ts';
import type {
  Charset,
  ColumnDefinition,
  ForeignKey,
  IndexDefinition,
  Partitioning,
  SequenceDefinition,
  TableDefinition,
  TableInfo,
  TimeToLive,
  ViewDefinition,
} from '../storage/schema.ts';
import type { TidbVersion } from '../tidb-version.ts';
import { typeName } from '../types/type-name.ts';
import { charsetOf, defaultCollation, isText } from './as-text.ts';

/** The CREATE TABLE statement as SHOW CREATE TABLE prints it; executed elsewhere, it creates the same table. */
export function createTableText(
  { name, definition }: Pick<TableInfo, 'name' | 'definition'>,
  autoIncrement: bigint,
  version: TidbVersion,
): string {
  if (definition.view) return viewText(name, definition, definition.view);
  if (definition.sequence) return sequenceText(name, definition, definition.sequence);
  const lines = [
    ...definition.columns.map((column) => columnText(column, definition.charset, version)),
    ...definition.indexes.map((index) => indexText(index, definition.columns, definition.clustered)),
    ...(definition.foreignKeys ?? []).map(foreignKeyText),
  ];
  const hasCounter = definition.columns.some((column) => column.autoIncrement) && autoIncrement > 1n;
  const counter = hasCounter ? ` AUTO_INCREMENT=${autoIncrement}` : '';
  const comment = definition.comment === '' ? '' : ` COMMENT=${quoted(definition.comment)}`;
  return (
    `CREATE ${definition.temporary ? 'GLOBAL TEMPORARY ' : ''}TABLE ${identifier(name)} (\n  ${lines.join(',\n  ')}\n` +
    `) ENGINE=InnoDB DEFAULT CHARSET=${definition.charset ?? 'utf8mb4'} COLLATE=${defaultCollation(definition.charset)}${counter}${comment}${optionTexts(definition)}`
  );
}

/** What follows the comment, in TiDB's order (constructResultOfShowCreateTable in pkg/executor/show.go). */
function optionTexts({ cached, temporary, ttl, partitioning }: TableDefinition): string {
  return [
    cached ? ' /* CACHED ON */' : '',
    partitioning ? partitionText(partitioning) : '',
    ttl ? ttlText(ttl) : '',
    temporary ? ' ON COMMIT DELETE ROWS' : '',
  ].join('');
}

function ttlText({ column, interval, enabled, jobInterval }: TimeToLive): string {
  const isOn = enabled ? 'ON' : 'OFF';
  return (
    ` /*T![ttl] TTL=${identifier(column)} + INTERVAL ${interval} */ /*T![ttl] TTL_ENABLE='${isOn}' */` +
    ` /*T![ttl] TTL_JOB_INTERVAL='${jobInterval}' */`
  );
}

function partitionText({ by, count, partitions }: Partitioning): string {
  if (count !== undefined) return `\nPARTITION BY ${by} PARTITIONS ${count}`;
  const lines = partitions.map(({ name, values }) => `PARTITION ${identifier(name)} VALUES ${values}`);
  return `\nPARTITION BY ${by}\n(${lines.join(',\n ')})`;
}

function foreignKeyText({ name, columns, database, table, references, actions }: ForeignKey): string {
  const names = (list: readonly string[]) => `(${list.map(identifier).join(',')})`;
  const target = `${database === undefined ? '' : `${identifier(database)}.`}${identifier(table)}`;
  const then = actions === '' ? '' : ` ${actions}`;
  return `CONSTRAINT ${identifier(name)} FOREIGN KEY ${names(columns)} REFERENCES ${target} ${names(references)}${then}`;
}

/** TiDB prints the query in its own form; here it is as written. */
function viewText(name: string, { columns }: TableDefinition, { select, definer }: ViewDefinition): string {
  const list = columns.map((column) => identifier(column.name)).join(', ');
  return (
    `CREATE ALGORITHM=UNDEFINED DEFINER=${identifier(definer.user)}@${identifier(definer.host)} SQL SECURITY DEFINER ` +
    `VIEW ${identifier(name)} (${list}) AS ${select}`
  );
}

function sequenceText(name: string, { comment }: TableDefinition, sequence: SequenceDefinition): string {
  const { start, min, max, increment, cache, cycle } = sequence;
  const remark = comment === '' ? '' : ` COMMENT=${quoted(comment)}`;
  return (
    `CREATE SEQUENCE ${identifier(name)} start with ${start} minvalue ${min} maxvalue ${max} increment by ${increment} ` +
    `${cache === 0 ? 'nocache' : `cache ${cache}`} ${cycle ? 'cycle' : 'nocycle'} ENGINE=InnoDB${remark}`
  );
}

export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function columnText(column: ColumnDefinition, tableCharset: Charset | undefined, version: TidbVersion): string {
  const parts = [identifier(column.name), typeName(column.type, version)];
  const charset = charsetOf(column.type);
  if (isText(column.type) && charset !== tableCharset) {
    parts.push(`CHARACTER SET ${charset ?? 'utf8mb4'} COLLATE ${defaultCollation(charset)}`);
  }
  if (!column.nullable) parts.push('NOT NULL');
  else if (column.type.kind === 'timestamp') parts.push('NULL');
  if (column.autoIncrement) parts.push('AUTO_INCREMENT');
  const text = defaultClause(column);
  if (text !== undefined) parts.push(`DEFAULT ${text}`);
  if (column.onUpdateNow) parts.push(`ON UPDATE ${nowText(column)}`);
  if (column.comment !== '') parts.push(`COMMENT ${quoted(column.comment)}`);
  return parts.join(' ');
}

function defaultClause(column: ColumnDefinition): string | undefined {
  const { default: value, type } = column;
  if (value.kind === 'now') return nowText(column);
  const text = defaultText(column);
  if (text !== undefined) {
    const isBytes = type.kind === 'binary' || type.kind === 'varbinary';
    return isBytes ? `x'${Buffer.from(text, 'base64').toString('hex')}'` : quoted(text);
  }
  return column.nullable ? 'NULL' : undefined;
}

/** The DEFAULT as DESCRIBE prints it, without quotes; `undefined` for NULL or no default. */
export function defaultText(column: ColumnDefinition): string | undefined {
  switch (column.default.kind) {
    case 'none':
      return undefined;
    case 'now':
      return nowText(column);
    case 'value':
      return column.default.value === null ? undefined : String(column.default.value);
    default:
      return assertNever(column.default);
  }
}

function nowText({ type }: ColumnDefinition): string {
  const fsp = type.kind === 'datetime' || type.kind === 'timestamp' ? type.fsp : 0;
  return fsp === 0 ? 'CURRENT_TIMESTAMP' : `CURRENT_TIMESTAMP(${fsp})`;
}

function indexText(index: IndexDefinition, columns: readonly ColumnDefinition[], clustered: boolean): string {
  const names = index.columnIds.flatMap((id) => columns.find((column) => column.id === id)?.name ?? []);
  const list = `(${names.map(identifier).join(',')})`;
  if (index.name === 'PRIMARY') {
    return `PRIMARY KEY ${list} /*T![clustered_index] ${clustered ? 'CLUSTERED' : 'NONCLUSTERED'} */`;
  }
  const comment = index.comment === '' ? '' : ` COMMENT ${quoted(index.comment)}`;
  return `${index.unique ? 'UNIQUE KEY' : 'KEY'} ${identifier(index.name)} ${list}${comment}`;
}
