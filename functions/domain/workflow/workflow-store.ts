import type { ImportJob } from '../backup/import-job.ts';
import type { DrillTables } from '../backup/verification.ts';
import type { NewCluster } from '../provisioning/made-cluster.ts';
import type { Page, PageRequest } from '../shared/page.ts';
import type { FlowName, RestoreNote, Workflow, WorkflowStatus } from './workflow.ts';

export interface WorkflowFilter {
  bizId?: string | undefined;
  flowName?: FlowName | undefined;
  status?: WorkflowStatus | undefined;
}

export interface WorkflowStore {
  get(workFlowId: string): Promise<Workflow | undefined>;
  /** False if the id is taken. */
  create(workflow: Workflow): Promise<boolean>;
  /** Undoes {@link create}, whether it wrote or not. False if the workflow has begun, and stays. */
  removeUnstarted(workFlowId: string): Promise<boolean>;
  /** Those of them that exist, in no order. */
  getAll(workFlowIds: readonly string[]): Promise<Workflow[]>;
  list(filter: WorkflowFilter, page: PageRequest): Promise<Page<Workflow>>;
  /** The newest failed backup of a cluster id: one small query. */
  newestFailedBackup(clusterId: string): Promise<{ backupId: string; createTime: string } | undefined>;
  /**
   * Moves a workflow on; an ended one keeps its status. The identity is whole because lists are found by it. False if it is
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
   * Starts another run of the restore node; its number is `restoreRuns` of the answer, and `restore` is the progress of
   * earlier runs, whose writes are rejected from now on. `undefined` if the workflow has ended or no longer exists.
   */
  beginRestore(workFlowId: string, at: string): Promise<Workflow | undefined>;
  /**
   * Records the progress of the restore. False if this is not the latest run, or the workflow has ended or no longer
   * exists.
   */
  recordRestore(workFlowId: string, note: RestoreNote & { run: number; at: string }): Promise<boolean>;
  /**
   * Starts another run of the import node, like {@link beginRestore}. `undefined` if the workflow has ended or no
   * longer exists.
   */
  beginImport(workFlowId: string, at: string): Promise<ImportJob | undefined>;
  /**
   * Records the progress of the import. False if this is not the latest run, or the workflow has ended or no longer
   * exists.
   */
  recordImport(workFlowId: string, job: ImportJob & { runs: number }, at: string): Promise<boolean>;
  /** Records `succeededAt`, once. Ignored for a workflow that has ended. */
  recordSuccess(workFlowId: string, at: string): Promise<void>;
  /** Records what a drill compared. Ignored for a missing workflow. */
  recordDrillTables(workFlowId: string, drillTables: DrillTables): Promise<void>;
  /** Records what happened to the cluster that a workflow created. Ignored for a missing workflow. */
  recordNewCluster(workFlowId: string, newCluster: NewCluster): Promise<void>;
}
