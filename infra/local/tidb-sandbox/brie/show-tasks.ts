import { accessDenied } from '../sql/errors.ts';
import type { ResultSet } from '../sql/result-set.ts';
import type { StoredCell } from '../storage/schema.ts';
import { hasFeature } from '../tidb-version.ts';
import { datetimeAt } from './datetime.ts';
import type { BrieTask, BrieTaskKind } from './queue.ts';
import { column } from './results.ts';
import type { BrieSession } from './session.ts';

/**
 * SHOW BACKUPS and SHOW RESTORES: the tasks of the session's server only. The caller applies LIKE (to the first column) and WHERE. Source:
 * fetchShowBRIE in pkg/executor/brie.go. Throws 1227.
 */
export function showBrieTasks(kind: BrieTaskKind, session: BrieSession): ResultSet {
  const privilege = kind === 'BACKUP' ? 'BACKUP_ADMIN' : 'RESTORE_ADMIN';
  if (!session.hasPrivilege('SUPER') && !session.hasPrivilege(privilege)) throw accessDenied(`SUPER or ${privilege}`);
  const tasks = inRandomOrder(session.queue.tasks().filter((task) => task.kind === kind));
  const result: ResultSet = {
    columns: [
      column('Id', 'bigint'),
      column('Destination', 'text'),
      column('State', 'text'),
      column('Progress', 'double'),
      column('Queue_time', 'datetime'),
      column('Execution_time', 'datetime'),
      column('Finish_time', 'datetime'),
      column('Connection', 'bigint'),
      column('Message', 'text'),
    ],
    rows: tasks.map((task) => rowOf(task, session.utcOffsetMinutes)),
  };
  session.queue.clearOutdated();
  return hasFeature(session.cluster.version, 'jobControl') ? result : withoutFirstColumn(result);
}

/** TiDB keeps them in an unordered `sync.Map`. */
function inRandomOrder(tasks: readonly BrieTask[]): readonly BrieTask[] {
  return tasks
    .map((task) => ({ task, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ task }) => task);
}

function rowOf(task: BrieTask, utcOffsetMinutes: number): StoredCell[] {
  return [
    String(task.id),
    task.destination,
    task.progress.step,
    task.progress.percent,
    datetimeAt(task.queueTime, utcOffsetMinutes),
    datetimeAt(task.executionTime, utcOffsetMinutes),
    datetimeAt(task.finishTime, utcOffsetMinutes),
    String(task.connectionId),
    task.message ?? null,
  ];
}

function withoutFirstColumn({ columns, rows }: ResultSet): ResultSet {
  return { columns: columns.slice(1), rows: rows.map((row) => row.slice(1)) };
}
