import type { FinishedBackup, InitializingBackup } from '../../functions/domain/backup/backup-record.ts';
import type { Cluster } from '../../functions/domain/cluster/cluster.ts';
import type { Workflow } from '../../functions/domain/workflow/workflow.ts';

/** The moment at which the records of {@link aCluster} and its like were made. */
export const CREATED = '2026-03-01T10:00:00.000Z';

export function aCluster(change: Partial<Cluster> = {}): Cluster {
  return {
    clusterId: 'cluster-1',
    clusterName: 'Orders',
    endpoints: ['tidb.example.com:4000'],
    account: { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:orders', managed: false },
    tls: 'disabled',
    timezone: 'UTC',
    createTime: CREATED,
    updateTime: CREATED,
    ...change,
  };
}

export function aBackup(change: Partial<InitializingBackup> = {}): InitializingBackup {
  const { backupId = 'backup-1', clusterId = 'cluster-1' } = change;
  return {
    backupId,
    clusterId,
    backupType: 'full',
    backupMethod: 'physical',
    backupMode: 'manual',
    location: { type: 's3', bucket: 'backups', prefix: `tidb/${clusterId}/${backupId}` },
    attempts: 0,
    workFlowId: backupId,
    executor: 'lambda',
    status: 'Initializing',
    createTime: CREATED,
    updateTime: CREATED,
    ...change,
  };
}

export function aFinishedBackup(change: Partial<FinishedBackup> = {}): FinishedBackup {
  const { backupId = 'backup-1', clusterId = 'cluster-1' } = change;
  const { status: _, ...common } = aBackup({ backupId, clusterId });
  return {
    ...common,
    ...{ status: 'Finished', startTime: later(5), endTime: later(65), updateTime: later(65) },
    ...{ attempts: 1, finishedAttempt: 1, backupTso: '449', sizeBytes: '4096' },
    ...change,
  };
}

export function aWorkflow(change: Partial<Workflow> = {}): Workflow {
  const { workFlowId = 'backup-1' } = change;
  return {
    workFlowId,
    flowName: 'BackupCluster',
    bizId: 'cluster-1',
    executionArn: `arn:aws:states:us-east-1:111122223333:execution:backup-cluster:${workFlowId}`,
    status: 'Initializing',
    createTime: CREATED,
    updateTime: CREATED,
    ...change,
  };
}

/** A moment some seconds after {@link CREATED}. */
export function later(seconds: number): string {
  return new Date(Date.parse(CREATED) + seconds * 1_000).toISOString();
}
