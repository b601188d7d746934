import { foldedTable } from '../backup/backup-scope.ts';
import type { Change, ChangedTable } from './ddl-tables.ts';

/**
 * How often RESTORE repeats each change: once for each affected table among these, by any name or id that the table has
 * had since (`FilterDDLJobs`, `br/pkg/task/restore.go`, which goes backwards from the newest job).
 */
export function repetitions(changes: readonly Change[], tables: readonly ChangedTable[]): number[] {
  const keys = changes.map(keysOf);
  const positions = new Map<string, number[]>();
  for (const [at, ofChange] of keys.entries()) {
    for (const key of ofChange) {
      const others = positions.get(key);
      if (others === undefined) positions.set(key, [at]);
      else others.push(at);
    }
  }
  const counts = changes.map(() => 0);
  for (const { name, id } of tables) {
    const known = new Set([foldedTable(name), ...(id === undefined ? [] : [id])]);
    for (let at = newestBefore(changes.length, known, positions); at !== undefined; ) {
      counts[at] = (counts[at] ?? 0) + 1;
      for (const key of keys[at] ?? []) known.add(key);
      at = newestBefore(at, known, positions);
    }
  }
  return counts;
}

function newestBefore(
  end: number,
  known: ReadonlySet<string>,
  positions: ReadonlyMap<string, readonly number[]>,
): number | undefined {
  const found = [...known].flatMap((key) => positions.get(key)?.findLast((at) => at < end) ?? []);
  return found.length === 0 ? undefined : Math.max(...found);
}

/** Tables created in a batch are created from the backup instead. */
function keysOf({ job, effect, tables }: Change): string[] {
  return effect === 'createsMany' ? [] : [job.tableId, ...tables.map(foldedTable)];
}
