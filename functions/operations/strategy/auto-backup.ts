import { randomUUID } from 'node:crypto';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { configValue, type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import type { WindowEvents } from '../../domain/events/window-events.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import type { BackupWindow } from '../../domain/strategy/backup-window.ts';
import {
  backupTypeIn,
  type ClaimedWindow,
  type DueStrategy,
  type MissedWindow,
  missedOf,
  windowBackupId,
  windowsAt,
} from '../../domain/strategy/strategy.ts';
import type { StrategyStore, WindowClaim } from '../../domain/strategy/strategy-store.ts';
import { StartsThrottled } from '../../domain/workflow/workflow-executions.ts';
import { log } from '../../log.ts';
import { type BackupRequest, type StartBackupDeps, startBackup } from '../backup/start-backup.ts';
import { inParallel } from '../shared/in-parallel.ts';

export interface AutoBackupDeps extends StartBackupDeps, DeploymentStorage {
  clusters: Pick<ClusterStore, 'unlock'>;
  strategies: Pick<StrategyStore, 'due' | 'claim' | 'unclaim' | 'note' | 'keepMissed' | 'countRunning'>;
  config: Pick<ConfigStore, 'read'>;
  events: WindowEvents;
  /** False to leave the rest to the next sweep. Work on a claimed window must not be cut off half-way. */
  hasTime: () => boolean;
}

/** The outcome of the strategies that were due. */
export interface Sweep {
  due: number;
  started: number;
  /** Their windows are open, and the next sweep retries. */
  waiting: number;
  /** Windows that ended without a backup. */
  missed: number;
  /** Another sweep or a user was faster. */
  overtaken: number;
  failed: number;
  left: number;
}

/** Enough to hide the network's latency; starts are paced. */
const CONCURRENCY = 16;

/** If no sweep has processed a strategy for long, only the latest missed windows are published. */
const MAX_TOLD = 10;

/**
 * Starts the backups whose windows are open at `now`, once each. Those that cannot start wait for the next sweep. A
 * window that has ended meanwhile is recorded and published as missed. Sweeps may be late, cut off, or run
 * concurrently.
 * @param now the sweep's time, in milliseconds since 1970; everything that it writes has this time
 * @throws what the stores throw before the first strategy is processed
 */
export async function autoBackup(now: number, deps: AutoBackupDeps): Promise<Sweep> {
  const at = new Date(now).toISOString();
  const plans = (await deps.strategies.due(at)).map((due) => planOf(due, now));
  const open = plans.filter(isOpen).sort((a, b) => a.open.end - b.open.end);
  const closed = plans.filter((plan) => !isOpen(plan));
  const sweep: Sweep = {
    due: plans.length,
    started: 0,
    waiting: 0,
    missed: plans.reduce((sum, { missed }) => sum + missed.length, 0),
    overtaken: 0,
    failed: 0,
    left: 0,
  };
  const told = await tellOfMissed(plans, deps.events);
  const policy = open.length === 0 ? undefined : await startPolicy(deps);
  await inParallel([...open, ...closed], CONCURRENCY, async (plan) => {
    // Publish, then record: a crash in between publishes it again rather than never.
    if (!deps.hasTime() || (!isOpen(plan) && !told)) {
      sweep.left += 1;
      return;
    }
    const outcome = await carryOut(plan, at, policy, deps).catch((error: unknown) => failedOf(plan, error));
    if (outcome !== 'recorded') sweep[outcome] += 1;
  });
  return sweep;
}

/** Store missed windows first: any change of the strategy makes the sweep forget them. */
async function carryOut(
  plan: Plan,
  at: string,
  policy: StartPolicy | undefined,
  deps: AutoBackupDeps,
): Promise<Outcome | 'recorded'> {
  await deps.strategies.keepMissed(plan.due.clusterId, plan.missed);
  return isOpen(plan) && policy ? await serve(plan, at, policy, deps) : await recordMissed(plan, deps);
}

interface Plan {
  due: DueStrategy;
  missed: MissedWindow[];
  open: BackupWindow | undefined;
  /** Start of the window after these. */
  next: string;
}

type OpenPlan = Plan & { open: BackupWindow };

function isOpen(plan: Plan): plan is OpenPlan {
  return plan.open !== undefined;
}

function planOf(due: DueStrategy, now: number): Plan {
  const { missed, open, next } = windowsAt(due, now);
  return { due, missed: missed.map((window) => missedOf(due, window)), open, next: iso(next.start) };
}

/** @returns false if that failed; then a later sweep publishes them, unless the next window is already open */
async function tellOfMissed(plans: readonly Plan[], events: WindowEvents): Promise<boolean> {
  const windows = plans.flatMap(({ due: { clusterId }, missed }) =>
    missed.slice(-MAX_TOLD).map((window) => ({ clusterId, ...window })),
  );
  if (windows.length === 0) return true;
  try {
    await events.missed(windows);
    return true;
  } catch (error) {
    log.error({ message: 'missed windows could not be published', windows, error });
    return false;
  }
}

/** Whether backups may start: the same for the whole sweep. */
type StartPolicy =
  | { canStart: false; reason: string }
  /** `slots`: how many more may run now, of `limit`. */
  | { canStart: true; base: StorageLocation; slots: number; limit: number };

async function startPolicy(deps: AutoBackupDeps): Promise<StartPolicy> {
  const stored = await deps.config.read();
  try {
    const base = storageBase(stored, deps);
    const limit = Number(configValue(stored, 'maxConcurrentAutoBackups', deps));
    const slots = limit === 0 ? Number.POSITIVE_INFINITY : limit - (await deps.strategies.countRunning());
    return { canStart: true, base, slots, limit };
  } catch (error) {
    // The configuration is invalid.
    if (error instanceof ServiceError) return { canStart: false, reason: error.message };
    throw error;
  }
}

type Outcome = 'started' | 'waiting' | 'overtaken' | 'failed';

async function serve(plan: OpenPlan, at: string, policy: StartPolicy, deps: AutoBackupDeps): Promise<Outcome> {
  if (!policy.canStart) return await wait(plan, policy.reason, deps);
  if (policy.slots <= 0) return await wait(plan, `maxConcurrentAutoBackups (${policy.limit}) were running`, deps);
  policy.slots -= 1;
  let outcome: Outcome = 'failed';
  try {
    outcome = await start(plan, at, policy.base, deps);
  } finally {
    if (outcome !== 'started') policy.slots += 1;
  }
  return outcome;
}

async function start(plan: OpenPlan, at: string, base: StorageLocation, deps: AutoBackupDeps): Promise<Outcome> {
  const { due, open, missed, next } = plan;
  const { clusterId } = due;
  const backupId = windowBackupId(clusterId, open, due.strategy.registeredAt);
  const claimed: ClaimedWindow = {
    claimId: randomUUID(),
    windowStart: iso(open.start),
    windowEnd: iso(open.end),
    nextRunAt: next,
    servedAt: due.servedAt,
  };
  const claim: WindowClaim = {
    due,
    maintenance: { status: 'BackUp', operationId: backupId, since: at, backupMode: 'auto', claim: claimed },
    missed: missed.at(-1),
  };
  const undo = (failure: unknown) => deps.strategies.unclaim(clusterId, claimed, reasonOf(failure));
  const claiming = await deps.strategies.claim(claim).catch(async (error: unknown) => {
    // It may have been created, and only the answer lost.
    await undo(error);
    throw error;
  });
  switch (claiming.outcome) {
    case 'overtaken':
      return 'overtaken';
    case 'held': {
      const { status, operationId } = claiming.maintenance;
      return await wait(plan, `${status} ${operationId} held the cluster`, deps);
    }
    case 'claimed': {
      const releaseCluster = (failure?: unknown) =>
        failure === undefined ? deps.clusters.unlock(clusterId, backupId) : undo(failure);
      const request: BackupRequest = {
        ...{ backupId, clusterId, backupMode: 'auto', base, at },
        // Drills compare the checksums.
        checksums: due.strategy.drill !== undefined,
        own: claiming.own,
        backupType: backupTypeIn(due.strategy, open),
        withoutBase: 'full',
        fallbackToFull: due.strategy.fallbackToFull,
        scope: due.strategy.scope,
      };
      const isNew = await startBackup(request, releaseCluster, deps);
      return isNew ? 'started' : 'overtaken';
    }
    default:
      return assertNever(claiming);
  }
}

async function recordMissed({ due, missed, next }: Plan, { strategies }: AutoBackupDeps): Promise<'recorded'> {
  await strategies.note(due, { nextRunAt: next, missed: missed.at(-1) });
  return 'recorded';
}

/** Leaves the window due, and records why: that is the reason if no later sweep can start a backup in it. */
async function wait({ due, open, missed }: OpenPlan, reason: string, deps: AutoBackupDeps): Promise<'waiting'> {
  const windowStart = iso(open.start);
  const isRecorded = due.waiting?.windowStart === windowStart && due.waiting.reason === reason;
  if (!isRecorded) {
    await deps.strategies.note(due, {
      nextRunAt: windowStart,
      missed: missed.at(-1),
      waiting: { windowStart, reason },
    });
  }
  return 'waiting';
}

/** A failure of one cluster does not stop the sweep. A throttled start is none: the claim was undone, with the reason. */
function failedOf({ due: { clusterId } }: Plan, error: unknown): 'failed' | 'waiting' {
  if (error instanceof Error && error.cause instanceof StartsThrottled) return 'waiting';
  log.error({ message: 'an automatic backup could not be started', clusterId, error });
  return 'failed';
}

/** As users may see it. */
function reasonOf(failure: unknown): string {
  if (failure instanceof Error && failure.cause instanceof StartsThrottled) {
    return 'Step Functions accepted no more executions of the account: too many were started at once, or are open';
  }
  return failure instanceof ServiceError ? failure.message : 'the service could not start it';
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
