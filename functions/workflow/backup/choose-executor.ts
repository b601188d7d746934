import * as z from 'zod/mini';
import type { BackupRecord, FinishedBackup } from '../../domain/backup/backup-record.ts';
import { isInScope, scopeKey } from '../../domain/backup/backup-scope.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import type { TransferLimits } from '../../domain/config/system-config.ts';
import {
  type ClusterData,
  chooseExecutor as choose,
  type Estimate,
  type ExecutorChoice,
  estimateBackup,
  estimateRestore,
  RECENT_RUNS_READ,
} from '../../domain/planning/estimate.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { assertInTime } from '../../domain/strategy/begin-in-time.ts';
import type { ClusterMeasure, TidbGateway } from '../../domain/tidb/tidb.ts';
import type { Executor } from '../../domain/workflow/executor.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { type OperationInput, operationInput } from '../../domain/workflow/workflow.ts';
import { log } from '../../log.ts';
import { operationLimits } from '../shared/operation-limits.ts';

export const chooseExecutorInput = z.object({
  /** As a worker would get it, including the fields that other nodes need. */
  input: z.looseObject(operationInput.shape),
  operation: z.enum(['Backup', 'Restore']),
});
type ChooseExecutorInput = z.infer<typeof chooseExecutorInput>;

export interface ChooseExecutorDeps {
  clusters: Pick<ClusterStore, 'get'>;
  backups: Pick<BackupStore, 'get' | 'recentFinished' | 'recordExecutor'>;
  config: Pick<ConfigStore, 'read'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  clock: Clock;
  hasWorker: boolean;
  /** Defaults to ten minutes. */
  workerFromSeconds?: number | undefined;
}

/** A slower or unreachable cluster is not waited for: the function that is tried then finds out. */
const MEASURE_WITHIN_MS = 20_000;

/** Part of that time, reserved for stopping unanswered queries in TiDB. */
const STOPPED_WITHIN_MS = 6_000;

/**
 * Node `chooseExecutor`: a function or the worker. Other problems are left to the next node.
 * @throws NodeFailure TooMuchForWorker, TooLateToBegin; what a store throws
 */
export async function chooseExecutor(
  { input, operation }: ChooseExecutorInput,
  deps: ChooseExecutorDeps,
): Promise<ExecutorChoice> {
  const { clusters, backups, clock, hasWorker, workerFromSeconds } = deps;
  const [cluster, record] = await Promise.all([clusters.get(input.clusterId), backups.get(input.backupId)]);
  if (cluster?.maintenance?.operationId === input.workFlowId) assertInTime(cluster.maintenance, clock.now());
  const pinned = input.wantedExecutor ?? cluster?.executor;
  const isOpen = hasWorker && pinned === undefined && cluster !== undefined && record !== undefined;
  const estimate = isOpen ? await estimateOf(operation, record, cluster, deps) : undefined;
  const notesTables = operation === 'Backup' && record?.wantsChecksums;
  const choice = handedOver(choose({ hasWorker, pinned, notesTables, estimate, workerFromSeconds }), input, pinned);
  log.info({ message: 'executor chosen', ...choice });
  if (operation === 'Backup') await recordChoice(input, record, choice, deps);
  return choice;
}

/** ECS limits overrides to 8,192 characters: this as JSON within JSON, the token, and a few hundred more. */
const MAX_INPUT = 6_000;

/** An estimate gives way to what fits into a worker's input; a request does not. */
function handedOver(choice: ExecutorChoice, input: OperationInput, pinned: Executor | undefined): ExecutorChoice {
  if (choice.executor === 'lambda' || JSON.stringify(JSON.stringify(input)).length <= MAX_INPUT) return choice;
  const reason = "the names in its scope do not fit into a worker's input";
  if (pinned === undefined) return { executor: 'lambda', reason };
  throw new NodeFailure('TooMuchForWorker', `${reason}; name fewer, or do not ask for "executor": "fargate"`);
}

/** Most records already have it: they are created with the likelier choice. */
async function recordChoice(
  { backupId }: OperationInput,
  record: BackupRecord | undefined,
  { executor }: ExecutorChoice,
  { backups, clock }: ChooseExecutorDeps,
): Promise<void> {
  if (record !== undefined && record.executor !== executor) {
    await backups.recordExecutor(backupId, { executor, at: timestamp(clock) });
  }
}

