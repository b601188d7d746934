import type { BackupFiles } from '../../domain/backup-files.ts';
import type { FinishedBackup } from '../../domain/backup-record.ts';
import { type Clock, timestamp } from '../../domain/clock.ts';
import { restoring, STEPS, stepOfStatement } from '../../domain/steps.ts';
import type { ClusterStore, ConfigStore, WorkflowStore } from '../../domain/stores.ts';
import type { TransferLimits } from '../../domain/system-config.ts';
import { systemTables } from '../../domain/system-tables.ts';
import type { BackupOutcome, StatementProgress, TidbGateway, TidbSession } from '../../domain/tidb.ts';
import type { FlowName, OperationInput } from '../../domain/workflow.ts';
import { correlationOf, log } from '../../log.ts';
import { type HeldChainDeps, heldChain } from './held-chain.ts';
import { heldCluster } from './held-cluster.ts';
import { type LookedAtLink, linksOf, lookBeforeRestore, type RestoreLook } from './look-before-restore.ts';
import type { NodeRunner } from './node-runner.ts';
import { operationLimits } from './operation-limits.ts';
import {
  type AccountState,
  accountState,
  assertMade,
  isRestored,
  judge,
  sayWhatIsLeft,
  whatIsLeftBehind,
} from './restore-outcome.ts';
import { supervise } from './supervise-statement.ts';
import { whileWanted } from './while-wanted.ts';

export interface RestoreDeps extends NodeRunner {
  clusters: Pick<ClusterStore, 'get'>;
  backups: HeldChainDeps;
  workflows: Pick<WorkflowStore, 'setStatus' | 'recordSuccess'>;
  config: Pick<ConfigStore, 'read'>;
  tidb: Pick<TidbGateway, 'openSession' | 'openControl'>;
  files: Pick<BackupFiles, 'exists' | 'read' | 'isEmpty'>;
  clock: Clock;
}

/** Shown as the node's result. */
export interface RestoreResult extends BackupOutcome, Pick<NodeRunner, 'executor'> {
  /** Databases that were made and hold nothing; absent where tables were restored beside them and nobody named them. */
  emptyDatabases?: readonly string[];
  /** What BR has not cleared away, and the next restore would meet. */
  leftBehind?: string;
  /** After a restore with system tables: whether the account that the cluster is registered with still serves. */
  account?: AccountState;
}

/**
 * Node `restoreFromSrcCluster`, and `restoreNewCluster`: RESTORE of a finished backup into the cluster; of an incremental one, first
 * of all that it builds upon. Every link is looked at before the first is restored.
 * @throws NodeFailure
 */
export async function restoreFromSrcCluster(
  input: OperationInput,
  flowName: FlowName,
  deps: RestoreDeps,
): Promise<RestoreResult> {
  const { clusters, backups, config, tidb, workflows, files, clock } = deps;
  const workflow = { workFlowId: input.workFlowId, flowName, bizId: input.clusterId };
  const begin = (step?: string) => workflows.setStatus(workflow, 'Processing', timestamp(clock), step);
  const [cluster, limits] = await Promise.all([
    heldCluster(input, clusters),
    operationLimits('Restore', config),
    begin(STEPS.lookingBeforeRestore),
  ]);
  // Beside them, it would still write when one of them has ended the node:
  //
  //     node: heldCluster fails ── frozen ──────────────── thawed: holdForRestore
  //     fail: ──────────────────────────── releaseChain                            nobody would let go of it
  const chain = await heldChain(input, backups);
  const links = await linksOf(chain, files);
  const session = await tidb.openSession(cluster, deps);
  try {
    const look = await whileWanted(lookBeforeRestore(links, input, session.control, files), deps);
    const restored = await restoreLinks(look, input, session, limits, { ...deps, begin }).catch((error: unknown) => {
      // Of a drill nothing is left: its cluster is destroyed.
      if (flowName === 'RestoreDrill') throw error;
      return sayWhatIsLeft(error, look.tables, tidb.openControl(cluster), clock);
    });
    // What comes next is another node's.
    if (flowName === 'RestoreDrill') await begin();
    const account = input.withSystemTables ? await accountState(tidb.openControl(cluster, deps)) : undefined;
    return { ...restored, executor: deps.executor, ...(account && { account }) };
  } finally {
    session.close();
  }
}

