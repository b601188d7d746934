import * as z from 'zod/mini';
import { newCluster } from '../../domain/provisioning/made-cluster.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { FLOWS, flowName, type Workflow, workflowStatus } from '../../domain/workflow/workflow.ts';
import type { NodeRun } from '../../domain/workflow/workflow-executions.ts';
import { time, ZERO_TIME } from './wire-format.ts';

/** TiEM's `WorkFlowInfo`, with our fields, such as the outcome for the new cluster of a failed restore. */
export const workflowInfoJson = z
  .object({
    id: identifier,
    name: flowName,
    bizId: identifier,
    bizType: z.literal('cluster'),
    status: workflowStatus,
    createTime: time,
    updateTime: time,
    deleteTime: time,
    step: described(
      z.optional(z.string()),
      'What a Processing restore is doing, in words for people; omitted if its node says that',
    ),
    newCluster: described(
      z.optional(newCluster),
      'For a restore into a new cluster, or a drill: who provides the cluster, and what happened to it',
    ),
  })
  .register(z.globalRegistry, { id: 'WorkFlowInfo' });

/** TiEM's `WorkFlowNodeInfo`: parameters and result are JSON as text. */
const nodeJson = z
  .object({
    id: z.string(),
    name: z.string(),
    parameters: z.string(),
    result: z.string(),
    status: z.enum(['Processing', 'Finished', 'Error', 'Canceled']),
    startTime: time,
    endTime: time,
  })
  .register(z.globalRegistry, { id: 'WorkFlowNodeInfo' });

export const workflowDetailJson = z.object({
  info: workflowInfoJson,
  nodes: z.array(nodeJson),
  /** The nodes of a successful run. */
  nodeNames: z.array(z.string()),
});

export function toWorkflowInfoJson(workflow: Workflow): z.infer<typeof workflowInfoJson> {
  return {
    id: workflow.workFlowId,
    name: workflow.flowName,
    bizId: workflow.bizId,
    bizType: 'cluster',
    status: workflow.status,
    createTime: workflow.createTime,
    updateTime: workflow.updateTime,
    deleteTime: ZERO_TIME,
    ...(workflow.step !== undefined && { step: workflow.step }),
    ...(workflow.newCluster && { newCluster: workflow.newCluster }),
  };
}

export function toWorkflowDetailJson(workflow: Workflow, nodes: NodeRun[]): z.infer<typeof workflowDetailJson> {
  return {
    info: toWorkflowInfoJson(workflow),
    nodes: nodes.map(({ endTime = ZERO_TIME, ...node }) => ({ ...node, endTime })),
    nodeNames: [...FLOWS[workflow.flowName]],
  };
}
