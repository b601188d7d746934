import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { assertions } from '../backup/assertion.ts';
import { backupScope } from '../backup/backup-scope.ts';
import { provisionerParameters } from '../provisioning/provisioner-parameters.ts';
import { object } from '../shared/object.ts';
import { restoreSource } from '../storage/second-copy.ts';
import { executor } from '../workflow/executor.ts';
import { type BackupWindow, WEEKDAYS, windowsEndingAfter } from './backup-window.ts';
import { retentionRule } from './retention-rule.ts';

/** Whether and when automatic backups of a cluster start. */
export const strategy = object(() => ({
  /** In the order of {@link WEEKDAYS}; empty disables automatic backups. */
  weekdays: z.array(z.enum(WEEKDAYS)),
  /** Minutes after midnight on the wall clock. */
  period: z.object({ start: z.number(), end: z.number() }),
  /** IANA time zone. */
  timezone: z.string(),
  /** Whether {@link timezone} follows the cluster's. Unset if the strategy names its own. */
  followsCluster: z.optional(z.boolean()),
  /** When its cluster was registered. Unset if an older release saved it. */
  registeredAt: z.optional(z.iso.datetime()),
  paused: z.boolean(),
  /** Those of {@link weekdays} with a full backup; on the others it is incremental. Unset if it is always full. */
  fullWeekdays: z.optional(z.array(z.enum(WEEKDAYS))),
  /**
   * Whether to take a full backup if TiDB no longer knows the changes since the last one. By default, the backup fails.
   */
  fallbackToFull: z.optional(z.boolean()),
  /** What is backed up; defaults to the whole cluster. */
  scope: z.optional(backupScope),
  /**
   * The cluster is overdue if its newest finished backup, automatic or not, is older; even if the strategy is paused.
   * Unset if it is never overdue.
   */
  maxBackupAgeHours: z.optional(z.number()),
  /** Which of the automatic backups stay. Defaults to all of them. */
  retention: z.optional(retentionRule),
  /** Unset if no drill starts automatically. */
  drill: z.optional(
    z.object({
      /** After the windows of these days, the newest finished backup is drilled; in the order of {@link WEEKDAYS}. */
      weekdays: z.array(z.enum(WEEKDAYS)),
      assertions,
      /** Passed to the provisioner. */
      parameters: provisionerParameters,
      /** Where it restores and compares; chosen by default. */
      executor: z.optional(executor),
      /** Where to read the files; defaults to the original. */
      source: z.optional(restoreSource),
    }),
  ),
  /**
   * The cluster is overdue if its newest verified backup is older; even if the strategy is paused. Unset if it is never
   * overdue.
   */
  maxVerifiedAgeHours: z.optional(z.number()),
}));
export type Strategy = z.infer<typeof strategy>;

/** A window in which no backup was started, and why. */
export const missedWindow = object(() => ({ start: z.iso.datetime(), end: z.iso.datetime(), reason: z.string() }));
export type MissedWindow = z.infer<typeof missedWindow>;

/** Why the window that starts at `windowStart` still waits for its backup: the reason to record if it is missed. */
export const waiting = object(() => ({
  windowStart: z.iso.datetime(),
  reason: z.string(),
  /** The window's backup could not begin: the window is missed, even if it is still open. */
  isMissed: z.optional(z.boolean()),
}));
export type Waiting = z.infer<typeof waiting>;

/** What the claim of a window changed in its strategy, so that anyone can undo it after a crash. */
export const claimedWindow = object(() => ({
  /** Unique to the sweep, so that of two sweeps with the same backup only one holds the claim. */
  claimId: z.string(),
  /** Start of the window. */
  windowStart: z.iso.datetime(),
  /** Its end. Unset in claims of earlier releases. */
  windowEnd: z.optional(z.iso.datetime()),
  /** The new value of {@link DueStrategy.nextRunAt}. */
  nextRunAt: z.iso.datetime(),
  /** The previous `servedAt`. */
  servedAt: z.optional(z.iso.datetime()),
}));
export type ClaimedWindow = z.infer<typeof claimedWindow>;

