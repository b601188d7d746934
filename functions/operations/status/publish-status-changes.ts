import type { Metrics } from '../../domain/events/metrics.ts';
import type { BackupChange, RecordChanges, WorkflowChange } from '../../domain/events/record-change.ts';
import type { BackupStatusChanged, StatusEvents, WorkflowStatusChanged } from '../../domain/events/status-events.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';

export interface TellStatusChangesDeps {
  events: StatusEvents;
  metrics: Metrics;
}

/**
 * Publishes every status change of a record, and counts it. It publishes first: a batch that fails is redelivered as a
 * whole, so an event may come twice, but a change is hardly ever counted twice.
 * @throws what the event bus throws
 */
export async function publishStatusChanges(
  changes: RecordChanges,
  { events, metrics }: TellStatusChangesDeps,
): Promise<void> {
  const backups = changes.backups.flatMap(backupStatusChange);
  const workflows = changes.workflows.flatMap(workflowStatusChange);
  await events.backups(backups);
  await events.workflows(workflows);
  for (const backup of backups) countBackup(backup, metrics);
  for (const change of changes.backups) countVerification(change, metrics);
  for (const workflow of workflows) countWorkflow(workflow, metrics);
}

function backupStatusChange({ before, after, ...change }: BackupChange): BackupStatusChanged[] {
  const record = after ?? before;
  // A record that an import wrote finished long ago, and was published then.
  if (record === undefined || before?.status === after?.status || comesByImport({ before, after })) return [];
  const { backupId, clusterId, workFlowId, backupType, backupMode, createTime, correlationId } = record;
  return [
    {
      ...change,
      ...{ backupId, clusterId, workFlowId, backupType, backupMode },
      previousStatus: before?.status,
      status: after?.status ?? 'Deleted',
      createTime,
      ...('startTime' in record && { startTime: record.startTime }),
      ...('endTime' in record && { endTime: record.endTime }),
      ...('sizeBytes' in record && { sizeBytes: record.sizeBytes, backupTso: record.backupTso }),
      ...('error' in record && { error: record.error }),
      ...('deletionReason' in record && { deletionReason: record.deletionReason }),
      correlationId,
    },
  ];
}

function comesByImport({ before, after }: Pick<BackupChange, 'before' | 'after'>): boolean {
  return before === undefined && after?.imported !== undefined;
}

function workflowStatusChange({ before, after, ...change }: WorkflowChange): WorkflowStatusChanged[] {
  const workflow = after ?? before;
  if (workflow === undefined || before?.status === after?.status) return [];
  const { workFlowId, flowName, bizId: clusterId, createTime, correlationId } = workflow;
  return [
    {
      ...change,
      ...{ workFlowId, flowName, clusterId },
      previousStatus: before?.status,
      status: after?.status ?? 'Deleted',
      createTime,
      correlationId,
    },
  ];
}

function countBackup(backup: BackupStatusChanged, metrics: Metrics): void {
  const dimensions = { BackupMode: backup.backupMode };
  const { backupId, clusterId, correlationId } = backup;
  const details = { backupId, clusterId, correlationId };
  if (backup.previousStatus === undefined) metrics.emit({ BackupsStarted: 1 }, dimensions, details);
  switch (backup.status) {
    case 'Finished': {
      const { startTime = '', endTime = '', sizeBytes } = backup;
      const BackupDuration = secondsBetween(startTime, endTime);
      metrics.emit({ BackupsFinished: 1, BackupDuration, BackupBytes: Number(sizeBytes) }, dimensions, details);
      return;
    }
    case 'Failed':
      metrics.emit({ BackupsFailed: 1 }, dimensions, details);
      return;
    case 'Canceled':
      metrics.emit({ BackupsCanceled: 1 }, dimensions, details);
      return;
    case 'Initializing':
    case 'Processing':
    case 'Deleting':
    case 'Deleted':
      return;
    default:
      assertNever(backup.status);
  }
}

/** A drill that verified its backup wrote the time of it. */
function countVerification({ before, after }: BackupChange, metrics: Metrics): void {
  if (after?.status !== 'Finished' || after.verifiedAt === undefined || after.recoverySeconds === undefined) return;
  if (before?.status === 'Finished' && before.verifiedAt === after.verifiedAt) return;
  if (comesByImport({ before, after })) return;
  const { backupId, clusterId, recoverySeconds } = after;
  metrics.emit({ RecoverySeconds: recoverySeconds }, { ClusterId: clusterId }, { backupId });
}

function countWorkflow(workflow: WorkflowStatusChanged, metrics: Metrics): void {
  const dimensions = { FlowName: workflow.flowName };
  const { workFlowId, clusterId, correlationId } = workflow;
  const details = { workFlowId, clusterId, correlationId };
  if (workflow.previousStatus === undefined) metrics.emit({ WorkflowsStarted: 1 }, dimensions, details);
  switch (workflow.status) {
    case 'Finished': {
      const WorkflowDuration = secondsBetween(workflow.createTime, workflow.time);
      metrics.emit({ WorkflowsFinished: 1, WorkflowDuration }, dimensions, details);
      return;
    }
    case 'Error':
      metrics.emit({ WorkflowsFailed: 1 }, dimensions, details);
      return;
    case 'Canceled':
      metrics.emit({ WorkflowsCanceled: 1 }, dimensions, details);
      return;
    case 'Initializing':
    case 'Processing':
    case 'Deleted':
      return;
    default:
      assertNever(workflow.status);
  }
}

function secondsBetween(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / 1_000;
}
