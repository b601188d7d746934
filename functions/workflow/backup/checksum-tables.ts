import type { ProcessingBackup } from '../../domain/backup/backup-record.ts';
import { foldedTable, isInScope, type TableName } from '../../domain/backup/backup-scope.ts';
import {
  NOTES_VERSION,
  notesFile,
  type RecordedTable,
  shownTable,
  type TableNotes,
} from '../../domain/backup/table-notes.ts';
import { type ChecksumSummary, EXAMPLES_KEPT } from '../../domain/backup/verification.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import type { BackupOutcome, SnapshotHold, TidbControl, TidbGateway } from '../../domain/tidb/tidb.ts';
import { failureMeans } from '../../domain/workflow/failure-table.ts';
import { NodeFailure, WORKER_INTERRUPTED } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import type { NodeRunner } from '../shared/node-runner.ts';
import { whileWanted } from '../shared/while-wanted.ts';
import { readTables } from './read-tables.ts';

export interface NoteTablesDeps extends Pick<NodeRunner, 'deadline' | 'outOfTime' | 'interruption'> {
  tidb: Pick<TidbGateway, 'holdSnapshot'>;
  files: Pick<BackupFiles, 'write'>;
  clock: Clock;
}

/** The backup attempt whose tables get checksums. */
export interface NotedAttempt {
  cluster: Cluster;
  record: ProcessingBackup;
  /** The attempt's folder. */
  location: StorageLocation;
  control: Pick<TidbControl, 'contentsOfBackup'>;
  /** Called every few seconds. A NodeFailure that says that nobody wants the backup any more ends it. */
  goOn: () => Promise<unknown>;
}

/**
 * Runs a backup and, if its record asks for it, computes checksums of its tables at its snapshot, for drills to
 * compare. The history is held from before the backup, which may take longer than TiDB would keep it. A failure here
 * never fails the backup.
 * @throws what `backUp` and `goOn` throw
 */
export async function notingTables<Outcome extends BackupOutcome>(
  attempt: NotedAttempt,
  deps: NoteTablesDeps,
  backUp: () => Promise<Outcome>,
): Promise<Outcome & { checksums?: ChecksumSummary }> {
  if (!attempt.record.wantsChecksums) return await backUp();
  const hold = await heldHistory(attempt, deps);
  try {
    const outcome = await backUp();
    if (!('hold' in hold)) return { ...outcome, checksums: hold };
    return { ...outcome, checksums: await note(attempt, outcome.backupTso, hold.hold, deps) };
  } finally {
    if ('hold' in hold)
      await hold.hold.close().catch((error: unknown) => log.warn({ message: 'history is no longer held', error }));
  }
}

async function heldHistory(
  { cluster, record }: NotedAttempt,
  { tidb, ...limit }: NoteTablesDeps,
): Promise<{ hold: SnapshotHold } | { missing: string }> {
  try {
    return { hold: await tidb.holdSnapshot(cluster, limit) };
  } catch (error) {
    return missing(record, error);
  }
}

async function note(
  { record, location, control, goOn }: NotedAttempt,
  backupTso: string,
  hold: SnapshotHold,
  { files, clock, deadline, interruption }: NoteTablesDeps,
): Promise<ChecksumSummary> {
  try {
    interruption?.throwIfAborted();
    const isWanted = (table: TableName) => isInScope(record.scope, table);
    const tolerated = ['TablesUnreadable', 'TidbAccessDenied'] as const;
    const reading = readTables({ hold, tso: backupTso, version: NOTES_VERSION, isWanted, tolerated, clock, deadline });
    const read = await whileWanted(reading, { clock, interruption, goOn });
    const contents = await control.contentsOfBackup(location);
    const tables = [...read.tables, ...unseen(read.tables, contents?.tables ?? [])];
    await hold.proveAlive();
    const checksums = summaryOf(tables);
    const databases = contents?.databases ?? [];
    const notes: TableNotes = { version: NOTES_VERSION, backupTso, databases, tables };
    const { folder, name } = notesFile(record, record.attempts);
    await files.write(folder, name, JSON.stringify(notes));
    log.info({ message: 'tables noted', backupId: record.backupId, ...checksums });
    return checksums;
  } catch (error) {
    if (error instanceof NodeFailure && failureMeans(error.name, 'endsOperation')) throw error;
    return missing(record, isStop(error) ? STOPPED : error);
  }
}

/**
 * What its message says about the backup will not happen: a stopped worker has two minutes, which is enough to record a
 * finished backup.
 */
function isStop(error: unknown): boolean {
  return error instanceof NodeFailure && error.name === WORKER_INTERRUPTED;
}

const STOPPED = new NodeFailure(WORKER_INTERRUPTED, 'the worker was stopped from outside while it read the tables');

/** TiDB shows an account only tables that it has a privilege on, but BACKUP takes all of them. */
function unseen(seen: readonly TableName[], inBackup: readonly TableName[]): RecordedTable[] {
  const known = new Set(seen.map(foldedTable));
  return inBackup
    .filter((table) => !known.has(foldedTable(table)))
    .map((table) => ({
      ...table,
      unreadable: `${shownTable(table)} is in the backup, but the account cannot see it: grant it SELECT`,
    }));
}

/** @throws NodeFailure TablesUnreadable if none of them could be read */
function summaryOf(tables: readonly RecordedTable[]): ChecksumSummary {
  const unreadable = tables.flatMap((table) => table.unreadable ?? []);
  if (unreadable[0] !== undefined && unreadable.length === tables.length) {
    throw new NodeFailure('TablesUnreadable', unreadable[0]);
  }
  const withRows = tables.filter(({ rows }) => rows !== undefined);
  return {
    tables: withRows.length,
    ...(withRows.length > 0 && {
      comparison: withRows.some(({ kvs }) => kvs !== undefined) ? 'rowsAndKeyValues' : 'rows',
    }),
    ...(unreadable.length > 0 && {
      unreadable: unreadable.length,
      unreadableExamples: unreadable.slice(0, EXAMPLES_KEPT),
    }),
  };
}

/** Why a drill will find nothing to compare. Internal errors go only to the log. */
function missing({ backupId }: ProcessingBackup, error: unknown): { missing: string } {
  log.warn({ message: 'table checksums of a backup could not be computed', backupId, error });
  return {
    missing: error instanceof NodeFailure ? `${error.name}: ${error.message}` : 'the service could not compute them',
  };
}