/** A strategy with a window that may be open, as a sweep finds it. */
export const dueStrategy = object(() => ({
  clusterId: z.string(),
  strategy,
  /** Start of the first window that has been neither served nor recorded as missed. */
  nextRunAt: z.iso.datetime(),
  /** When the last automatic backup started. */
  servedAt: z.optional(z.iso.datetime()),
  waiting: z.optional(waiting),
}));
export type DueStrategy = z.infer<typeof dueStrategy>;

/**
 * The next window to serve. Each window is served once, however often its strategy is saved, paused or deleted while it
 * is open: a window in which an automatic backup has already started is skipped.
 * @param now milliseconds since 1970
 * @param servedAt when the last automatic backup started
 * @returns `undefined` if no weekday is named or the strategy is paused
 */
export function nextWindow(wanted: Strategy, now: number, servedAt: string | undefined): BackupWindow | undefined {
  if (wanted.paused) return undefined;
  const served = servedAt === undefined ? Number.NaN : Date.parse(servedAt);
  return windowsEndingAfter(wanted, now, 2).find(({ start, end }) => !(start <= served && served < end));
}

/** The next starts after `now`, RFC 3339; none for a paused strategy. */
export function nextStarts(wanted: Strategy, now: number, count: number): string[] {
  if (wanted.paused) return [];
  return windowsEndingAfter(wanted, now, count + 1)
    .filter(({ start }) => start > now)
    .slice(0, count)
    .map(({ start }) => new Date(start).toISOString());
}

/** The outcome of windows that have started, but that no later sweep will see. */
export interface EndedWindows {
  /** Those that closed without a backup, earliest first. */
  missed: MissedWindow[];
  /** The open one that still waited for its backup. */
  canceled: MissedWindow | undefined;
}

/**
 * The windows that end with a change of a strategy.
 * @param change what was done to the strategy, as part of the reason
 * @param next the window that is served next from then on; one that has already started continues
 */
export function endedBy(
  change: string,
  { clusterId, strategy: former, nextRunAt, servedAt, waiting: wait }: Partial<DueStrategy> & { clusterId: string },
  next: BackupWindow | undefined,
  now: number,
): EndedWindows {
  if (former === undefined || nextRunAt === undefined) return { missed: [], canceled: undefined };
  const due = { clusterId, strategy: former, nextRunAt, servedAt, waiting: wait };
  const { missed, open } = windowsAt(due, now);
  const isEnded = ({ start }: BackupWindow) => start !== next?.start;
  return {
    missed: missed.filter(isEnded).map((window) => missedOf(due, window)),
    canceled:
      open && isEnded(open)
        ? { start: iso(open.start), end: iso(open.end), reason: `${change} while it was open` }
        : undefined,
  };
}

