import { deletionId } from '../../domain/backup/backup-record.ts';
import type { Maintenance } from '../../domain/cluster/cluster.ts';
import { isScratch } from '../../domain/cluster/scratch.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { whyAbandoned, whyTooLate } from '../../domain/strategy/begin-in-time.ts';
import type { Hold } from '../../domain/workflow/unfinished.ts';
import type { FlowName, OperationInput, Workflow } from '../../domain/workflow/workflow.ts';
import type {
  ExecutionStates,
  StoppableExecutions,
  WorkflowExecutions,
} from '../../domain/workflow/workflow-executions.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type FinishRemovalDeps, finishRemoval, REMOVAL } from '../cluster/remove-cluster.ts';
import { startDeletion } from '../deletion/start-deletion.ts';
import { finishSucceeded, isFinishedByWrites } from './finish-succeeded.ts';
import { type RepairEndedDeps, repairEnded } from './repair-ended.ts';
import { type TakeBackUnstartedDeps, takeBackUnstarted, type UnstartedOperation } from './take-back-unstarted.ts';

export interface SettleDeps extends FinishRemovalDeps, RepairEndedDeps, TakeBackUnstartedDeps {
  clusters: RepairEndedDeps['clusters'] & TakeBackUnstartedDeps['clusters'];
  deletions: FinishRemovalDeps['deletions'] & RepairEndedDeps['deletions'];
  strategies: RepairEndedDeps['strategies'] & TakeBackUnstartedDeps['strategies'];
  backups: RepairEndedDeps['backups'] & TakeBackUnstartedDeps['backups'];
  workflows: Pick<WorkflowStore, 'get' | 'setStatus' | 'removeUnstarted' | 'recordNewCluster'>;
  executions: Pick<WorkflowExecutions, 'start' | 'arnOf'> & ExecutionStates & StoppableExecutions;
}

/**
 * `running`: somebody is working on it, or it is not yet due. `over`: it had already ended when it was checked, because
 * indexes lag a few moments behind.
 */
export type Settled = 'running' | 'repaired' | 'over';

/**
 * By then whoever was to start an execution has done so or crashed: an auto-backup sweep lasts four minutes and uses
 * the time of an event that may be one minute old; a request lasts 29 s.
 */
const GRACE_MS = 5 * 60_000;

const DAY_MS = 24 * 3_600_000;

/** A backup, a restore, or an execution of a deletion. */
export async function settleOperation(
  operationId: string,
  hold: Hold | undefined,
  now: number,
  deps: SettleDeps,
): Promise<Settled> {
  const workflow = await deps.workflows.get(operationId);
  // The workflow is written before its execution is started.
  if (workflow === undefined) {
    return hold === undefined ? 'over' : await settleUnstarted(unstartedOf(hold), now, deps);
  }
  const execution = await deps.executions.stateOf(workflow.executionArn);
  switch (execution.state) {
    case 'running': {
      const { flowName, succeededAt } = workflow;
      if (succeededAt === undefined || !isFinishedByWrites(flowName)) {
        return await giveUpWaiting(workflow, hold, execution.input, now, deps);
      }
      // It waits for its node `end`, which cannot be invoked.
      await finishSucceeded(flowName, execution.input, deps);
      return 'repaired';
    }
    case 'ended':
      return (await repairEnded(workflow.flowName, execution, deps)) ? 'repaired' : 'over';
    case 'absent': {
      const { flowName, bizId: clusterId, createTime: since } = workflow;
      const claim = hold?.maintenance.claim;
      return await settleUnstarted({ operationId, flowName, clusterId, since, claim, workflow }, now, deps);
    }
    default:
      return assertNever(execution);
  }
}

