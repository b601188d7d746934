import * as z from 'zod/mini';
import { backupMode, backupType, decimal64 } from '../backup/backup-record.ts';
import { EVERYTHING } from '../backup/backup-scope.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { UNTIL_CHANGED } from '../cluster/due-store.ts';
import { identifier } from '../shared/identifiers.ts';
import { calendarPeriods } from './calendar-periods.ts';
import type { RetentionRule } from './retention-rule.ts';

/** The fields of a backup record that retention needs. */
export const retainedBackup = z.object({
  backupId: identifier,
  backupType,
  backupMode,
  status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting']),
  /**
   * Its position in time, because its snapshot is taken just afterwards. A cluster's backups run one after the other,
   * so their ends have the same order; but a backup that ends after midnight still counts for the day before.
   */
  createTime: z.iso.datetime(),
  sizeBytes: z.optional(decimal64),
  /** See `scopeKey` of backup-scope.ts. Unset for the whole cluster. */
  scopeKey: z.optional(z.string()),
  /** Its base, without which it cannot be restored. */
  base: z.optional(z.object({ backupId: identifier })),
  /** The restores that read it. */
  restoredBy: z.optional(z.set(identifier)),
  lockedUntil: z.optional(z.iso.datetime()),
  /** For a manual backup: when it may be removed. For an imported automatic one: from when on the rule applies. */
  expireAt: z.optional(z.iso.datetime()),
});
export type RetainedBackup = z.infer<typeof retainedBackup> & {
  /** It is finished, but belongs to a former TiDB of its cluster id. */
  isOfFormerTidb?: boolean;
};

/** The settings for retention decisions. */
export interface Retention {
  /** `undefined` keeps all automatic backups. */
  rule: RetentionRule | undefined;
  /** While no new backups are made, the rule is suspended and old ones stay. `expireAt` still applies. */
  paused: boolean;
  /** IANA time zone of the days, weeks, months and years. */
  timezone: string;
}

/** The settings of a cluster; there is no rule without a registration. */
export function retentionOf(cluster: Pick<Cluster, 'strategy' | 'timezone'> | undefined): Retention {
  const { strategy, timezone = 'UTC' } = cluster ?? {};
  return { rule: strategy?.retention, paused: strategy?.paused ?? false, timezone: strategy?.timezone ?? timezone };
}

/** Backups that are already being deleted need no decision. */
type Candidate = RetainedBackup & { status: Exclude<RetainedBackup['status'], 'Deleting'> };

export interface Decision {
  backup: Candidate;
  action: 'keep' | 'remove';
  /** At least one, in words. */
  reasons: readonly string[];
}

export interface RetentionPlan {
  /** Newest first. */
  decisions: Decision[];
  /** Backups to remove, each after its dependents. */
  removals: Decision[];
  /** Backups that stay whatever the rule says: the newest finished one, and the newest of the whole cluster. */
  newest: string[];
}

const DAY_MS = 24 * 3_600_000;

const scopeOf = ({ scopeKey = EVERYTHING }: RetainedBackup): string => scopeKey;

/**
 * Decides which records of a cluster are removed. Whatever the rule says, these stay: the newest finished backup; any
 * base of a backup that stays; what is locked, running or being restored; and a manual backup without `expireAt`, or
 * before it. Failed and canceled backups have no files: they are history, removed by `maxAgeDays`, and count for
 * nothing else. The rule applies to the TiDB that is registered now: of a former one, only manual backups are removed,
 * by their `expireAt`.
 */
export function planRetention(backups: readonly RetainedBackup[], retention: Retention, now: number): RetentionPlan {
  const listed = backups.filter(isCandidate).sort(newestFirst);
  const [former, own] = [listed.filter(isFormer), listed.filter((backup) => !isFormer(backup))];
  const newest = [...newestOf(own), ...newestOf(former, ' of the former TiDB')];
  const keptByRule = keepByRule(own.filter(isAutomatic), retention);
  const alone = listed.map((backup): Decision => {
    const verdict = judge(backup, keptByRule.get(backup), retention, now);
    const protections = protectionsOf(backup, newest, now);
    return protections.length === 0 ? { backup, ...verdict } : { backup, ...kept(verdict, protections) };
  });
  const needed = neededBackups(alone);
  const decisions = alone.map((decision): Decision => {
    const needs = needed.get(decision.backup.backupId);
    return needs === undefined ? decision : { ...decision, ...kept(decision, needs) };
  });
  return {
    decisions,
    removals: dependentsFirst(decisions.filter(({ action }) => action === 'remove')),
    newest: newest.map(({ backup }) => backup.backupId),
  };
}