async function estimateOf(
  operation: ChooseExecutorInput['operation'],
  record: BackupRecord,
  cluster: Cluster,
  deps: ChooseExecutorDeps,
): Promise<Estimate | undefined> {
  const limits = await limitsOf(operation, deps);
  switch (operation) {
    case 'Backup':
      return await backupEstimate(record, cluster, limits, deps);
    case 'Restore':
      return await restoreEstimate(record, cluster, limits, deps);
    default:
      return assertNever(operation);
  }
}

/** TiDB is only asked without a comparable earlier run, because it costs a connection. */
async function backupEstimate(
  { backupType, scope, wantsChecksums }: BackupRecord,
  cluster: Cluster,
  limits: TransferLimits | undefined,
  deps: ChooseExecutorDeps,
): Promise<Estimate | undefined> {
  const next = { backupType, scopeKey: scopeKey(scope), notesTables: wantsChecksums, limits };
  const recentRuns = await deps.backups.recentFinished(ownBackups(cluster), RECENT_RUNS_READ);
  const isKnown = recentRuns.some((run) => run.backupType === backupType && run.scopeKey === next.scopeKey);
  const known = isKnown ? estimateBackup({ ...next, recentRuns }) : undefined;
  if (known !== undefined) return known;
  const measure = await measureOf(cluster, deps);
  return estimateBackup({ ...next, recentRuns, data: measure && dataOf(measure, scope) });
}

function dataOf({ tables, tikvNodes }: ClusterMeasure, scope: BackupRecord['scope']): ClusterData {
  const inScope = tables.filter((table) => isInScope(scope, table));
  return { logicalBytes: String(inScope.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)), tikvNodes };
}

async function restoreEstimate(
  record: BackupRecord,
  cluster: Cluster,
  limits: TransferLimits | undefined,
  deps: ChooseExecutorDeps,
): Promise<Estimate | undefined> {
  if (record.status !== 'Finished') return undefined;
  const [sizesBytes, measure] = await Promise.all([sizesOfChain(record, deps), measureOf(cluster, deps)]);
  return estimateRestore({ sizesBytes, tikvNodes: measure?.tikvNodes, tidbMajor: measure?.tidbMajor, limits });
}

/** A missing link is left to the next node to report. */
async function sizesOfChain(last: FinishedBackup, { backups }: Pick<ChooseExecutorDeps, 'backups'>): Promise<string[]> {
  const sizes = [last.sizeBytes];
  for (let { base } = last; base !== undefined; ) {
    const link = await backups.get(base.backupId);
    if (link?.status !== 'Finished') break;
    sizes.push(link.sizeBytes);
    ({ base } = link);
  }
  return sizes;
}

/** `undefined` if the configuration is invalid. */
async function limitsOf(
  operation: ChooseExecutorInput['operation'],
  { config }: Pick<ChooseExecutorDeps, 'config'>,
): Promise<TransferLimits | undefined> {
  try {
    return await operationLimits(operation, config);
  } catch (error) {
    if (error instanceof NodeFailure) return undefined;
    throw error;
  }
}

/** `undefined` if TiDB cannot be asked, which is no reason to fail. */
async function measureOf(
  cluster: Cluster,
  { tidb, clock }: Pick<ChooseExecutorDeps, 'tidb' | 'clock'>,
): Promise<ClusterMeasure | undefined> {
  const outOfTime = 'the estimate is made without it';
  const control = tidb.openControl(cluster, {
    deadline: clock.now() + MEASURE_WITHIN_MS - STOPPED_WITHIN_MS,
    outOfTime,
  });
  const timer = new AbortController();
  const late = clock.sleep(MEASURE_WITHIN_MS, timer.signal).then(() => {
    throw new NodeFailure('TidbUnreachable', `no answer within ${MEASURE_WITHIN_MS / 1_000} s`);
  });
  try {
    return await Promise.race([control.measure(), late]);
  } catch (error) {
    log.warn({ message: 'the size of the cluster could not be read', clusterId: cluster.clusterId, error });
    return undefined;
  } finally {
    timer.abort();
    control.close();
  }
}
