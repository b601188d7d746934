import * as z from 'zod/mini';
import { identifier } from '../../domain/identifiers.ts';
import { flowName, workflowStatus } from '../../domain/workflow.ts';
import { type QueryWorkflowsDeps, queryWorkflows, workflowDetail } from '../../operations/query-workflows.ts';
import { BACKUP_ID, CLUSTER_ID, WORKFLOW } from '../examples.ts';
import { route } from '../route.ts';
import { listAnswer, pageQuery } from '../wire-format.ts';
import { toWorkflowDetailJson, toWorkflowInfoJson, workflowDetailJson, workflowInfoJson } from '../workflow-json.ts';

export const getWorkflows = route({
  operation: 'workflow/query',
  summary: 'Workflows, newest first',
  scope: 'backup:read',
  errors: ['TIEM_WORKFLOW_QUERY_FAILED'],
  example: {
    query: { bizId: CLUSTER_ID, flowName: 'BackupCluster', status: 'Finished' },
    data: { workFlows: [WORKFLOW] },
  },
  query: z.object({
    bizId: z.optional(identifier),
    flowName: z.optional(flowName),
    status: z.optional(workflowStatus),
    ...pageQuery,
  }),
  data: z.object({ workFlows: z.array(workflowInfoJson) }),
  async handle({ query: { page, pageSize, ...filter } }, deps: Pick<QueryWorkflowsDeps, 'workflows'>) {
    const found = await queryWorkflows(filter, { page, pageSize }, deps);
    return listAnswer('workFlows', found, { page, pageSize }, toWorkflowInfoJson);
  },
});

export const getWorkflow = route({
  operation: 'workflow/detail',
  summary: 'A workflow, and what its nodes did',
  scope: 'backup:read',
  errors: ['TIEM_WORKFLOW_DETAIL_FAILED'],
  example: {
    params: { workFlowId: BACKUP_ID },
    data: { info: WORKFLOW, nodes: [], nodeNames: ['backup', 'updateBackupRecord', 'end'] },
  },
  params: z.object({ workFlowId: identifier }),
  data: workflowDetailJson,
  async handle({ params }, deps: QueryWorkflowsDeps) {
    const { workflow, nodes } = await workflowDetail(params.workFlowId, deps);
    return { data: toWorkflowDetailJson(workflow, nodes) };
  },
});
