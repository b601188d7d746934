import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { inAnyCase, published } from '../shared/described.ts';
import { object } from '../shared/object.ts';

export interface TableName {
  database: string;
  table: string;
}

/** TiDB's limit for the name of a database or table, in characters (code points). */
const MAX_NAME_LENGTH = 64;

/** Enough for a hand-picked list; this many names fit into a record, a statement and an execution's input. */
const MAX_NAMES = 100;
const COUNT_RULE = `must be 1 to ${MAX_NAMES} names`;

const SYSTEM_DATABASES = new Set(['mysql', 'information_schema', 'performance_schema', 'metrics_schema', 'sys']);

/**
 * TiDB's own databases, which BACKUP and RESTORE treat differently: BR backs up the tables of `mysql` under a temporary
 * name.
 */
export function isSystemDatabase(name: string): boolean {
  return SYSTEM_DATABASES.has(fold(name)) || isTemporaryDatabase(name);
}

/** A database that BR creates during a restore and drops at the end. */
export function isTemporaryDatabase(name: string): boolean {
  return fold(name).startsWith('__tidb_br_temporary_');
}

const NAME_RULE = `must be 1 to ${MAX_NAME_LENGTH} characters, without NUL and not ending in a blank`;

/** What TiDB accepts as a name, with any content: statements quote it. */
function isName(text: string): boolean {
  return text.isWellFormed() && /^[^\0]*[^\0 ]$/u.test(text) && [...text].length <= MAX_NAME_LENGTH;
}

const notOfTheSystem = (name: string) => !isSystemDatabase(name);

const PART = /`((?:[^`]|``)+)`|([^.`\s]+)/u.source;
const TABLE_NAME = new RegExp(`^(?:${PART})\\.(?:${PART})$`, 'u');

const database = published(
  z.string().check(z.refine(isName, NAME_RULE), z.refine(notOfTheSystem, "must not be one of TiDB's own databases")),
  {
    minLength: 1,
    maxLength: MAX_NAME_LENGTH,
    pattern: `^(?!(${[...SYSTEM_DATABASES].map(inAnyCase).join('|')})$|${inAnyCase('__tidb_br_temporary_')})[^\\u0000]*[^\\u0000 ]$`,
  },
);

const table = published(
  z.string().check(
    z.refine(
      (text) => parseTableName(text) !== undefined,
      'must be "database.table", with backticks (doubled inside) around a name that holds a dot, a backtick or a blank',
    ),
    z.refine((text) => namesOf(text).every(isName), `each of its two names ${NAME_RULE}`),
    z.refine((text) => namesOf(text).slice(0, 1).every(notOfTheSystem), "must not be in one of TiDB's own databases"),
  ),
  // A name in backticks has each backtick doubled.
  { pattern: TABLE_NAME.source, minLength: 3, maxLength: 2 * (2 + 2 * MAX_NAME_LENGTH) + 1 },
);

const names = (name: z.ZodMiniString, key: (text: string) => string) =>
  published(
    z.array(name).check(
      z.minLength(1, COUNT_RULE),
      z.maxLength(MAX_NAMES, COUNT_RULE),
      z.refine((all) => new Set(all.map(key)).size === all.length, 'must not repeat a name; case is ignored'),
    ),
    { uniqueItems: true },
  );

/**
 * What part of a cluster is backed up or restored: whole databases, or single tables as {@link formatTableName} writes
 * them. Without a scope: everything.
 */
export const backupScope = published(
  z.union(
    [
      object(() => ({ databases: names(database, fold), tables: z.optional(z.never()) })),
      object(() => ({
        databases: z.optional(z.never()),
        tables: names(table, (text) => namesOf(text).map(fold).join('\0')),
      })),
    ],
    `must be {"databases": [1 to ${MAX_NAMES} names]} or {"tables": [1 to ${MAX_NAMES} of "database.table"]}, and not both`,
  ),
  {
    id: 'Scope',
    description:
      'Whole databases, or single tables as SQL writes them: backticks around a name that holds a dot, a backtick or a blank. Defaults to everything',
  },
);
export type BackupScope = z.infer<typeof backupScope>;

/** The {@link scopeKey} of the whole cluster. */
export const EVERYTHING = '*';

/** A short key, for use in an index, that is equal for equal sets of names, whatever their order and case. */
export function scopeKey(scope: BackupScope | undefined): string {
  if (scope === undefined) return EVERYTHING;
  const [kind, members] = scope.databases ? ['databases', scope.databases.map(fold)] : ['tables', tableKeys(scope)];
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, ...members.toSorted()]))
    .digest('hex');
  return `${kind}-${digest.slice(0, 32)}`;
}

/** Whether `outer` includes all of `inner`, judged by names alone. */
export function covers(outer: BackupScope | undefined, inner: BackupScope | undefined): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return false;
  if (outer.databases) {
    const held = new Set(outer.databases.map(fold));
    const wanted = inner.databases ?? tablesOf(inner).map((name) => name.database);
    return wanted.every((name) => held.has(fold(name)));
  }
  const held = new Set(tableKeys(outer));
  return inner.databases === undefined && tableKeys(inner).every((key) => held.has(key));
}

export function isInScope(scope: BackupScope | undefined, { database, table }: TableName): boolean {
  return covers(scope, { tables: [formatTableName({ database, table })] });
}

/** The tables that a scope names individually. */
export function tablesOf({ tables = [] }: BackupScope): TableName[] {
  return tables.map((text) => {
    const name = parseTableName(text);
    if (name === undefined) throw new Error('a scope is checked before it is used');
    return name;
  });
}

/** Quotes a name for SQL, in every `sql_mode`: within backticks only a backtick has a meaning. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** TiDB ignores the case of database and table names. */
export function foldedTable({ database, table }: TableName): string {
  return JSON.stringify([fold(database), fold(table)]);
}

function tableKeys(scope: BackupScope): string[] {
  return tablesOf(scope).map(foldedTable);
}

function fold(name: string): string {
  return name.toLowerCase();
}

/** Parses `shop.orders` or `` `my shop`.`or``ders` ``; `undefined` for anything else. */
export function parseTableName(text: string): TableName | undefined {
  const match = TABLE_NAME.exec(text);
  if (match === null) return undefined;
  const [, quotedDatabase, database, quotedTable, table] = match;
  return { database: unquoted(quotedDatabase) ?? database ?? '', table: unquoted(quotedTable) ?? table ?? '' };
}

/** The inverse of {@link parseTableName}. */
export function formatTableName({ database, table }: TableName): string {
  return `${quotedIfNeeded(database)}.${quotedIfNeeded(table)}`;
}

function unquoted(text: string | undefined): string | undefined {
  return text?.replaceAll('``', '`');
}

function quotedIfNeeded(name: string): string {
  return /[.`\s]/u.test(name) ? `\`${name.replaceAll('`', '``')}\`` : name;
}

function namesOf(text: string): string[] {
  const name = parseTableName(text);
  return name === undefined ? [] : [name.database, name.table];
}
