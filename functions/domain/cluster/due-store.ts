import * as z from 'zod/mini';
import { object } from '../shared/object.ts';
import type { Cluster } from './cluster.ts';

/** What sweeps look for at clusters, apart from open windows. */
export const DUE_KINDS = ['overdue', 'drill', 'retention'] as const;
export type DueKind = (typeof DUE_KINDS)[number];

/** When each sweep looks at a cluster next, RFC 3339. Unset if it never has to. */
export type DueTimes = Readonly<Partial<Record<DueKind, string>>>;

/** Time alone changes nothing: the cluster is due after the next write of {@link DueStore.lookAgain} and its like. */
export const UNTIL_CHANGED = '9999-12-31T23:59:59.999Z';

/** A cluster to look at, as a sweep finds it. */
export interface Due {
  clusterId: string;
  /** Differs after every write that may change what the sweep finds. */
  dueAt: string;
}

/** Where a sweep over clusters that stay due stopped for lack of time, and what it had counted. */
export const agesCursor = object(() => ({
  /** The last cluster, in the order of their ids. */
  after: z.string(),
  ...{ clusters: z.number(), overdue: z.number(), unverified: z.number(), failed: z.number() },
}));
export type AgesCursor = z.infer<typeof agesCursor>;

export interface DueStore {
  /** The clusters to look at by then. They may be a few moments old. */
  find(kind: DueKind, now: string): Promise<Due[]>;
  /**
   * Looks again at `next`; never, if that is unset. False if the cluster has changed since it was found, and stays due:
   *
   *     sweep:    find, newest (B) ──────────────────────────────── postpone
   *     deletion: ──────────────── B is being deleted ── lookAgain            without the condition nobody looks for days
   */
  postpone(kind: DueKind, due: Due, next: string | undefined): Promise<boolean>;
  /** Has the sweeps look at the cluster, because other backups than before count. Ignored for a missing cluster. */
  lookAgain(clusterId: string, at: string): Promise<void>;
  /** Whether the clusters of earlier releases, which kept no such times, have theirs. */
  isComplete(): Promise<boolean>;
  /** Clusters with a strategy, and what they have a time for. */
  withStrategy(): AsyncIterable<{ cluster: Cluster; kinds: readonly DueKind[] }>;
  /** Adds times. Ignored for a cluster that has lost its strategy. */
  add(clusterId: string, times: DueTimes): Promise<void>;
  markComplete(at: string): Promise<void>;
}
