import type { Cluster, Maintenance, OwnBackups } from '../cluster/cluster.ts';
import type { ClaimedWindow, DueStrategy, EndedWindows, MissedWindow, Strategy, Waiting } from './strategy.ts';

/** A sweep's claim on an open window: the cluster and the window at once, for one backup. */
export interface WindowClaim {
  due: DueStrategy;
  /** The backup that is to hold the cluster. */
  maintenance: Maintenance & { claim: ClaimedWindow };
  /** A window before this one that was missed. */
  missed?: MissedWindow | undefined;
}

type ClaimOutcome =
  /** `own`: the backups of the cluster, as it is then. */
  | { outcome: 'claimed'; own: OwnBackups }
  | { outcome: 'held'; maintenance: Maintenance }
  /** Another sweep was first, or the strategy or the cluster has changed since it was found due. */
  | { outcome: 'overtaken' };

export interface StrategyStore {
  /**
   * @param change.nextRunAt start of the first window to serve; undefined: there is none.
   * @param change.servedAt the cluster's as `nextRunAt` was computed from it.
   * @param change.ended windows that end with this change
   * @param change.reopens whether the window that was cancelled last is open again: it is no longer a cancelled one
   * @returns false: the cluster is gone, or a backup has started automatically since
   */
  save(
    clusterId: string,
    change: {
      strategy: Strategy;
      nextRunAt: string | undefined;
      servedAt: string | undefined;
      ended?: EndedWindows | undefined;
      reopens?: boolean;
    },
  ): Promise<boolean>;
  /** The cluster as it was before; undefined: there is none. */
  remove(clusterId: string): Promise<Cluster | undefined>;
  /** Keeps windows that were missed for the evidence, for good; the same one again is a success. */
  keepMissed(clusterId: string, windows: readonly MissedWindow[]): Promise<void>;
  /** Keeps the window that the end of a strategy has cancelled. A cluster that is gone needs no note. */
  recordCanceled(clusterId: string, window: MissedWindow): Promise<void>;
  /** The strategies whose next window has begun. They may be some moments old. */
  due(now: string): Promise<DueStrategy[]>;
  claim(claim: WindowClaim): Promise<ClaimOutcome>;
  /** Undoes {@link claim}: the cluster is free and the window due again. */
  unclaim(clusterId: string, claim: ClaimedWindow, reason: string): Promise<void>;
  /** Ends a claim whose backup could not begin in its window: the cluster is free, and the next sweep finds the window missed. */
  miss(clusterId: string, claim: ClaimedWindow, reason: string): Promise<void>;
  /** Notes what became of windows in which nothing was started. False: overtaken, as by {@link claim}. */
  note(
    due: DueStrategy,
    change: { nextRunAt: string; missed?: MissedWindow | undefined; waiting?: Waiting | undefined },
  ): Promise<boolean>;
  /** How many automatic backups hold a cluster. */
  countRunning(): Promise<number>;
}
