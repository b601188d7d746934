import type { ImportJob } from '../backup/import-job.ts';
import type { NewCluster } from '../provisioning/new-cluster.ts';
import type { Page, PageRequest } from '../shared/page.ts';
import type { FlowName, RestoreNote, Workflow, WorkflowStatus } from './workflow.ts';

export interface WorkflowFilter {
  bizId?: string | undefined;
  flowName?: FlowName | undefined;
  status?: WorkflowStatus | undefined;
}

export interface WorkflowStore {
  get(workFlowId: string): Promise<Workflow | undefined>;
  /** False: the id is taken. */
  create(workflow: Workflow): Promise<boolean>;
  /** Undoes {@link create}, whether it wrote or not. False: the workflow has begun, and stays. */
  removeUnstarted(workFlowId: string): Promise<boolean>;
  /** Those of them that exist, in no order. */
  getAll(workFlowIds: readonly string[]): Promise<Workflow[]>;
  list(filter: WorkflowFilter, page: PageRequest): Promise<Page<Workflow>>;
  /**
   * Moves a workflow on; an ended one keeps its status. The identity is whole because lists are found by it. False: it is
   * gone or has ended otherwise.
   * @param step what it does just now; absent: its node tells
   */
  setStatus(
    workflow: Pick<Workflow, 'workFlowId' | 'flowName' | 'bizId'>,
    status: Exclude<WorkflowStatus, 'Initializing'>,
    at: string,
    step?: string,
  ): Promise<boolean>;
  /**
   * Begins another run of the node that restores; its number is `restoreRuns` of the answer, and `restore` what earlier runs have
   * done. Their notes are refused from here on. Undefined: the workflow is gone or has ended.
   */
  beginRestore(workFlowId: string, at: string): Promise<Workflow | undefined>;
  /** Notes how far the restore is. False: this is not the last run, or the workflow is gone or has ended. */
  recordRestore(workFlowId: string, note: RestoreNote & { run: number; at: string }): Promise<boolean>;
  /** Begins another run of the node that imports, as {@link beginRestore}. Undefined: the workflow is gone or has ended. */
  beginImport(workFlowId: string, at: string): Promise<ImportJob | undefined>;
  /** Notes how far an import is. False: this is not the last run, or the workflow is gone or has ended. */
  recordImport(workFlowId: string, job: ImportJob & { runs: number }, at: string): Promise<boolean>;
  /** Notes `succeededAt`, once. A workflow that has ended is left alone. */
  recordSuccess(workFlowId: string, at: string): Promise<void>;
  /** Notes what became of the cluster that a workflow made. A workflow that is gone needs no note. */
  recordNewCluster(workFlowId: string, newCluster: NewCluster): Promise<void>;
}
