import * as z from 'zod/mini';
import {
  attemptLocation,
  type BackupRecord,
  decimal64,
  finishedBackup,
  type ProcessingBackup,
  type TidbRelease,
} from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { checksumSummary } from '../../domain/backup/verification.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import type { TransferLimits } from '../../domain/config/system-config.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { copyOf, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { assertInTime } from '../../domain/strategy/begin-in-time.ts';
import type { BackupOutcome, StatementProgress, TidbGateway, TidbSession } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { STEPS, stepOfStatement } from '../../domain/workflow/steps.ts';
import type { FlowName, OperationInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { correlationOf, log } from '../../log.ts';
import { findUnreportedResult } from '../restore/find-unreported-result.ts';
import { assertInCluster } from '../restore/scope-found.ts';
import { countFiles } from '../shared/count-files.ts';
import { heldCluster } from '../shared/held-cluster.ts';
import type { NodeRunner } from '../shared/node-runner.ts';
import { operationLimits } from '../shared/operation-limits.ts';
import { stopStatements } from '../shared/stop-statements.ts';
import { supervise, takeUp } from '../shared/supervise-statement.ts';
import { whileWanted } from '../shared/while-wanted.ts';
import { type BaseOfBackupDeps, fullInstead, holdBase } from './base-of-backup.ts';
import { notingTables } from './checksum-tables.ts';
import { current } from './current-attempt.ts';
import { intervalOf } from './interval-of-backup.ts';
import { sealFiles } from './seal-files.ts';
import { identify } from './tidb-of-backup.ts';

/** Passed to the next node; also shown as the node's result. */
export const backupResult = z.object({
  attempt: z.number(),
  backupTso: decimal64,
  sizeBytes: decimal64,
  endTime: z.iso.datetime(),
  tidbClusterId: z.optional(decimal64),
  fileCount: z.optional(z.number()),
  lockedUntil: z.optional(z.iso.datetime()),
  metaVersion: finishedBackup.shape.metaVersion,
  checksums: z.optional(checksumSummary),
  /** Whether S3 copies its files to a second bucket. */
  awaitsCopy: z.optional(z.boolean()),
});
export type BackupResult = z.infer<typeof backupResult>;

export interface BackupDeps extends NodeRunner {
  clusters: Pick<ClusterStore, 'get' | 'recordTidb'>;
  backups: Pick<BackupStore, 'get' | 'startAttempt' | 'recordStatement' | 'recordProgress' | 'recordFiles'> &
    BaseOfBackupDeps;
  workflows: Pick<WorkflowStore, 'setStatus'>;
  config: Pick<ConfigStore, 'read'>;
  tidb: Pick<TidbGateway, 'openSession' | 'holdSnapshot'>;
  files: Pick<
    BackupFiles,
    'read' | 'exists' | 'isEmpty' | 'contents' | 'dataBytes' | 'stateOf' | 'abortUploads' | 'write'
  >;
  clock: Clock;
}

/**
 * Node `backup`: runs BACKUP into a path of this attempt alone.
 * @param flowName the workflow that it is run for
 * @throws NodeFailure
 */
export async function backup(
  input: OperationInput,
  deps: BackupDeps,
  flowName: FlowName = 'BackupCluster',
): Promise<BackupResult> {
  const { clusters, backups, config, tidb, workflows, clock } = deps;
  const [cluster, limits, earlier] = await Promise.all([
    heldCluster(input, clusters),
    operationLimits('Backup', config),
    backups.get(input.backupId),
    workflows.setStatus(
      { workFlowId: input.workFlowId, flowName, bizId: input.clusterId },
      'Processing',
      timestamp(clock),
    ),
  ]);
  // An attempt may be continued at any time; the first one must begin in time.
  if (earlier?.status === 'Initializing') assertInTime(cluster.maintenance, clock.now());
  const session = await tidb.openSession(cluster, deps);
  try {
    const unheard = await takeUpEarlier(earlier, cluster, session, deps);
    if (unheard !== undefined) return unheard;
    const record = await beginAttempt(input.backupId, session, deps);
    const goOn = () => progressRecorder(record, deps)({});
    await whileWanted(assertInCluster(record.scope, session.control), { ...deps, goOn });
    const run = { cluster, session, limits, release: await releaseOf(session) };
    return await runAttempt(record, run, deps).catch(async (error: unknown) => {
      const full = await fullInstead(error, record, deps);
      return await runAttempt(full, run, deps);
    });
  } finally {
    session.close();
  }
}

interface Run {
  cluster: Cluster;
  session: TidbSession;
  limits: TransferLimits;
  release: TidbRelease;
}

/** Runs BACKUP, from sending it to knowing how it ended. */
async function runAttempt(
  record: ProcessingBackup,
  { cluster, session, limits, release }: Run,
  deps: BackupDeps,
): Promise<BackupResult> {
  const { clock, backups } = deps;
  const { backupId, attempts: attempt, scope } = record;
  await holdBase(record, deps.backups);
  const note = progressRecorder(record, deps);
  const location = attemptLocation(record, attempt);
  const correlationId = correlationOf(record.workFlowId);
  const goOn = () => note({ step: STEPS.notingChecksums });
  const noted = { cluster, record, location, control: session.control, goOn };
  let endTime = '';
  const outcome = await notingTables(noted, deps, async () => {
    // Its snapshot is chosen once history is held, because checksums are read at that snapshot.
    const interval = await intervalOf(record, { ...session, release }, { ...deps, goOn: () => note({}) });
    const backedUp = await supervise<BackupOutcome>({
      mark: { kind: 'BACKUP', backupId, attempt },
      announce: async (statement) => {
        log.info({ message: 'backup begins', backupId, attempt, ...statement, version: session.version });
        const begun = { attempt, statement, release, at: timestamp(clock) };
        current(await backups.recordStatement(backupId, begun));
      },
      send: () => session.backup({ location, limits, scope, interval, correlationId }),
      observe: observing(note),
      adopt: () => findUnreportedResult(location, deps.files),
      session,
      clock,
      runner: deps,
    });
    endTime = timestamp(clock);
    return { ...backedUp, ...(await identify(record, cluster, location, deps)) };
  }).catch((error: unknown) => recordFilesIfAbandoned(error, record, deps));
  return await resultOf({ ...outcome, attempt, endTime }, location, deps);
}

async function resultOf(
  outcome: BackupResult,
  location: StorageLocation,
  deps: Pick<BackupDeps, 'files' | 'clock'>,
): Promise<BackupResult> {
  const [state, count] = await Promise.all([sealFiles(location, deps.files), countFiles(location, deps)]);
  return { ...outcome, ...count, ...state, ...(copyOf(location) && { awaitsCopy: true }) };
}

/**
 * First checks the BACKUP of an earlier run that died, or whose answer was lost: waits for a running one, and returns a
 * finished one.
 * @returns `undefined` if there is none, and another attempt may begin
 */
async function takeUpEarlier(
  record: BackupRecord | undefined,
  cluster: Cluster,
  session: TidbSession,
  deps: BackupDeps,
): Promise<BackupResult | undefined> {
  if (record?.status !== 'Processing' || record.statement === undefined) return undefined;
  const { backupId, attempts: attempt, statement, wantsChecksums } = record;
  const { clock, files } = deps;
  const location = attemptLocation(record, attempt);
  const outcome = await takeUp<BackupOutcome>(
    {
      mark: { kind: 'BACKUP', backupId, attempt },
      observe: observing(progressRecorder(record, deps)),
      adopt: () => findUnreportedResult(location, files),
      session,
      clock,
      runner: deps,
    },
    statement.connectionId,
  );
  if (outcome === undefined) return undefined;
  const identity = await identify(record, cluster, location, deps).catch((error: unknown) => {
    // Another attempt would end the same way, or becomes a full one.
    if (error instanceof NodeFailure && error.name === 'BaseUnfit') return undefined;
    throw error;
  });
  if (identity === undefined) return undefined;
  log.info({ message: 'the backup of an earlier run has finished', backupId, attempt });
  const checksums = wantsChecksums ? { missing: 'the node died before it recorded them' } : undefined;
  const endTime = timestamp(clock);
  const result = { ...outcome, ...identity, attempt, endTime, ...(checksums && { checksums }) };
  return await resultOf(result, location, deps);
}

async function beginAttempt(
  backupId: string,
  { control }: Pick<TidbSession, 'control'>,
  { backups, clock, executor }: Pick<BackupDeps, 'backups' | 'clock' | 'executor'>,
): Promise<ProcessingBackup> {
  const record = current(await backups.startAttempt(backupId, timestamp(clock), executor));
  // An earlier run timed out or died; its statement may have outlived it.
  if (record.attempts > 1 && !(await stopStatements(control, [{ kind: 'BACKUP', backupId }], clock))) {
    throw new NodeFailure(
      'BackupFailed',
      'an earlier attempt of this backup is still running in TiDB and cannot be stopped',
    );
  }
  return record;
}

/** A backup without it is still a backup: a restore then checks less. */
async function releaseOf({ control }: TidbSession): Promise<TidbRelease> {
  try {
    return await control.release();
  } catch (error) {
    log.warn({ message: 'the release of TiDB could not be read', error });
    return {};
  }
}

/** Records what changed, and reads the record anyway, for a request to cancel. */
function progressRecorder(
  { backupId, attempts: attempt, progress }: ProcessingBackup,
  { backups, clock }: Pick<BackupDeps, 'backups' | 'clock'>,
): (change: { percent?: number | undefined; step?: string | undefined }) => Promise<void> {
  let noted: { progress: number; step?: string | undefined } = { progress };
  return async ({ percent = 0, step }) => {
    const next = { progress: Math.max(noted.progress, percent), step };
    if (next.progress === noted.progress && next.step === noted.step) {
      const record = await backups.get(backupId);
      current(record?.status === 'Processing' && record.attempts === attempt ? record : undefined);
    } else {
      current(await backups.recordProgress(backupId, { attempt, ...next, at: timestamp(clock) }));
      noted = next;
    }
  };
}

/** Copying is the default step of a statement, and is not recorded. */
function observing(note: ReturnType<typeof progressRecorder>): (shown: StatementProgress | undefined) => Promise<void> {
  let wasShown = false;
  return async (shown) => {
    const step = stepOfStatement(STEPS.backingUp, shown, wasShown);
    wasShown ||= shown !== undefined;
    await note({ percent: shown?.percent, step: step === STEPS.backingUp ? undefined : step });
  };
}

/**
 * Whoever ended the record while this node was running may have looked for its statement just before it began, and
 * removed its files before they existed.
 */
async function recordFilesIfAbandoned(
  error: unknown,
  { backupId }: ProcessingBackup,
  { backups, clock }: Pick<BackupDeps, 'backups' | 'clock'>,
): Promise<never> {
  if (error instanceof NodeFailure && error.name === 'OperationSuperseded') {
    await backups.recordFiles(backupId, { filesRemain: 'an abandoned run was still writing', at: timestamp(clock) });
  }
  throw error;
}
