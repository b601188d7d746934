import * as z from 'zod/mini';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { flowName, workflowStatus } from '../../domain/workflow/workflow.ts';
import { type QueryWorkflowsDeps, queryWorkflows, workflowDetail } from '../../operations/status/query-workflows.ts';
import { type ListDeps, listAnswer, listed, ONE_POSITION, pageQuery } from '../http/paging.ts';
import { route } from '../http/route.ts';
import {
  toWorkflowDetailJson,
  toWorkflowInfoJson,
  workflowDetailJson,
  workflowInfoJson,
} from '../json/workflow-json.ts';
import { BACKUP_ID, CLUSTER_ID, WORKFLOW } from '../openapi/examples.ts';

export const getWorkflows = route({
  operation: 'workflow/query',
  summary: 'Workflows, newest first',
  scope: 'backup:read',
  errors: ['TIEM_WORKFLOW_QUERY_FAILED'],
  example: {
    query: { bizId: CLUSTER_ID, flowName: 'BackupCluster', status: 'Finished' },
    data: { workFlows: [WORKFLOW] },
  },
  query: z
    .object({
      bizId: z.optional(identifier),
      bizType: described(z.optional(z.string()), 'It is `cluster` for every workflow; other values match nothing'),
      flowName: z.optional(flowName),
      status: z.optional(workflowStatus),
      ...pageQuery,
    })
    .check(ONE_POSITION),
  data: z.object({ workFlows: z.array(workflowInfoJson) }),
  async handle({ query }, deps: ListDeps & Pick<QueryWorkflowsDeps, 'workflows'>) {
    const asked = { name: 'workFlows', query, caller: deps.caller } as const;
    const { filters, page } = listed(asked);
    const { bizType = 'cluster', ...filter } = filters;
    const found = bizType === 'cluster' ? await queryWorkflows(filter, page, deps) : { items: [], total: 0 };
    return listAnswer(asked, page, found, toWorkflowInfoJson);
  },
});

export const getWorkflow = route({
  operation: 'workflow/detail',
  summary: 'A workflow, and the runs of its nodes',
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
