import * as z from 'zod/mini';
import { newCluster } from '../../domain/provisioning/new-cluster.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { FLOWS, flowName, type Workflow, workflowStatus } from '../../domain/workflow/workflow.ts';
import type { NodeRun } from '../../domain/workflow/workflow-executions.ts';
import { time, ZERO_TIME } from './wire-format.ts';

/** TiEM's `WorkFlowInfo`, and what is ours: of a restore into a new cluster, what becomes of it if that fails. */
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
      'Of a restore that is Processing: what it does just now, in words for people; absent: its node tells',
    ),
    newCluster: described(
      z.optional(newCluster),
      'Of a restore into a new cluster, or a drill: who makes that, and what became of it',
    ),
  })
  .register(z.globalRegistry, { id: 'WorkFlowInfo' });

/** TiEM's `WorkFlowNodeInfo`: parameters and result are JSON inside text. */
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
  /** The nodes of a run that goes well. */
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
