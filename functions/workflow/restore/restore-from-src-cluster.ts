import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import type { TransferLimits } from '../../domain/config/system-config.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { assertInTime } from '../../domain/strategy/begin-in-time.ts';
import type { BackupOutcome, StatementProgress, TidbGateway, TidbSession } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { restoring, STEPS, stepOfStatement } from '../../domain/workflow/steps.ts';
import type { FlowName, OperationInput, RestoreNote } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { log } from '../../log.ts';
import { heldCluster } from '../shared/held-cluster.ts';
import type { NodeRunner } from '../shared/node-runner.ts';
import { operationLimits } from '../shared/operation-limits.ts';
import { untilRecorded } from '../shared/until-recorded.ts';
import { whileWanted } from '../shared/while-wanted.ts';
import { type HeldChainDeps, heldChain } from './held-chain.ts';
import { linksOf, lookAgain, lookBeforeRestore, type RestoreLook } from './look-before-restore.ts';
import { restoreLink, resultOf } from './restore-link.ts';
import { type AccountState, accountState, assertMade, sayWhatIsLeft, whatIsLeftBehind } from './restore-outcome.ts';
import { whatIsRestored } from './what-is-restored.ts';

export interface RestoreDeps extends NodeRunner {
  clusters: Pick<ClusterStore, 'get'>;
  backups: HeldChainDeps;
  workflows: Pick<WorkflowStore, 'setStatus' | 'beginRestore' | 'recordRestore' | 'recordSuccess'>;
  config: Pick<ConfigStore, 'read'>;
  tidb: Pick<TidbGateway, 'openSession' | 'openControl'>;
  files: Pick<BackupFiles, 'exists' | 'read' | 'isEmpty'>;
  clock: Clock;
}

/** Shown as the node's result. */
export interface RestoreResult extends BackupOutcome, Pick<NodeRunner, 'executor'> {
  /** Empty databases that were created. Unset if tables were restored beside them and nobody named them. */
  emptyDatabases?: readonly string[];
  /** Remains that BR did not remove, which the next restore would run into. */
  leftBehind?: string;
  /** After a restore with system tables: whether the registered account still works. */
  account?: AccountState;
}

/**
 * Nodes `restoreFromSrcCluster` and `restoreNewCluster`: RESTORE of a finished backup into the cluster; for an
 * incremental one, of its bases first. Every link is checked before the first restore.
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
  // Run concurrently, it could still write after one of the others has ended the node:
  //
  //     node: heldCluster fails ── frozen ──────────────── thawed: holdForRestore
  //     fail: ──────────────────────────── releaseChain                            nobody would release it
  const { restoreRuns: run = 0, restore: earlier } = unlessSuperseded(
    await workflows.beginRestore(input.workFlowId, timestamp(clock)),
  );
  if (earlier === undefined) assertInTime(cluster.maintenance, clock.now());
  const chain = await heldChain(input, backups);
  const links = await linksOf(chain, files, input.source).catch(blameCopy(input));
  const session = await tidb.openSession(cluster, deps, earlier?.statement?.server);
  try {
    const looking = earlier === undefined ? lookBeforeRestore : lookAgain;
    const look = await whileWanted(looking(links, input, session.control, files), deps).catch(blameCopy(input));
    const restored = await restoreLinks(look, earlier, input, session, limits, {
      ...deps,
      begin,
      recordRestore: async (note) => {
        const at = timestamp(clock);
        unlessSuperseded((await workflows.recordRestore(input.workFlowId, { ...note, run, at })) || undefined);
      },
    })
      .catch(blameCopy(input))
      .catch((error: unknown) => {
        // A drill leaves nothing: its cluster is destroyed.
        if (flowName === 'RestoreDrill') throw error;
        return sayWhatIsLeft(error, look.tables, tidb.openControl(cluster), clock);
      });
    // The next step belongs to another node.
    if (flowName === 'RestoreDrill') await begin();
    const account = input.withSystemTables ? await accountState(tidb.openControl(cluster, deps)) : undefined;
    return { ...restored, executor: deps.executor, ...(account && { account }) };
  } finally {
    session.close();
  }
}

/** A broken second copy says nothing about the backup. */
export function blameCopy({ source }: Pick<OperationInput, 'source'>): (error: unknown) => never {
  return (error) => {
    if (source !== 'copy' || !(error instanceof NodeFailure) || error.name !== 'BackupNotRestorable') throw error;
    throw new NodeFailure('CopyNotRestorable', `of the second copy: ${error.message}`, { cause: error });
  };
}

function unlessSuperseded<Value>(value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new NodeFailure('OperationSuperseded', 'the restore has ended, or another run of its node has taken it over');
}

async function restoreLinks(
  look: RestoreLook,
  earlier: RestoreNote | undefined,
  input: OperationInput,
  session: TidbSession,
  limits: TransferLimits,
  deps: RestoreDeps & Notes,
): Promise<Omit<RestoreResult, 'executor'>> {
  const stepsAt = (at: number) => recordSteps(restoring(at + 1, look.links.length), deps);
  const { restored, isProvenEmpty } = await whatIsRestored(earlier, look, input, session, {
    ...deps,
    note: stepsAt(earlier?.restored ?? 0),
  });
  let sizeBytes = 0n;
  let backupTso = '0';
  for (const [at, link] of look.links.entries()) {
    const outcome =
      at < restored
        ? resultOf(link.record)
        : await restoreLink(link, { ...look, isProvenEmpty }, input, session, limits, {
            ...deps,
            note: stepsAt(at),
            announce: (statement) => deps.recordRestore({ restored: at, statement }),
          });
    sizeBytes += BigInt(outcome.sizeBytes);
    // Before TiDB 7.0, RESTORE returns the cluster's current timestamp.
    ({ backupTso } = link.record);
  }
  await untilRecorded(() => deps.recordRestore({ restored: look.links.length }), deps);
  const { tables, emptyDatabases } = look;
  // Obvious for a restore of everything: every cluster has the database `test`.
  const isReported = emptyDatabases.length > 0 && (input.scope !== undefined || tables.length === 0);
  await assertMade(look, session.control);
  const succeededAt = timestamp(deps.clock);
  await untilRecorded(() => deps.workflows.recordSuccess(input.workFlowId, succeededAt), deps);
  const left = await whatIsLeftBehind(session.control);
  return {
    backupTso,
    sizeBytes: sizeBytes.toString(),
    ...(isReported && { emptyDatabases }),
    ...(left !== undefined && { leftBehind: left }),
  };
}

interface Steps {
  /** Records the start of a step. */
  begin: (step?: string) => Promise<unknown>;
}

interface Notes extends Steps {
  /**
   * Records the progress of the restore.
   * @throws NodeFailure OperationSuperseded
   */
  recordRestore: (note: RestoreNote) => Promise<void>;
}

/** Records a statement's step when it changes. A failure to do so does not fail the restore. */
function recordSteps(doing: string, { begin }: Steps): (progress: StatementProgress | undefined) => Promise<void> {
  let noted: string | undefined;
  let wasShown = false;
  return async (progress) => {
    const step = stepOfStatement(doing, progress, wasShown);
    wasShown ||= progress !== undefined;
    if (step === noted) return;
    noted = step;
    await begin(step).catch((error: unknown) => log.warn({ message: 'a step could not be recorded', step, error }));
  };
}
