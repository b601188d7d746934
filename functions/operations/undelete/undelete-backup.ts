import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import { attemptLocation } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { costOf, usageOfUndelete } from '../../domain/planning/cost.ts';
import type { UndeletePlan } from '../../domain/planning/plan.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import { copyOf, displayPath, isInBucket } from '../../domain/storage/storage-location.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { recordInvalid, recordNotFound } from '../shared/record-refusals.ts';
import { type StartWorkflowDeps, startWorkflow, wasStarted, withRollback } from '../shared/start-workflow.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface PlanUndeleteDeps {
  backups: Pick<BackupStore, 'get'>;
}

export interface UndeleteBackupDeps extends PlanUndeleteDeps, StartWorkflowDeps {
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
  attempt: Attempt;
}

/**
 * Recovers the files of a finished backup that somebody else deleted or overwrote, from the versions that its bucket
 * keeps. The workflow waits for the cluster, like a deletion.
 * @throws ServiceError 20604, 20610, 20612, 40100, 40103
 */
export async function undeleteBackup(
  { backupId }: { backupId: string },
  deps: UndeleteBackupDeps,
): Promise<{ workFlowId: string }> {
  const { attempt, workflows, executions } = deps;
  const workFlowId = attempt.newId();
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('UndeleteBackup', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId };
  }
  const { clusterId } = await undeletableBackup(backupId, deps);
  const input = { workFlowId, clusterId, backupId, maintenanceStatusChange: true };
  await withRollback(
    () => startWorkflow({ flowName: 'UndeleteBackup', input, at: attempt.createTime() }, deps),
    // As for a drill: an execution that begins too late finds no workflow, and touches nothing.
    () => workflows.removeUnstarted(workFlowId),
  );
  return { workFlowId };
}

/**
 * What {@link undeleteBackup} would do now.
 * @throws ServiceError 20604, 20610, 20612
 */
export async function planUndelete({ backupId }: { backupId: string }, deps: PlanUndeleteDeps): Promise<UndeletePlan> {
  const record = await undeletableBackup(backupId, deps);
  const { clusterId, location, sizeBytes, fileCount, endTime, filesAsOf = endTime, lockedUntil } = record;
  const { recoverDeletedDays } = isInBucket(location) ? location : {};
  const hasCopy = copyOf(location) !== undefined;
  return {
    action: 'undelete',
    ...{ backupId, clusterId, asOf: filesAsOf, sizeBytes },
    path: displayPath(attemptLocation(record, record.finishedAttempt)),
    ...(fileCount !== undefined && { files: fileCount }),
    ...(recoverDeletedDays !== undefined && { recoverDeletedDays }),
    conflicts: [],
    checksLeft: [
      'which files were deleted or overwritten, and whether the bucket still keeps the version of each that the backup wrote',
      ...(lockedUntil === undefined
        ? []
        : [
            'which files have to be copied, as a lock keeps what was written over them: a copy costs one request more, and its bytes are stored once more',
          ]),
      ...(hasCopy ? ['whether the bucket of the second copy allows that its files are taken back too'] : []),
      'whether the cluster is free; otherwise the workflow waits for it',
    ],
    cost: costOf(usageOfUndelete({ files: fileCount, hasCopy })),
  };
}

async function undeletableBackup(backupId: string, { backups }: PlanUndeleteDeps): Promise<FinishedBackup> {
  const record = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', backups.get(backupId));
  if (record === undefined) throw recordNotFound(backupId);
  if (record.status !== 'Finished') throw recordInvalid(record, 'only the files of a Finished backup can be recovered');
  if (isInBucket(record.location)) return record;
  throw new ServiceError(
    'TIEM_BACKUP_RECORD_INVALID',
    'its files are in a shared file system, which keeps no versions; recover them from a backup of the file system itself',
  );
}
