import * as z from 'zod/mini';
import { identifier } from './identifiers.ts';

/** The workflows of TiEM's design under its flow names, and those of ours, with the nodes of a run that goes well. */
export const FLOWS = {
  BackupCluster: ['backup', 'updateBackupRecord', 'end'],
  RestoreExistCluster: ['restoreFromSrcCluster', 'end'],
  DeleteBackup: ['deleteBackupFiles', 'end'],
} as const satisfies Record<string, readonly string[]>;

export type FlowName = keyof typeof FLOWS;

export const flowName = z.enum(Object.keys(FLOWS) as [FlowName, ...FlowName[]]);

export const workflowStatus = z.enum(['Initializing', 'Processing', 'Finished', 'Error', 'Canceled']);
export type WorkflowStatus = z.infer<typeof workflowStatus>;

/** One run of a workflow. It names its execution, whose history holds the nodes' inputs and results. */
export const workflow = z.object({
  workFlowId: identifier,
  flowName,
  /** What it works on: the cluster's id (TiEM's `bizId`, `bizType` "cluster"). */
  bizId: identifier,
  executionArn: z.string(),
  status: workflowStatus,
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
});
export type Workflow = z.infer<typeof workflow>;

/**
 * What every node of a workflow is told. `maintenanceStatusChange` is the design document's: false means that the caller
 * holds the cluster already, so that this workflow neither takes nor frees it.
 */
export const operationInput = z.object({
  workFlowId: identifier,
  clusterId: identifier,
  backupId: identifier,
  maintenanceStatusChange: z.boolean(),
});
export type OperationInput = z.infer<typeof operationInput>;
