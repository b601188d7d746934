import { assertNever } from '../storage/cell.ts';
import { redactUrl } from './redact.ts';
import type { BrieJobStatement, BrieOption, BrieScope, BrieStatement } from './statement.ts';

/**
 * The statement as the process list may show it: TiDB prints its syntax tree, with the URL's secrets masked (BRIEStmt.SecureText in
 * pkg/parser/ast/misc.go).
 */
export function formatSecurely(statement: BrieStatement): string {
  switch (statement.kind) {
    case 'BACKUP':
    case 'RESTORE':
      return formatJob({ ...statement, url: redactUrl(statement.url) });
    case 'SHOW BACKUP METADATA':
      return `SHOW BACKUP METADATA FROM ${quoteString(redactUrl(statement.url))}`;
    case 'SHOW BR JOB QUERY':
    case 'CANCEL BR JOB':
      return `${statement.kind} ${statement.jobId}`;
    case 'UNSUPPORTED':
      return statement.statementKind;
    default:
      return assertNever(statement);
  }
}

/** Prints the URL unchanged: mask it or remove its query first. */
export function formatJob({ kind, scope, url, options }: BrieJobStatement): string {
  const direction = kind === 'BACKUP' ? 'TO' : 'FROM';
  return [kind, formatScope(scope), direction, quoteString(url), ...options.map(formatOption)].join(' ');
}

function formatScope(scope: BrieScope): string {
  switch (scope.kind) {
    case 'everything':
      return 'DATABASE *';
    case 'databases':
      return `DATABASE ${scope.names.map(quoteName).join(', ')}`;
    case 'tables': {
      const names = scope.tables.map(({ database, name }) =>
        [...(database === undefined ? [] : [database]), name].map(quoteName).join('.'),
      );
      return `TABLE ${names.join(', ')}`;
    }
    default:
      return assertNever(scope);
  }
}

function formatOption(option: BrieOption): string {
  switch (option.kind) {
    case 'integer':
      return `${option.name} = ${option.value}`;
    case 'boolean':
      return `${option.name} = ${option.value ? 1 : 0}`;
    case 'string':
      return `${option.name} = ${quoteString(option.value)}`;
    case 'checksum':
      return `CHECKSUM = ${option.level}`;
    case 'rateLimit':
      return `RATE_LIMIT = ${option.mebibytesPerSecond} MB/SECOND`;
    case 'snapshotAgo':
      return `SNAPSHOT = ${option.microseconds} MICROSECOND AGO`;
    case 'timestamp':
      return `${option.name} = ${typeof option.at === 'string' ? quoteString(option.at) : option.at}`;
    default:
      return assertNever(option);
  }
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function quoteString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