/**
 * When to plan again if nothing is to be removed at `now`: the first moment at which a lock or an `expireAt` ends, or a
 * backup exceeds `maxAgeDays`. Until then, only the end of an operation on the cluster can change the outcome.
 * @returns `soon` while a backup runs or is being restored, which may end without one; `undefined` if no rule applies
 */
export function nextRetentionAt(
  backups: readonly RetainedBackup[],
  { rule, paused }: Retention,
  now: number,
): string | 'soon' | undefined {
  if (rule === undefined || paused) return undefined;
  const candidates = backups.filter(isCandidate);
  const isInUse = ({ status, restoredBy }: Candidate) =>
    status === 'Initializing' || status === 'Processing' || (restoredBy !== undefined && restoredBy.size > 0);
  if (candidates.some(isInUse)) return 'soon';
  const ageMs = rule.maxAgeDays === undefined ? undefined : rule.maxAgeDays * DAY_MS;
  const times = candidates.flatMap(({ createTime, lockedUntil, expireAt }) => [
    ...[lockedUntil, expireAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)])),
    // Older than that, not as old.
    ...(ageMs === undefined ? [] : [Date.parse(createTime) + ageMs + 1]),
  ]);
  const next = Math.min(...times.filter((time) => time > now));
  return next === Number.POSITIVE_INFINITY ? UNTIL_CHANGED : new Date(next).toISOString();
}

type Verdict = Pick<Decision, 'action' | 'reasons'>;

const keep = (...reasons: readonly string[]): Verdict => ({ action: 'keep', reasons });
const remove = (...reasons: readonly string[]): Verdict => ({ action: 'remove', reasons });

/** Kept for these reasons, in addition to those that already apply. */
const kept = ({ action, reasons }: Verdict, more: readonly string[]): Verdict =>
  keep(...more, ...(action === 'keep' ? reasons : []));

const isCandidate = (backup: RetainedBackup): backup is Candidate => backup.status !== 'Deleting';

/** Ties are ordered by id, so that everyone sees the same order. */
function newestFirst(a: RetainedBackup, b: RetainedBackup): number {
  return Date.parse(b.createTime) - Date.parse(a.createTime) || (a.backupId < b.backupId ? -1 : 1);
}

const isAutomatic = ({ status, backupMode: mode }: RetainedBackup): boolean => status === 'Finished' && mode === 'auto';

const isFormer = ({ isOfFormerTidb = false }: RetainedBackup): boolean => isOfFormerTidb;

interface Newest {
  backup: RetainedBackup;
  reason: string;
}

/**
 * A backup of a few tables cannot recover a cluster, so the newest of the whole cluster is exempt from the rule, too.
 */
function newestOf(listed: readonly RetainedBackup[], whose = ''): Newest[] {
  const finished = listed.filter(({ status }) => status === 'Finished');
  const ofEverything = finished.find((backup) => scopeOf(backup) === EVERYTHING);
  return [
    ...(finished[0] ? [{ backup: finished[0], reason: `the newest finished backup${whose}` }] : []),
    ...(ofEverything && ofEverything !== finished[0]
      ? [{ backup: ofEverything, reason: `the newest finished backup of the whole cluster${whose}` }]
      : []),
  ];
}

function protectionsOf(backup: RetainedBackup, newest: readonly Newest[], now: number): string[] {
  const { lockedUntil, restoredBy } = backup;
  const isLocked = lockedUntil !== undefined && Date.parse(lockedUntil) > now;
  return [
    ...newest.flatMap((each) => (each.backup === backup ? [each.reason] : [])),
    ...(isLocked ? [`locked until ${lockedUntil}`] : []),
    ...[...(restoredBy ?? [])].map((workFlowId) => `being restored by ${workFlowId}`),
  ];
}

