import * as z from 'zod/mini';
import { assertions } from '../backup/assertion.ts';
import { statement } from '../backup/backup-record.ts';
import { backupScope } from '../backup/backup-scope.ts';
import { importJob } from '../backup/import-job.ts';
import { databaseAccount, tlsMode } from '../cluster/cluster.ts';
import { newCluster } from '../provisioning/new-cluster.ts';
import { provisionerParameters } from '../provisioning/provisioner-parameters.ts';
import { correlationIdentifier, identifier } from '../shared/identifiers.ts';
import { restoreSource } from '../storage/second-copy.ts';
import { executor } from './executor.ts';

/** The workflows of TiEM's design under its flow names, and those of ours, with the nodes of a run that goes well. */
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

/** How far a restore is, for the run of its node that comes after a death. */
const restoreNote = z.object({
  /** How many backups of the chain are restored. */
  restored: z.number(),
  /** Where the RESTORE of the next one runs; absent: all of them are restored. */
  statement: z.optional(statement),
});
export type RestoreNote = z.infer<typeof restoreNote>;

/** One run of a workflow. It names its execution, whose history holds the nodes' inputs and results. */
export const workflow = z.object({
  workFlowId: identifier,
  flowName,
  /** What it works on: the cluster's id (TiEM's `bizId`, `bizType` "cluster"), {@link CONFIG} or {@link CATALOGUE}. */
  bizId: identifier,
  executionArn: z.string(),
  status: workflowStatus,
  /** As its execution was told. */
  correlationId: z.optional(z.string()),
  /** Of RestoreNewCluster and RestoreDrill alone. */
  newCluster: z.optional(newCluster),
  /** Of RestoreDrill alone: here, as the overrides of the worker's task have no room for them. */
  assertions: z.optional(assertions),
  /** Of ImportBackups alone. */
  import: z.optional(importJob),
  /** When its work was done, before its last node. From then on nothing fails it: what is left are last steps. */
  succeededAt: z.optional(z.iso.datetime()),
  /** Of a restore: how often its node has begun. Only the last run may send a statement. */
  restoreRuns: z.optional(z.number()),
  /** Of a restore; absent: no statement was sent. */
  restore: z.optional(restoreNote),
  /** What it does just now; absent: its node tells, or it has ended. */
  step: z.optional(z.string()),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
});
export type Workflow = z.infer<typeof workflow>;

export function hasEnded({ status }: Pick<Workflow, 'status'>): boolean {
  return !UNFINISHED.some((unfinished) => unfinished === status);
}

/**
 * What every node of a workflow is told. `maintenanceStatusChange` is the design document's: false means that the caller
 * holds the cluster already, so that this workflow neither takes nor frees it.
 */
export const operationInput = z.object({
  workFlowId: identifier,
  clusterId: identifier,
  backupId: identifier,
  maintenanceStatusChange: z.boolean(),
  /** Of a restore: what of the backup; absent: all that it holds. */
  scope: z.optional(backupScope),
  /** Of a restore: whether users and grants of the cluster become those of the backup. */
  withSystemTables: z.optional(z.boolean()),
  /** Of a restore: where the files are read; absent: where they were written. */
  source: z.optional(restoreSource),
  /** Where the request wants it to run; absent: see the cluster's. */
  wantedExecutor: z.optional(executor),
  /** Of the request that led to it; of what nobody asked for, the workflow's id. */
  correlationId: z.optional(correlationIdentifier),
});
export type OperationInput = z.infer<typeof operationInput>;

/** What CheckConfig works on, in place of a cluster. */
export const CONFIG = 'config';

/** What ImportBackups works on, in place of a cluster. */
export const CATALOGUE = 'catalogue';

/**
 * What the nodes of the two checks, and of an import, are told. `maintenanceStatusChange`: whether a backup is taken and restored, for which the cluster is
 * held; its id is the workflow's.
 */
export const checkInput = z.object({
  ...operationInput.shape,
  flowName: z.enum(['CheckCluster', 'CheckConfig', 'ImportBackups']),
});
export type CheckInput = z.infer<typeof checkInput>;

/** What a drill is told beside. */
export const drill = z.object({
  /** Of which the backup was taken: what the workflow is about, though nothing of it is touched. */
  clusterId: identifier,
  /** When it was asked for. */
  startTime: z.iso.datetime(),
});

/** What the nodes of RestoreNewCluster and RestoreDrill are told. `clusterId` is the id that the new cluster has, or will have. */
export const newClusterInput = z.object({
  ...operationInput.shape,
  ...z.omit(newCluster, { fate: true }).shape,
  clusterName: z.string(),
  timezone: z.string(),
  parameters: provisionerParameters,
  /** Which the provisioner is to give the cluster; absent: it chooses. */
  account: z.optional(databaseAccount),
  /** The least that is asked for; absent: what the provisioner says. */
  tls: z.optional(tlsMode),
  /** Of a drill alone. */
  drill: z.optional(drill),
});
export type NewClusterInput = z.infer<typeof newClusterInput>;

/** The workflow that a node of either works for. */
export function workflowOf({
  workFlowId,
  clusterId,
  drill,
}: Pick<NewClusterInput, 'workFlowId' | 'clusterId' | 'drill'>): Pick<Workflow, 'workFlowId' | 'flowName' | 'bizId'> {
  return drill === undefined
    ? { workFlowId, flowName: 'RestoreNewCluster', bizId: clusterId }
    : { workFlowId, flowName: 'RestoreDrill', bizId: drill.clusterId };
}