/** The record of a window that closed without a backup, with the reason. */
export function missedOf({ waiting: wait }: Pick<DueStrategy, 'waiting'>, window: BackupWindow): MissedWindow {
  const start = iso(window.start);
  const reason = wait?.windowStart === start ? wait.reason : 'no sweep ran while it was open';
  return { start, end: iso(window.end), reason };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

/** What a sweep at `now` must do for a strategy. */
export interface WindowsAt {
  /** Windows that closed without a backup, earliest first: several if no sweep ran for a while. */
  missed: BackupWindow[];
  /** The window in which to start a backup. */
  open: BackupWindow | undefined;
  /** The window to serve after these. */
  next: BackupWindow;
}

export function windowsAt({ strategy: wanted, nextRunAt, waiting }: DueStrategy, now: number): WindowsAt {
  const missed: BackupWindow[] = [];
  const isMissed = ({ start }: BackupWindow) => waiting?.isMissed && Date.parse(waiting.windowStart) === start;
  let window = windowFrom(wanted, Date.parse(nextRunAt));
  while (window.end <= now || isMissed(window)) {
    missed.push(window);
    window = windowAfter(wanted, window);
  }
  if (window.start > now) return { missed, open: undefined, next: window };
  return { missed, open: window, next: windowAfter(wanted, window) };
}

/** The first window that starts at `start` or later. */
function windowFrom(wanted: Strategy, start: number): BackupWindow {
  const windows = windowsEndingAfter(wanted, start, 2);
  return expectWindow(windows.find((window) => window.start >= start));
}

function windowAfter(wanted: Strategy, { end }: BackupWindow): BackupWindow {
  return expectWindow(windowsEndingAfter(wanted, end, 1)[0]);
}

function expectWindow(window: BackupWindow | undefined): BackupWindow {
  if (window === undefined) throw new Error('a strategy that names no weekday is never due');
  return window;
}

/** Decided by the window's weekday. */
export function backupTypeIn(
  { fullWeekdays }: Pick<Strategy, 'fullWeekdays'>,
  { weekday }: BackupWindow,
): 'full' | 'incr' {
  return fullWeekdays === undefined || fullWeekdays.includes(weekday) ? 'full' : 'incr';
}

/** A bit more than a week of windows, to include every weekday. */
const WINDOWS_OF_A_WEEK = 9;

/**
 * The longest interval of an incremental backup of the strategy, in milliseconds: from the start of the previous window
 * to the end of its own. `undefined` if no backup is incremental.
 */
export function longestIncrement(wanted: Strategy, now: number): number | undefined {
  const windows = windowsEndingAfter(wanted, now, WINDOWS_OF_A_WEEK);
  const reaches = windows.flatMap((window, at) => {
    const before = windows[at - 1];
    return before === undefined || backupTypeIn(wanted, window) === 'full' ? [] : [window.end - before.start];
  });
  return reaches.length === 0 ? undefined : Math.max(...reaches);
}

/**
 * The id of a window's only backup, `auto-20260301T070000Z-…`: however often it is started, it has one record and one
 * execution. A cluster that is registered again in the same window has its own.
 */
export function windowBackupId(clusterId: string, window: Pick<BackupWindow, 'start'>, registeredAt?: string): string {
  return windowId('auto', clusterId, window, registeredAt);
}

const DAY_MS = 24 * 3_600_000;

/** The windows of drill days whose drill is due later than `now`, or for less than 24 hours; none if no drill is wanted, or the strategy is paused. */
export function windowsOfDrills(
  { drill, period, timezone, paused }: Strategy,
  now: number,
  count: number,
): BackupWindow[] {
  if (drill === undefined || paused) return [];
  return windowsEndingAfter({ weekdays: drill.weekdays, period, timezone }, now - DAY_MS, count);
}

/**
 * The window of a drill day, from its end on, for 24 hours; whether or not a backup is due in it. `undefined` if there
 * is none now, no drill is wanted, or the strategy is paused.
 */
export function dueDrill(strategy: Strategy, now: number): BackupWindow | undefined {
  const [window] = windowsOfDrills(strategy, now, 1);
  return window !== undefined && window.end <= now ? window : undefined;
}

/** The id of a window's only drill, like {@link windowBackupId}. */
export function windowDrillId(clusterId: string, window: Pick<BackupWindow, 'start'>, registeredAt?: string): string {
  return windowId('drill', clusterId, window, registeredAt);
}

function windowId(
  kind: 'auto' | 'drill',
  clusterId: string,
  { start }: Pick<BackupWindow, 'start'>,
  registeredAt: string | undefined,
): string {
  const moment = iso(start).replace(/[-:]|\.\d+/g, '');
  const whose = registeredAt === undefined ? clusterId : `${clusterId}#${registeredAt}`;
  return `${kind}-${moment}-${createHash('sha256').update(whose).digest('hex').slice(0, 24)}`;
}