/** Ends a backup whose first node Lambda refuses to invoke, once it is too late, or a user has canceled it. */
async function giveUpWaiting(
  { flowName, executionArn, status }: Workflow,
  hold: Hold | undefined,
  input: OperationInput,
  now: number,
  deps: SettleDeps,
): Promise<Settled> {
  if (flowName !== 'BackupCluster' || hold === undefined) return 'running';
  // Most have begun, and need no closer look.
  if (status !== 'Initializing' && whyTooLate(hold.maintenance, now) === undefined) return 'running';
  const record = await deps.backups.get(input.backupId);
  const reason = record && whyAbandoned(record, hold.maintenance, now);
  if (reason === undefined) return 'running';
  // No lock is released before Step Functions confirms that its owner has ended. If a node begins right now, `fail`
  // ends it.
  await deps.executions.stop(executionArn, reason);
  return (await repairEnded(flowName, { input, reason }, deps)) ? 'repaired' : 'over';
}

async function settleUnstarted(operation: UnstartedOperation, now: number, deps: SettleDeps): Promise<Settled> {
  if (now - Date.parse(operation.since) < GRACE_MS) return 'running';
  await takeBackUnstarted(operation, deps);
  return 'repaired';
}

/** An operation that has no workflow yet. */
function unstartedOf({ clusterId, maintenance }: Hold): UnstartedOperation {
  const { operationId, status, since, claim } = maintenance;
  return { operationId, flowName: FLOW_OF[status], clusterId, since, claim, workflow: undefined };
}

const FLOW_OF: Readonly<Record<Maintenance['status'], FlowName>> = {
  BackUp: 'BackupCluster',
  Restore: 'RestoreExistCluster',
  Deleting: 'DeleteBackup',
};

/** The removal of a cluster: a request does it, and must have crashed if it takes this long. */
export async function settleRemoval(clusterId: string, now: number, deps: SettleDeps): Promise<Settled> {
  const cluster = await deps.clusters.get(clusterId);
  if (cluster?.maintenance?.operationId !== REMOVAL) return 'over';
  if (now - Date.parse(cluster.maintenance.since) < GRACE_MS) return 'running';
  await finishRemoval(cluster, deps);
  return 'repaired';
}

/** A record that is being deleted: starts its next execution if the last one has ended, or never existed. */
export async function settleDeletion(backupId: string, now: number, deps: SettleDeps): Promise<Settled> {
  const record = await deps.backups.get(backupId);
  if (record?.status !== 'Deleting') return 'over';
  if (!isTimeToTryAgain({ ...record, since: record.deleteTime }, now)) return 'running';
  const { state } = await deps.executions.stateOf(deps.executions.arnOf('DeleteBackup', deletionId(record)));
  if (state === 'running') return 'running';
  await startDeletion(backupId, deps);
  return 'repaired';
}

/** A failed or canceled backup whose files could not be removed, or may still be written. */
export async function removeRemainingFiles(backupId: string, now: number, deps: SettleDeps): Promise<Settled> {
  const record = await deps.backups.get(backupId);
  if (record === undefined || !('endTime' in record) || !('filesRemain' in record)) return 'over';
  const { clusterId, workFlowId, correlationId, filesRemain = '' } = record;
  if (!isTimeToTryAgain({ ...record, since: record.endTime }, now)) return 'running';
  // A check leaves more than files, and only its own node knows what.
  const flowName = isScratch(record) ? 'CheckCluster' : 'BackupCluster';
  const input = { workFlowId, flowName, clusterId, backupId, maintenanceStatusChange: true, correlationId };
  await deps.failNodes.run(flowName, input, { Error: 'FilesRemain', Cause: filesRemain });
  return 'repaired';
}

interface Tried {
  since: string;
  updateTime: string;
  lockedUntil?: string | undefined;
}

/**
 * Backs off: after 5 minutes, then after as long again as it has failed so far (10, 20, 40 …), at least once a day.
 * Time spent waiting for a file lock does not count: after that, at once.
 */
function isTimeToTryAgain({ since, updateTime, lockedUntil = since }: Tried, now: number): boolean {
  const [lastTry, unlocked] = [Date.parse(updateTime), Date.parse(lockedUntil)];
  if (lastTry < unlocked) return now >= unlocked;
  const tried = lastTry - Math.max(Date.parse(since), unlocked);
  return now - lastTry >= Math.min(Math.max(tried, GRACE_MS), DAY_MS);
}