async function restoreLinks(
  look: RestoreLook,
  input: OperationInput,
  session: TidbSession,
  limits: TransferLimits,
  deps: RestoreDeps & Steps,
): Promise<Omit<RestoreResult, 'executor'>> {
  let sizeBytes = 0n;
  let backupTso = '0';
  for (const [at, link] of look.links.entries()) {
    const note = noteSteps(restoring(at + 1, look.links.length), deps);
    const outcome = await restoreLink(link, look, input, session, limits, { ...deps, note });
    sizeBytes += BigInt(outcome.sizeBytes);
    // Before TiDB 7.0, RESTORE answers the cluster's timestamp.
    ({ backupTso } = link.record);
  }
  const { tables, emptyDatabases } = look;
  // Of a restore of everything it goes without saying: every cluster has the database `test`.
  const isTold = emptyDatabases.length > 0 && (input.scope !== undefined || tables.length === 0);
  await assertMade(emptyDatabases, session.control);
  await deps.workflows.recordSuccess(input.workFlowId, timestamp(deps.clock));
  const left = await whatIsLeftBehind(session.control);
  return {
    backupTso,
    sizeBytes: sizeBytes.toString(),
    ...(isTold && { emptyDatabases }),
    ...(left !== undefined && { leftBehind: left }),
  };
}

/** RESTORE of one link that was looked at. @throws NodeFailure */
export async function restoreLink(
  { record, location, contents }: LookedAtLink,
  { release, isProvenEmpty }: RestoreLook,
  input: OperationInput,
  session: TidbSession,
  limits: TransferLimits,
  deps: NodeRunner & Pick<RestoreDeps, 'clock' | 'files'> & { note: ReturnType<typeof noteSteps> },
): Promise<BackupOutcome> {
  const { backupId, finishedAttempt: attempt } = record;
  const correlationId = correlationOf(input.workFlowId);
  const { scope } = input;
  const objects =
    scope === undefined ? systemTables(input.withSystemTables ?? false, release, contents.databases) : { scope };
  // TiDB would take no name for all of them.
  if (objects.scope?.databases?.length === 0) return { backupTso: record.backupTso, sizeBytes: '0' };
  const logProgress = progressLogger(input);
  return await supervise<BackupOutcome>({
    mark: { kind: 'RESTORE', backupId, attempt },
    announce: async (place) => {
      log.info({ message: 'restore begins', ...input, backupId, ...place });
      await deps.note(undefined);
    },
    send: () => session.restore({ location, limits, correlationId, ...objects }),
    observe: async (progress) => {
      logProgress(progress);
      await deps.note(progress);
    },
    adopt: async (progress) => {
      const isProven = progress?.finished === true && (await isRestored(contents, scope, session.control));
      return isProven ? resultOf(record) : undefined;
    },
    session,
    clock: deps.clock,
    runner: deps,
  }).catch((error: unknown) => judge(error, isProvenEmpty, location, deps.files));
}

function resultOf({ backupTso, sizeBytes }: FinishedBackup): BackupOutcome {
  return { backupTso, sizeBytes };
}

interface Steps {
  /** Tells the workflow which step begins. */
  begin: (step?: string) => Promise<unknown>;
}

/** Tells the step of a statement when it has changed. A restore is none the worse if that cannot be told. */
function noteSteps(doing: string, { begin }: Steps): (progress: StatementProgress | undefined) => Promise<void> {
  let noted: string | undefined;
  let wasShown = false;
  return async (progress) => {
    const step = stepOfStatement(doing, progress, wasShown);
    wasShown ||= progress !== undefined;
    if (step === noted) return;
    noted = step;
    await begin(step).catch((error: unknown) => log.warn({ message: 'a step could not be noted', step, error }));
  };
}

/** A line for each quarter: a restore has no record that could show more. */
function progressLogger(input: OperationInput): (progress: StatementProgress | undefined) => void {
  let logged = 0;
  return (progress) => {
    const quarter = Math.floor((progress?.percent ?? 0) / 25);
    if (quarter <= logged) return;
    logged = quarter;
    log.info({ message: 'restore goes on', workFlowId: input.workFlowId, percent: progress?.percent });
  };
}
