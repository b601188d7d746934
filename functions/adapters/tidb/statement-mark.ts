import type { StatementMark } from '../../domain/tidb/tidb.ts';

/** Ids need no escaping: letters, digits, `-` and `_` are literal in a pattern and in a URL. */
function folder({ backupId, attempt }: StatementMark): string {
  return `/${backupId}/attempt-${attempt ?? '\\d+'}(?!\\d)`;
}

/** @param info a statement, as the process list shows it */
export function isMarkedStatement(info: string | null, mark: StatementMark): boolean {
  // A table may have the name of another backup's folder.
  const text = (info ?? '').replace(/`(?:[^`]|``)*`/g, '``');
  return new RegExp(`^\\s*(?:/\\*.*?\\*/\\s*)*${mark.kind}\\s.*${folder(mark)}`, 'is').test(text);
}

/** @param destination a URL, as `SHOW BACKUPS` and `SHOW RESTORES` show it */
export function isMarkedDestination(destination: string, mark: StatementMark): boolean {
  return new RegExp(`${folder(mark)}/?(?:\\?.*)?$`, 's').test(destination);
}
