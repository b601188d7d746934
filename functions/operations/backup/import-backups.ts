import type { ImportEntry, ImportLists, ImportRequest } from '../../domain/backup/import-job.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type DeploymentStorage, importPlace } from '../../domain/config/system-config.ts';
import { quoteInput, ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import { CATALOGUE, type Workflow } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { startCheck } from '../cluster/check-cluster.ts';
import { type StartWorkflowDeps, wasStarted } from '../shared/start-workflow.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface ImportBackupsDeps extends StartWorkflowDeps, DeploymentStorage {
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
  config: Pick<ConfigStore, 'read'>;
  importBuckets?: readonly string[] | undefined;
  attempt: Attempt;
}

/**
 * Starts an import of backups below a path that have no record; or its plan, which is a workflow too, because the API
 * cannot reach files.
 * @throws ServiceError 10001, 20600, 20601, 40100, 40103
 */
export async function importBackups(
  request: ImportRequest,
  isPlan: boolean,
  deps: ImportBackupsDeps,
): Promise<{ workFlowId: string }> {
  const { attempt, workflows, executions } = deps;
  const workFlowId = attempt.newId();
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('ImportBackups', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId };
  }
  importPlace(request.path, await deps.config.read(), deps);
  const start = { flowName: 'ImportBackups', workFlowId, clusterId: CATALOGUE, at: attempt.createTime() } as const;
  await startCheck({ ...start, import: { request, isPlan, runs: 0 } }, deps);
  return { workFlowId };
}

export interface ListImportDeps {
  workflows: Pick<WorkflowStore, 'get'>;
  lists: Pick<ImportLists, 'read'>;
}

/**
 * A page of an import's results.
 * @throws ServiceError 10001 there is no such import or page; 40102
 */
export async function listImport(
  { workFlowId, page }: { workFlowId: string; page: number },
  { workflows, lists }: ListImportDeps,
): Promise<{ workflow: Workflow; job: NonNullable<Workflow['import']>; entries: ImportEntry[] }> {
  const workflow = await wrapErrors('TIEM_WORKFLOW_DETAIL_FAILED', workflows.get(workFlowId));
  const job = workflow?.import;
  if (workflow === undefined || job === undefined) {
    throw new ServiceError('TIEM_PARAMETER_INVALID', `workFlowId: there is no import ${quoteInput(workFlowId)}`);
  }
  if (job.pages === undefined && page === 1) return { workflow, job, entries: [] };
  const entries = await wrapErrors('TIEM_WORKFLOW_DETAIL_FAILED', lists.read(workFlowId, page));
  if (entries === undefined || page > (job.pages ?? 0)) {
    throw new ServiceError(
      'TIEM_PARAMETER_INVALID',
      `page: there is no page ${page} of this import, or it has expired`,
    );
  }
  return { workflow, job, entries };
}
