import { copyOf } from '../storage/storage-location.ts';
import type { BackupBase, BackupRecord, FinishedBackup } from './backup-record.ts';
import { scopeKey } from './backup-scope.ts';
import type { BackupStore } from './backup-store.ts';

/**
 * A full backup, and incremental ones that build upon each other, the last of which is asked for. All of them are needed to
 * restore it, in this order.
 */
export type BackupChain = readonly FinishedBackup[];

/** How a base is called in messages. */
export function baseName({ backupId }: Pick<BackupBase, 'backupId'>): string {
  return `the backup ${backupId}, which it builds upon,`;
}

/** Why a backup cannot be one that is restored; undefined: it can. @param name of the backup in the message */
export function whyNotRestorable(record: BackupRecord | undefined, name: string): string | undefined {
  if (record === undefined) return `${name} is gone`;
  return record.status === 'Finished' ? undefined : `${name} is ${record.status}, it would have to be Finished`;
}

/** Why a backup cannot be restored from its second copy; undefined: it can. */
export function whyNotCopied({ backupId, location, copiedAt }: FinishedBackup): string | undefined {
  if (copyOf(location) === undefined) return `the backup ${backupId} has no second copy`;
  return copiedAt === undefined ? `the second copy of the backup ${backupId} is not complete yet` : undefined;
}

/**
 * Why these two cannot be restored one after the other; undefined: they can. A chain that holds goes back in time with each
 * link, so whoever follows it comes to its end.
 */
export function whyNotLinked(backup: FinishedBackup, base: FinishedBackup): string | undefined {
  const expected = backup.base?.backupTso;
  if (base.backupTso !== expected) {
    return `the backup ${base.backupId} ends at TSO ${base.backupTso}, and ${backup.backupId} builds upon TSO ${expected}`;
  }
  if (BigInt(base.backupTso) >= BigInt(backup.backupTso)) {
    return `the backup ${base.backupId} does not end before ${backup.backupId}, which builds upon it`;
  }
  if (base.clusterId !== backup.clusterId || scopeKey(base.scope) !== scopeKey(backup.scope)) {
    return `the backup ${base.backupId} is not of the cluster and the scope of ${backup.backupId}, which builds upon it`;
  }
  return undefined;
}

/** Whether an incremental backup is, or may become, one that cannot be restored without this base. */
function needsBase(record: BackupRecord, baseId: string): boolean {
  switch (record.status) {
    case 'Initializing':
    case 'Processing':
    case 'Finished':
      return record.base?.backupId === baseId;
    case 'Failed':
    case 'Canceled':
    case 'Deleting':
      return false;
  }
}

/** A backup that others build upon is kept by them, in whatever state they found it. */
function dependentsOf(record: BackupRecord | undefined): { ids: string[]; seen: number } {
  const none = { ids: [], seen: 0 };
  if (record?.status !== 'Finished' && record?.status !== 'Deleting') return none;
  return { ids: [...(record.dependents ?? [])], seen: record.dependentsAdded ?? 0 };
}

/** Only a start of the same backup, or another, comes in between; whoever deletes the base looks again. */
const MAX_TRIES = 3;

/**
 * Ends the hold of an incremental backup on its base: its start was taken back, it has failed, it is deleted. Doing it again,
 * or when it holds nothing, is a success; a backup that needs its base keeps it.
 *
 *     take back: remove the record ── get the base (n) ── get the record: gone ───────────────────── release (seen n)
 *     retried:   ───────────────────────────────────────────────────────────── create, hold (n + 1)                   a running one would lose its base
 */
export async function releaseBaseHold(
  { backupId, base }: Pick<BackupRecord, 'backupId' | 'base'>,
  backups: Pick<BackupStore, 'get' | 'releaseBase'>,
): Promise<void> {
  if (base === undefined) return;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { ids, seen } = dependentsOf(await backups.get(base.backupId));
    if (!ids.includes(backupId)) return;
    const record = await backups.get(backupId);
    if (record !== undefined && needsBase(record, base.backupId)) return;
    if (await backups.releaseBase(base.backupId, { backupId, seen })) return;
  }
}

/** The incremental backups that build upon a backup and are there still, those that are being deleted too. */
export async function dependentsThere(
  record: BackupRecord,
  backups: Pick<BackupStore, 'get'>,
): Promise<{ living: BackupRecord[]; forgotten: string[] }> {
  const [living, forgotten]: [BackupRecord[], string[]] = [[], []];
  for (const backupId of dependentsOf(record).ids) {
    const dependent = await backups.get(backupId);
    const isDeleting = dependent?.status === 'Deleting' && dependent.base?.backupId === record.backupId;
    if (dependent !== undefined && (isDeleting || needsBase(dependent, record.backupId))) living.push(dependent);
    else forgotten.push(backupId);
  }
  return { living, forgotten };
}

/** As {@link dependentsThere}; holds that a death has left are ended on the way. */
export async function livingDependents(
  record: BackupRecord,
  backups: Pick<BackupStore, 'get' | 'releaseBase'>,
): Promise<BackupRecord[]> {
  const { living, forgotten } = await dependentsThere(record, backups);
  const { seen } = dependentsOf(record);
  for (const backupId of forgotten) await backups.releaseBase(record.backupId, { backupId, seen });
  return living;
}

/**
 * Lets go of what a restore's first node holds, in the other direction: the backup that was asked for comes last, as all others are
 * found through it. Doing it again does what is left.
 */
export async function releaseChain(
  { backupId, workFlowId }: { backupId: string; workFlowId: string },
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore'>,
): Promise<void> {
  for (const link of (await chainIds(backupId, backups)).reverse()) await backups.releaseFromRestore(link, workFlowId);
}

/** Ids of the backup and all that it builds upon, the full one last; as far as they are there. */
export async function chainIds(backupId: string, backups: Pick<BackupStore, 'get'>): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = backupId; next !== undefined && !ids.includes(next); ) {
    ids.push(next);
    next = (await backups.get(next))?.base?.backupId;
  }
  return ids;
}
