import * as z from 'zod/mini';
import { assertions } from '../backup/assertion.ts';
import { statement } from '../backup/backup-record.ts';
import { backupScope } from '../backup/backup-scope.ts';
import { importJob } from '../backup/import-job.ts';
import { drillTables } from '../backup/verification.ts';
import { databaseAccount, tlsMode } from '../cluster/cluster.ts';
import { newCluster } from '../provisioning/made-cluster.ts';
import { provisionerParameters } from '../provisioning/provisioner-parameters.ts';
import { correlationIdentifier, identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';
import { restoreSource } from '../storage/second-copy.ts';
import { executor } from './executor.ts';

/** The workflows, TiEM's and ours, with the nodes of a successful run. */
export const FLOWS = {
  BackupCluster: ['backup', 'updateBackupRecord', 'end'],
  RestoreExistCluster: ['restoreFromSrcCluster', 'end'],
  DeleteBackup: ['deleteBackupFiles', 'end'],
  UndeleteBackup: ['undeleteBackup'],
  RestoreNewCluster: ['createCluster', 'waitClusterReady', 'restoreNewCluster', 'end'],
  RestoreDrill: ['createCluster', 'waitClusterReady', 'restoreNewCluster', 'verifyRestore', 'end'],
  CheckCluster: ['checkCluster'],
  CheckConfig: ['checkConfig'],
  ImportBackups: ['importBackups'],
} as const satisfies Record<string, readonly string[]>;

export type FlowName = keyof typeof FLOWS;

export const flowName = z.enum(Object.keys(FLOWS) as [FlowName, ...FlowName[]]);

export const workflowStatus = z.enum(['Initializing', 'Processing', 'Finished', 'Error', 'Canceled']);
export type WorkflowStatus = z.infer<typeof workflowStatus>;

/** The statuses of a workflow that has not ended. */
export const UNFINISHED = ['Initializing', 'Processing'] as const satisfies readonly WorkflowStatus[];

/** The progress of a restore, for the next run of its node after a crash. */
const restoreNote = object(() => ({
  /** Number of backups of the chain that are restored. */
  restored: z.number(),
  /** Where the RESTORE of the next backup runs. Unset once all are restored. */
  statement: z.optional(statement),
}));
export type RestoreNote = z.infer<typeof restoreNote>;

/** One run of a workflow. It names its execution, whose history has the nodes' inputs and results. */
export const workflow = object(() => ({
  workFlowId: identifier,
  flowName,
  /** Its subject: the cluster's id (TiEM's `bizId`, `bizType` "cluster"), {@link CONFIG} or {@link CATALOGUE}. */
  bizId: identifier,
  executionArn: z.string(),
  status: workflowStatus,
  /** As given to its execution. */
  correlationId: z.optional(z.string()),
  /** Only for RestoreNewCluster and RestoreDrill. */
  newCluster: z.optional(newCluster),
  /** Only for RestoreDrill. Stored here, because they do not fit into the overrides of the worker's task. */
  assertions: z.optional(assertions),
  /** Only for a drill that compared its tables. */
  drillTables: z.optional(drillTables),
  /** Only for ImportBackups. */
  import: z.optional(importJob),
  /** When its work was done, before its last node. From then on it cannot fail: only last steps remain. */
  succeededAt: z.optional(z.iso.datetime()),
  /** For a restore: how often its node has started. Only the latest run may send a statement. */
  restoreRuns: z.optional(z.number()),
  /** For a restore. Unset if no statement was sent. */
  restore: z.optional(restoreNote),
  /** What it is doing. Unset if its node says that, or it has ended. */
  step: z.optional(z.string()),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
}));
export type Workflow = z.infer<typeof workflow>;

export function hasEnded({ status }: Pick<Workflow, 'status'>): boolean {
  return !UNFINISHED.some((unfinished) => unfinished === status);
}

/**
 * The input of every node. `maintenanceStatusChange` is from the design document: false means that the caller already
 * holds the cluster, so that this workflow neither locks nor releases it.
 */
export const operationInput = object(() => ({
  workFlowId: identifier,
  clusterId: identifier,
  backupId: identifier,
  maintenanceStatusChange: z.boolean(),
  /** For a restore: what to restore. Defaults to everything that the backup holds. */
  scope: z.optional(backupScope),
  /** For a restore: whether to restore users and grants, too. */
  withSystemTables: z.optional(z.boolean()),
  /** For a restore: where to read the files. Defaults to the original. */
  source: z.optional(restoreSource),
  /** Where the request wants it to run. Defaults to the cluster's setting. */
  wantedExecutor: z.optional(executor),
  /** That of the request that led to it; without a request, the workflow's id. */
  correlationId: z.optional(correlationIdentifier),
}));
export type OperationInput = z.infer<typeof operationInput>;

/** Subject of CheckConfig, instead of a cluster. */
export const CONFIG = 'config';

/** Subject of ImportBackups, instead of a cluster. */
export const CATALOGUE = 'catalogue';

/**
 * Input of the nodes of both checks and of an import. `maintenanceStatusChange`: whether a backup is taken and
 * restored, for which the cluster is locked under the workflow's id.
 */
export const checkInput = object(() => ({
  ...operationInput.shape,
  flowName: z.enum(['CheckCluster', 'CheckConfig', 'ImportBackups']),
}));
export type CheckInput = z.infer<typeof checkInput>;

/** Additional input of a drill. */
export const drill = object(() => ({
  /** The backup's own cluster: the subject of the workflow, though the drill does not touch it. */
  clusterId: identifier,
  /** When it was requested. */
  startTime: z.iso.datetime(),
}));

/**
 * Input of the nodes of RestoreNewCluster and RestoreDrill. `clusterId` is the id that the new cluster has, or will
 * have.
 */
export const newClusterInput = object(() => ({
  ...operationInput.shape,
  ...z.omit(newCluster, { fate: true }).shape,
  clusterName: z.string(),
  timezone: z.string(),
  parameters: provisionerParameters,
  /** The account that the provisioner must create; otherwise it chooses. */
  account: z.optional(databaseAccount),
  /** The least TLS mode to accept; defaults to what the provisioner reports. */
  tls: z.optional(tlsMode),
  /** Only for a drill. */
  drill: z.optional(drill),
}));
export type NewClusterInput = z.infer<typeof newClusterInput>;

/** The workflow that a node belongs to. */
export function workflowOf({
  workFlowId,
  clusterId,
  drill,
}: Pick<NewClusterInput, 'workFlowId' | 'clusterId' | 'drill'>): Pick<Workflow, 'workFlowId' | 'flowName' | 'bizId'> {
  return drill === undefined
    ? { workFlowId, flowName: 'RestoreNewCluster', bizId: clusterId }
    : { workFlowId, flowName: 'RestoreDrill', bizId: drill.clusterId };
}
