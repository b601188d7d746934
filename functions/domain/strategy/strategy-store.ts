import type { Cluster, Maintenance, OwnBackups } from '../cluster/cluster.ts';
import type { DueTimes } from '../cluster/due-store.ts';
import type { ClaimedWindow, DueStrategy, EndedWindows, MissedWindow, Strategy, Waiting } from './strategy.ts';

/** A sweep's claim on an open window: takes the cluster and the window at once, for one backup. */
export interface WindowClaim {
  due: DueStrategy;
  /** The lock of the backup. */
  maintenance: Maintenance & { claim: ClaimedWindow };
  /** An earlier window that was missed. */
  missed?: MissedWindow | undefined;
}

type ClaimOutcome =
  /** `own`: selects the cluster's backups, as it is at that moment. */
  | { outcome: 'claimed'; own: OwnBackups }
  | { outcome: 'held'; maintenance: Maintenance }
  /** Another sweep was faster, or the strategy or the cluster has changed since it was found due. */
  | { outcome: 'overtaken' };

export interface StrategyStore {
  /**
   * @param change.nextRunAt start of the first window to serve; `undefined` if there is none
   * @param change.due when the other sweeps look at the cluster next
   * @param change.servedAt the cluster's value from which `nextRunAt` was computed
   * @param change.ended windows that end with this change
   * @param change.reopens whether the last canceled window is open again, so no longer canceled
   * @returns false if the cluster no longer exists, or an automatic backup has started since
   */
  save(
    clusterId: string,
    change: {
      strategy: Strategy;
      nextRunAt: string | undefined;
      due: DueTimes;
      servedAt: string | undefined;
      ended?: EndedWindows | undefined;
      reopens?: boolean;
    },
  ): Promise<boolean>;
  /** Returns the previous cluster; `undefined` if there is none. */
  remove(clusterId: string): Promise<Cluster | undefined>;
  /** Stores missed windows for the evidence report, permanently. Idempotent. */
  keepMissed(clusterId: string, windows: readonly MissedWindow[]): Promise<void>;
  /** Stores the window that the removal of a strategy canceled. Ignored for a missing cluster. */
  recordCanceled(clusterId: string, window: MissedWindow): Promise<void>;
  /** Strategies whose next window has started. They may be a few moments old. */
  due(now: string): Promise<DueStrategy[]>;
  claim(claim: WindowClaim): Promise<ClaimOutcome>;
  /** Undoes {@link claim}: the cluster is released and the window is due again. */
  unclaim(clusterId: string, claim: ClaimedWindow, reason: string): Promise<void>;
  /**
   * Ends a claim whose backup could not begin in its window: the cluster is released, and the next sweep records the
   * window as missed.
   */
  miss(clusterId: string, claim: ClaimedWindow, reason: string): Promise<void>;
  /** Records the outcome of windows in which no backup was started. False if overtaken, as for {@link claim}. */
  note(
    due: DueStrategy,
    change: { nextRunAt: string; missed?: MissedWindow | undefined; waiting?: Waiting | undefined },
  ): Promise<boolean>;
  /** How many automatic backups currently hold a cluster. */
  countRunning(): Promise<number>;
}
