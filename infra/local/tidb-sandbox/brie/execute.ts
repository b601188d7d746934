import { accessDenied, queryInterrupted, SqlError } from '../sql/errors.ts';
import type { ResultSet } from '../sql/result-set.ts';
import { assertNever } from '../storage/cell.ts';
import { hasFeature } from '../tidb-version.ts';
import { runBackup } from './backup.ts';
import { ContextCanceled, jobFailure } from './brie-error.ts';
import { formatJob } from './format.ts';
import type { BrieJob } from './job.ts';
import { type JobOptions, resolveOptions } from './job-options.ts';
import type { BrieTask } from './queue.ts';
import { runRestore } from './restore.ts';
import { backupResult, jobQueryResult, restoreResult } from './results.ts';
import { checkTablesExist, qualifyScope } from './scope.ts';
import type { BrieSession } from './session.ts';
import { showBackupMetadata } from './show-metadata.ts';
import type { BrieJobStatement, BrieScope, BrieStatement } from './statement.ts';
import { destinationOf, locate, parseStorageUrl } from './storage-url.ts';
import { watchForEnd } from './watch-for-end.ts';

/** ErrLoadDataJobNotFound, which TiDB also uses for BRIE jobs. */
const JOB_NOT_FOUND = 8170;

const withJobControl: ReadonlySet<BrieStatement['kind']> = new Set([
  'SHOW BACKUP METADATA',
  'SHOW BR JOB QUERY',
  'CANCEL BR JOB',
]);

/** Runs a BRIE statement; returns `undefined` if the answer is just OK. Throws SqlError. */
export async function executeBrie(statement: BrieStatement, session: BrieSession): Promise<ResultSet | undefined> {
  checkPrivilege(statement, session);
  if (withJobControl.has(statement.kind) && !hasFeature(session.cluster.version, 'jobControl')) {
    throw unsupportedKind(statement.kind);
  }
  switch (statement.kind) {
    case 'BACKUP':
    case 'RESTORE':
      return executeJob(statement, session);
    case 'SHOW BACKUP METADATA':
      return showBackupMetadata(statement.url, session);
    case 'SHOW BR JOB QUERY':
      return jobQueryResult(session.queue.find(statement.jobId));
    case 'CANCEL BR JOB':
      if (!session.queue.cancel(statement.jobId)) {
        session.addWarning(JOB_NOT_FOUND, `Job ID ${statement.jobId} doesn't exist`);
      }
      return undefined;
    case 'UNSUPPORTED':
      if (statement.url !== undefined) parseStorageUrl(statement.url);
      throw unsupportedKind(statement.statementKind);
    default:
      return assertNever(statement);
  }
}

function unsupportedKind(kind: string): SqlError {
  return new SqlError(1105, `unsupported BRIE statement kind: ${kind}`);
}

function checkPrivilege({ kind }: BrieStatement, session: BrieSession): void {
  const privilege = kind === 'RESTORE' ? 'RESTORE_ADMIN' : 'BACKUP_ADMIN';
  if (session.hasPrivilege('SUPER') || session.hasPrivilege(privilege)) return;
  throw accessDenied(`SUPER or ${privilege}`);
}

/** TiDB's order: what the statement alone shows to be wrong fails before the job is queued. */
async function executeJob(statement: BrieJobStatement, session: BrieSession): Promise<ResultSet> {
  const { storage, version } = session.cluster;
  const scope = qualifyScope(statement.scope, session.currentDatabase);
  if (statement.kind === 'BACKUP') checkTablesExist(scope, storage, storage.currentTso());
  const url = parseStorageUrl(statement.url);
  const options = resolveOptions(statement, version, session.utcOffsetMinutes);
  const destination = destinationOf(url);
  const task = session.queue.register({
    kind: statement.kind,
    destination,
    query: formatJob({ ...statement, scope, url: destination }),
    connectionId: session.connectionId,
  });
  const stopWatching = watchForEnd(session, task);
  try {
    await session.queue.acquire(task);
    try {
      return await runTask(task, scope, options, () => locate(url), session);
    } finally {
      session.queue.release();
    }
  } finally {
    stopWatching();
    session.queue.end(task);
  }
}

async function runTask(
  task: BrieTask,
  scope: BrieScope,
  options: JobOptions,
  location: () => BrieJob['location'],
  session: BrieSession,
): Promise<ResultSet> {
  const { cluster, connectionId } = session;
  const { progress, canceled: signal } = task;
  try {
    const job: BrieJob = { session, cluster, scope, location: location(), options, progress, signal };
    return task.kind === 'BACKUP'
      ? backupResult(task, await runBackup(job, `${connectionId}-${task.id}`), session)
      : restoreResult(task, await runRestore(job), session);
  } catch (error) {
    const failure = signal.aborted ? cancellation(task, session) : jobFailure(task.kind, error);
    task.message = storedMessage(failure);
    throw failure;
  } finally {
    task.finishTime = cluster.clock();
  }
}

/** `Error()` of TiDB's own errors, which SHOW prints; the client sees only the text. */
function storedMessage({ errno, message }: SqlError): string {
  return errno === 1105 ? message : `[executor:${errno}]${message}`;
}

/** A killed client sees the job's failure; on the newest releases, its own interruption. */
function cancellation(task: BrieTask, { cluster }: BrieSession): SqlError {
  const asInterrupted = hasFeature(cluster.version, 'killedAsInterrupted');
  return asInterrupted ? queryInterrupted() : jobFailure(task.kind, new ContextCanceled());
}
