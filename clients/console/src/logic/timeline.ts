import type { components } from '../../../typescript/api.ts';

type PastBackup = components['schemas']['PastBackup'];
type MissedWindow = components['schemas']['MissedWindow'];

export type MarkKind = 'full' | 'incr' | 'failed' | 'canceled' | 'running' | 'deleting' | 'missed';

/** One mark of the timeline: a backup, a missed window, or several of a kind that are too close together. */
export interface Mark {
  readonly kind: MarkKind;
  /** From 0, the start of the range, to 1. */
  readonly x: number;
  /** Newest first; empty for missed windows. */
  readonly backupIds: readonly string[];
  readonly count: number;
  readonly time: string;
  readonly reason?: string;
  /** What retention decides about it. */
  readonly fate?: 'keep' | 'remove' | 'mixed';
}

/** A line from an incremental backup to its base. */
interface Link {
  readonly from: number;
  readonly to: number;
  readonly fromKind: MarkKind;
}

export interface Timeline {
  readonly marks: readonly Mark[];
  readonly links: readonly Link[];
}

function kindOf({ status, backupType }: Pick<PastBackup, 'status' | 'backupType'>): MarkKind {
  switch (status) {
    case 'Finished':
      return backupType;
    case 'Failed':
      return 'failed';
    case 'Canceled':
      return 'canceled';
    case 'Deleting':
      return 'deleting';
    default:
      return 'running';
  }
}

/** Maximum number of marks per kind, so that 1,000 backups fit on a screen. */
const SLOTS = 60;

/** Lays out backups and missed windows between two moments, in milliseconds. */
export function layOut(
  backups: readonly PastBackup[],
  missed: readonly MissedWindow[],
  { from, to }: { from: number; to: number },
  fates: ReadonlyMap<string, 'keep' | 'remove'> = new Map(),
): Timeline {
  const xOf = (time: string) => (Date.parse(time) - from) / (to - from);
  const isInside = (x: number) => x >= 0 && x <= 1;
  const slots = new Map<string, Mark>();
  const place = (kind: MarkKind, time: string, more: { backupId?: string; reason?: string }) => {
    const x = xOf(time);
    if (!isInside(x)) return;
    const slot = `${kind}@${Math.round(x * SLOTS)}`;
    const there = slots.get(slot);
    const fate = more.backupId === undefined ? undefined : fates.get(more.backupId);
    const merged = there === undefined || there.fate === fate ? fate : 'mixed';
    slots.set(slot, {
      kind,
      x: there?.x ?? x,
      time: there?.time ?? time,
      count: (there?.count ?? 0) + 1,
      backupIds: [...(there?.backupIds ?? []), ...(more.backupId === undefined ? [] : [more.backupId])],
      ...(more.reason !== undefined && { reason: more.reason }),
      ...(merged !== undefined && { fate: merged }),
    });
  };
  for (const backup of backups) place(kindOf(backup), backup.createTime, { backupId: backup.backupId });
  for (const window of missed) place('missed', window.start, { reason: window.reason });
  const markOf = new Map([...slots.values()].flatMap((mark) => mark.backupIds.map((id) => [id, mark] as const)));
  const links = new Map<string, Link>();
  for (const { backupId, baseBackupId } of backups) {
    const [mark, base] = [markOf.get(backupId), markOf.get(baseBackupId ?? '')];
    if (mark === undefined || base === undefined || mark === base) continue;
    links.set(`${base.kind}${base.x}-${mark.x}`, { from: base.x, to: mark.x, fromKind: base.kind });
  }
  return { marks: [...slots.values()], links: [...links.values()] };
}

/** Positions of the dates below the line: `count` evenly spaced moments. */
export function ticks({ from, to }: { from: number; to: number }, count: number): number[] {
  return Array.from({ length: count }, (_, n) => from + ((to - from) * n) / (count - 1));
}
