import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { assertions } from '../backup/assertion.ts';
import { backupScope } from '../backup/backup-scope.ts';
import { provisionerParameters } from '../provisioning/provisioner-parameters.ts';
import { executor } from '../workflow/executor.ts';
import { type BackupWindow, WEEKDAYS, windowsEndingAfter } from './backup-window.ts';
import { retentionRule } from './retention-rule.ts';

/** When backups of a cluster start by themselves, and whether they do. */
export const strategy = z.object({
  /** In the order of {@link WEEKDAYS}; empty: no auto-backup. */
  weekdays: z.array(z.enum(WEEKDAYS)),
  /** Minutes after midnight on the wall clock. */
  period: z.object({ start: z.number(), end: z.number() }),
  /** IANA name. */
  timezone: z.string(),
  /** Whether {@link timezone} is the cluster's, and changes with it; absent: the strategy names its own. */
  followsCluster: z.optional(z.boolean()),
  /** When its cluster was registered; absent: an older release saved it. */
  registeredAt: z.optional(z.iso.datetime()),
  paused: z.boolean(),
  /** Of {@link weekdays}: those on which the backup is full; on the others it is incremental. Absent: it is always full. */
  fullWeekdays: z.optional(z.array(z.enum(WEEKDAYS))),
  /** Whether a full backup is taken where TiDB no longer knows what has changed since the last one; absent: it fails. */
  fallbackToFull: z.optional(z.boolean()),
  /** What is backed up; absent: everything. */
  scope: z.optional(backupScope),
  /** When the newest finished backup, automatic or not, is older, the cluster is overdue; paused or not. Absent: it never is. */
  maxBackupAgeHours: z.optional(z.number()),
  /** Which of the automatic backups stay. Absent: all of them. */
  retention: z.optional(retentionRule),
  /** Absent: no drill starts by itself. */
  drill: z.optional(
    z.object({
      /** After the windows of these days the newest finished backup is drilled; in the order of {@link WEEKDAYS}. */
      weekdays: z.array(z.enum(WEEKDAYS)),
      assertions,
      /** For the provisioner. */
      parameters: provisionerParameters,
      /** Where it restores and compares; absent: where it is chosen. */
      executor: z.optional(executor),
    }),
  ),
  /** When the newest backup that a drill has verified is older, the cluster is overdue; paused or not. Absent: it never is. */
  maxVerifiedAgeHours: z.optional(z.number()),
});
export type Strategy = z.infer<typeof strategy>;

/** A window in which no backup was started, and why. */
export const missedWindow = z.object({ start: z.iso.datetime(), end: z.iso.datetime(), reason: z.string() });
export type MissedWindow = z.infer<typeof missedWindow>;

/** Why the window that begins at `windowStart` still waits for its backup: its reason, should it be missed. */
export const waiting = z.object({
  windowStart: z.iso.datetime(),
  reason: z.string(),
  /** The backup of the window could not begin: whatever the time is, the window is missed. */
  isMissed: z.optional(z.boolean()),
});
export type Waiting = z.infer<typeof waiting>;

/** What the claim of a window has changed of its strategy, so that it can be undone, by whoever comes after a death too. */
export const claimedWindow = z.object({
  /** The sweep's own, so that of two with the same backup one alone has the claim. */
  claimId: z.string(),
  /** Start of the window. */
  windowStart: z.iso.datetime(),
  /** Its end. Claims of earlier releases do not have it. */
  windowEnd: z.optional(z.iso.datetime()),
  /** What {@link DueStrategy.nextRunAt} became. */
  nextRunAt: z.iso.datetime(),
  /** What `servedAt` was. */
  servedAt: z.optional(z.iso.datetime()),
});
export type ClaimedWindow = z.infer<typeof claimedWindow>;

/** A strategy with a window that may be open, as a sweep finds it. */
export const dueStrategy = z.object({
  clusterId: z.string(),
  strategy,
  /** Start of the first window that has neither been served nor recorded as missed. */
  nextRunAt: z.iso.datetime(),
  /** When the last automatic backup started. */
  servedAt: z.optional(z.iso.datetime()),
  waiting: z.optional(waiting),
});
export type DueStrategy = z.infer<typeof dueStrategy>;

