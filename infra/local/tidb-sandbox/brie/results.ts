import type { ResultColumn, ResultSet } from '../sql/result-set.ts';
import type { ColumnType, StoredCell } from '../storage/schema.ts';
import { hasFeature } from '../tidb-version.ts';
import { datetimeAt } from './datetime.ts';
import type { JobOutcome } from './job.ts';
import type { BrieTask } from './queue.ts';
import type { RestoreOutcome } from './restore.ts';
import type { BrieSession } from './session.ts';

/** Column types as in buildBRIESchema of pkg/planner/core/planbuilder.go. */
export const columnTypes = {
  text: { kind: 'varchar', length: 255 },
  bigint: { kind: 'integer', width: 'bigint', unsigned: false, boolean: false },
  double: { kind: 'double' },
  datetime: { kind: 'datetime', fsp: 0 },
} as const satisfies Record<string, ColumnType>;

export function column(name: string, type: keyof typeof columnTypes): ResultColumn {
  return { name, type: columnTypes[type] };
}

export function backupResult(task: BrieTask, { size, backupTs }: JobOutcome, session: BrieSession): ResultSet {
  return {
    columns: [
      column('Destination', 'text'),
      column('Size', 'bigint'),
      column('BackupTS', 'bigint'),
      column('Queue Time', 'datetime'),
      column('Execution Time', 'datetime'),
    ],
    rows: [[task.destination, String(size), String(backupTs), ...timesOf(task, session)]],
  };
}

export function restoreResult(task: BrieTask, outcome: RestoreOutcome, session: BrieSession): ResultSet {
  const { size, backupTs, restoreTs } = outcome;
  // Without a column of its own, only the target's timestamp is shown.
  if (!hasFeature(session.cluster.version, 'clusterTsColumn')) {
    return backupResult(task, { size, backupTs: restoreTs }, session);
  }
  return {
    columns: [
      column('Destination', 'text'),
      column('Size', 'bigint'),
      column('BackupTS', 'bigint'),
      column('Cluster TS', 'bigint'),
      column('Queue Time', 'datetime'),
      column('Execution Time', 'datetime'),
    ],
    rows: [[task.destination, String(size), String(backupTs), String(restoreTs), ...timesOf(task, session)]],
  };
}

/** SHOW BR JOB QUERY: no row for a job that this server does not know. */
export function jobQueryResult(task: BrieTask | undefined): ResultSet {
  return { columns: [column('Query', 'text')], rows: task === undefined ? [] : [[task.query]] };
}

function timesOf(task: BrieTask, { utcOffsetMinutes }: BrieSession): StoredCell[] {
  return [datetimeAt(task.queueTime, utcOffsetMinutes), datetimeAt(task.executionTime, utcOffsetMinutes)];
}