/** The verdict on a backup that nothing protects. */
function judge(
  { status, backupMode: mode, createTime, expireAt, isOfFormerTidb }: RetainedBackup,
  keptByRule: readonly string[] | undefined,
  { rule, paused }: Retention,
  now: number,
): Verdict {
  if (status === 'Initializing' || status === 'Processing') return keep('running');
  if (mode === 'manual') {
    if (expireAt === undefined) return keep('manual, without expireAt');
    if (Date.parse(expireAt) > now) return keep(`manual, until its expireAt ${expireAt}`);
    return remove(`manual, its expireAt ${expireAt} has passed`);
  }
  if (expireAt !== undefined && Date.parse(expireAt) > now) return keep(`imported, at least until ${expireAt}`);
  if (isOfFormerTidb) return keep('of another TiDB, which was formerly registered under this id');
  if (rule === undefined) return keep('there is no retention rule');
  if (paused) return keep('the strategy is paused, which suspends its retention');
  const { maxAgeDays } = rule;
  if (maxAgeDays !== undefined && now - Date.parse(createTime) > maxAgeDays * DAY_MS) {
    return remove(`older than maxAgeDays ${maxAgeDays}`);
  }
  const younger = maxAgeDays === undefined ? 'the rule has no maxAgeDays' : `not older than maxAgeDays ${maxAgeDays}`;
  if (status !== 'Finished') return keep(`${status}, and ${younger}`);
  if (!hasKeeps(rule)) return keep(younger);
  return keptByRule === undefined ? remove('not kept by any part of the rule') : keep(...keptByRule);
}

const hasKeeps = ({ maxAgeDays: _, ...keeps }: RetentionRule): boolean =>
  Object.values(keeps).some((count) => count !== undefined);

/** Each scope separately, because backups of different tables cannot replace each other. */
function keepByRule(
  automatic: readonly RetainedBackup[],
  { rule = {}, timezone }: Retention,
): Map<RetainedBackup, string[]> {
  const found = new Map<RetainedBackup, string[]>();
  for (const ofScope of Map.groupBy(automatic, scopeOf).values()) {
    for (const [backup, reason] of [...keepLast(ofScope, rule), ...keepPeriods(ofScope, rule, timezone)]) {
      found.set(backup, [...(found.get(backup) ?? []), reason]);
    }
  }
  return found;
}

type Kept = [backup: RetainedBackup, reason: string];

function keepLast(backups: readonly RetainedBackup[], { keepLast: count = 0 }: RetentionRule): Kept[] {
  return backups.slice(0, count).map((backup, index) => [backup, `last ${index + 1} of ${count}`]);
}

/** Only periods with backups count: a week without any uses up none of them. */
function keepPeriods(backups: readonly RetainedBackup[], rule: RetentionRule, timezone: string): Kept[] {
  const wanted = [
    ['daily', rule.keepDaily],
    ['weekly', rule.keepWeekly],
    ['monthly', rule.keepMonthly],
    ['yearly', rule.keepYearly],
  ] as const;
  const seen = { daily: new Set(), weekly: new Set(), monthly: new Set(), yearly: new Set() };
  const found: Kept[] = [];
  for (const backup of backups) {
    const periods = calendarPeriods(timezone, Date.parse(backup.createTime));
    for (const [every, count = 0] of wanted) {
      const period = periods[every];
      if (seen[every].has(period) || seen[every].size >= count) continue;
      seen[every].add(period);
      found.push([backup, `${every} ${period}`]);
    }
  }
  return found;
}

/**
 * Why each backup is needed, by id: a backup that stays needs its base, recursively. Failed backups, and those being
 * deleted, need none, because nobody will restore them.
 */
function neededBackups(decisions: readonly Decision[]): Map<string, string[]> {
  const baseOf = new Map(
    decisions
      .filter(({ backup: { status } }) => status !== 'Failed' && status !== 'Canceled')
      .flatMap(({ backup: { backupId, base } }) => (base === undefined ? [] : [[backupId, base.backupId] as const])),
  );
  const going = new Set(decisions.flatMap(({ action, backup }) => (action === 'remove' ? [backup.backupId] : [])));
  const found = new Map<string, string[]>();
  // Also visits ids added during the loop.
  const visited = new Set([...baseOf.keys()].filter((id) => !going.has(id)));
  for (const dependent of visited) {
    const base = baseOf.get(dependent);
    if (base === undefined) continue;
    found.set(base, [...(found.get(base) ?? []), `needed by ${dependent}`]);
    visited.add(base);
  }
  return found;
}

/** A base can be removed only after its dependents. */
function dependentsFirst(removals: readonly Decision[]): Decision[] {
  const byBase = new Map<string, Decision[]>();
  for (const removal of removals) {
    const base = removal.backup.base?.backupId;
    if (base !== undefined) byBase.set(base, [...(byBase.get(base) ?? []), removal]);
  }
  const ordered = new Set<Decision>();
  const visited = new Set<Decision>();
  const visit = (removal: Decision): void => {
    if (visited.has(removal)) return;
    visited.add(removal);
    for (const dependent of byBase.get(removal.backup.backupId) ?? []) visit(dependent);
    ordered.add(removal);
  };
  for (const removal of removals) visit(removal);
  return [...ordered];
}