/**
 * The next window to serve. Each window is served once, however often its strategy is saved, paused or deleted while it is
 * open: one in which an automatic backup has started already is left out.
 * @param now milliseconds since 1970
 * @param servedAt when the last automatic backup started
 * @returns undefined: there is none, as no weekday is named or the strategy is paused
 */
export function nextWindow(wanted: Strategy, now: number, servedAt: string | undefined): BackupWindow | undefined {
  if (wanted.paused) return undefined;
  const served = servedAt === undefined ? Number.NaN : Date.parse(servedAt);
  return windowsEndingAfter(wanted, now, 2).find(({ start, end }) => !(start <= served && served < end));
}

/** The next starts, RFC 3339, after `now`; a paused strategy has none. */
export function nextStarts(wanted: Strategy, now: number, count: number): string[] {
  if (wanted.paused) return [];
  return windowsEndingAfter(wanted, now, count + 1)
    .filter(({ start }) => start > now)
    .slice(0, count)
    .map(({ start }) => new Date(start).toISOString());
}

/** The fate of windows that have begun, and that no sweep will look at any more. */
export interface EndedWindows {
  /** Closed without a backup, earliest first. */
  missed: MissedWindow[];
  /** It was open, and waited for its backup. */
  canceled: MissedWindow | undefined;
}

/**
 * What a change of a strategy ends.
 * @param change what was done to the strategy, in the words of the reason
 * @param next the window that is served next from then on; it goes on if it has begun already
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

/** A window that closed without a backup, and why. */
export function missedOf({ waiting: wait }: Pick<DueStrategy, 'waiting'>, window: BackupWindow): MissedWindow {
  const start = iso(window.start);
  const reason = wait?.windowStart === start ? wait.reason : 'no sweep ran while it was open';
  return { start, end: iso(window.end), reason };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

/** What a sweep at `now` has to do for a strategy. */
export interface WindowsAt {
  /** Closed without a backup, earliest first: more than one if no sweep ran for long. */
  missed: BackupWindow[];
  /** A backup is to start in it. */
  open: BackupWindow | undefined;
  /** The one to serve after these. */
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

/** The first window that begins at `start` or later. */
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

/** By the weekday that the window is for. */
export function backupTypeIn(
  { fullWeekdays }: Pick<Strategy, 'fullWeekdays'>,
  { weekday }: BackupWindow,
): 'full' | 'incr' {
  return fullWeekdays === undefined || fullWeekdays.includes(weekday) ? 'full' : 'incr';
}

/** More than a week of windows, so that every weekday's is among them. */
const WINDOWS_OF_A_WEEK = 9;

/**
 * How far back an incremental backup of the strategy may reach, in milliseconds: from the start of the window before its own to the end of its
 * own. Undefined: none is incremental.
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
 * The id of the one backup of a window, `auto-20260301T070000Z-…`: whoever starts it, and however often, it has one record
 * and one execution. A cluster that is registered again in the same window has its own.
 */
export function windowBackupId(clusterId: string, window: Pick<BackupWindow, 'start'>, registeredAt?: string): string {
  return windowId('auto', clusterId, window, registeredAt);
}

const DAY_MS = 24 * 3_600_000;

/**
 * The window of a day that the strategy names for drills, from its end on, for 24 hours; whether a backup is due in it or not.
 * Undefined: there is none now, no drill is wanted, or the strategy is paused.
 */
export function dueDrill({ drill, period, timezone, paused }: Strategy, now: number): BackupWindow | undefined {
  if (drill === undefined || paused) return undefined;
  const [window] = windowsEndingAfter({ weekdays: drill.weekdays, period, timezone }, now - DAY_MS, 1);
  return window !== undefined && window.end <= now ? window : undefined;
}

/** The id of the one drill of a window, as {@link windowBackupId}. */
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
