import { decimal64 } from '../../domain/backup/backup-record.ts';
import { type BackupScope, quotedName, tablesOf } from '../../domain/backup/backup-scope.ts';
import type { TransferLimits } from '../../domain/config/system-config.ts';
import { correlationIdentifier } from '../../domain/shared/identifiers.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import type { BackupInterval, StatementKind } from '../../domain/tidb/tidb.ts';
import { type StorageKeys, storageUrl } from './storage-url.ts';

/** The only place where BACKUP and RESTORE are built. Their URL cannot be a `?` placeholder (TiDB's grammar). */
export interface StatementOptions {
  location: StorageLocation;
  /** Absent: TiKV uses its own role. */
  keys?: StorageKeys | undefined;
  limits: TransferLimits;
  /** Defaults to all databases. */
  scope?: BackupScope | undefined;
  /** For a RESTORE of everything on TiDB 8.2 or later; if unset, the option is left out. */
  withSystemTables?: boolean | undefined;
  /** For an incremental BACKUP. */
  interval?: BackupInterval | undefined;
  /** Id of the request that the statement serves. */
  correlationId?: string | undefined;
}

/** BACKUP or RESTORE. */
export function brieSql(kind: StatementKind, options: StatementOptions): string {
  const direction = kind === 'BACKUP' ? 'TO' : 'FROM';
  return [
    kind,
    ...comments(options),
    `${objects(options.scope)} ${direction} ${storageLiteral(options)}`,
    ...optionClauses(options),
  ].join(' ');
}

function objects(scope: BackupScope | undefined): string {
  if (scope === undefined) return 'DATABASE *';
  if (scope.databases) return `DATABASE ${scope.databases.map(quotedName).join(', ')}`;
  const names = tablesOf(scope).map(({ database, table }) => `${quotedName(database)}.${quotedName(table)}`);
  return `TABLE ${names.join(', ')}`;
}

/**
 * After the first word, by which process lists, proxies and this service recognize a statement. TiDB's log and audit
 * log contain the comment; its process list does not: it shows BACKUP and RESTORE as parsed, without secrets or
 * comments.
 * @throws zod's error for an id that could end the comment
 */
function comments({ correlationId }: StatementOptions): string[] {
  return correlationId === undefined ? [] : [`/* correlation-id=${correlationIdentifier.parse(correlationId)} */`];
}

export function showBackupMetadataSql(options: Pick<StatementOptions, 'location' | 'keys'>): string {
  return `SHOW BACKUP METADATA FROM ${storageLiteral(options)}`;
}

function storageLiteral({ location, keys }: Pick<StatementOptions, 'location' | 'keys'>): string {
  return stringLiteral(storageUrl(location, keys));
}

function optionClauses({ location, keys, limits, interval, withSystemTables }: StatementOptions): string[] {
  const clauses: string[] = [];
  if (limits.concurrency !== undefined) clauses.push(`CONCURRENCY = ${naturalNumber(limits.concurrency)}`);
  if (limits.rateLimit !== undefined) clauses.push(`RATE_LIMIT = ${naturalNumber(limits.rateLimit)} MB/SECOND`);
  // By default TiDB looks for keys in its own environment and sends them to TiKV. Without keys from us there are none.
  if (location.type === 's3' && keys === undefined) clauses.push('SEND_CREDENTIALS_TO_TIKV = FALSE');
  if (withSystemTables !== undefined) clauses.push(`WITH_SYS_TABLE = ${withSystemTables ? 'TRUE' : 'FALSE'}`);
  if (interval !== undefined) {
    clauses.push(`SNAPSHOT = ${decimal64.parse(interval.snapshot)}`);
    clauses.push(`LAST_BACKUP = ${decimal64.parse(interval.lastBackup)}`);
  }
  return clauses;
}

/**
 * Correct in every `sql_mode`, including NO_BACKSLASH_ESCAPES, as long as the text has no backslash; an encoded URL has
 * none.
 */
function stringLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function naturalNumber(value: number): string {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`not a natural number: ${value}`);
  return String(value);
}
