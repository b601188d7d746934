import { flag } from './command.ts';
import { CommandError, EXIT } from './exit-codes.ts';

/** Flags for a part of a cluster. */
export const SCOPE = {
  database: flag.texts('Only this database; repeat it for more', 'NAME'),
  table: flag.texts('Only this table; repeat it for more', 'DATABASE.TABLE'),
};

interface ScopeFlags {
  readonly database?: readonly string[] | undefined;
  readonly table?: readonly string[] | undefined;
}

/** @returns `undefined` for the whole cluster @throws CommandError for both */
export function scopeOf({ database, table }: ScopeFlags): { databases: string[] } | { tables: string[] } | undefined {
  if (database !== undefined && table !== undefined) {
    throw new CommandError(EXIT.usage, '--database and --table exclude each other');
  }
  if (database !== undefined) return { databases: [...database] };
  return table === undefined ? undefined : { tables: [...table] };
}

/** Name of a scope for people. */
export function scopeText(scope: { databases?: unknown; tables?: unknown } | undefined): string {
  if (scope === undefined) return 'whole cluster';
  return [scope.databases ?? [], scope.tables ?? []].flat().join(', ');
}
