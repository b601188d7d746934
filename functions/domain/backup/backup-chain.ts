import { copyOf } from '../storage/storage-location.ts';
import type { BackupBase, BackupRecord, FinishedBackup } from './backup-record.ts';
import { scopeKey } from './backup-scope.ts';
import type { BackupStore } from './backup-store.ts';

/**
 * A full backup and the incremental backups on top of it, oldest first, ending with the requested one. Restoring needs
 * all of them, in this order.
 */
export type BackupChain = readonly FinishedBackup[];

/** How messages refer to the base of an incremental backup. */
export function baseName({ backupId }: Pick<BackupBase, 'backupId'>): string {
  return `its base backup ${backupId}`;
}

/**
 * Why a backup cannot be restored; `undefined` if it can.
 * @param name of the backup in the message
 */
export function whyNotRestorable(record: BackupRecord | undefined, name: string): string | undefined {
  if (record === undefined) return `${name} no longer exists`;
  return record.status === 'Finished' ? undefined : `${name} is ${record.status}, but must be Finished`;
}

/** Why a backup cannot be restored from its second copy; `undefined` if it can. */
export function whyNotCopied({ backupId, location, copiedAt }: FinishedBackup): string | undefined {
  if (copyOf(location) === undefined) return `the backup ${backupId} has no second copy`;
  return copiedAt === undefined ? `the second copy of the backup ${backupId} is not complete yet` : undefined;
}

/**
 * Why `backup` cannot be restored on top of `base`; `undefined` if it can. Each link of a valid chain is older than the
 * one before, so following it always ends.
 */
export function whyNotLinked(backup: FinishedBackup, base: FinishedBackup): string | undefined {
  const expected = backup.base?.backupTso;
  if (base.backupTso !== expected) {
    return `the backup ${base.backupId} ends at TSO ${base.backupTso}, but ${backup.backupId} starts at TSO ${expected}`;
  }
  if (BigInt(base.backupTso) >= BigInt(backup.backupTso)) {
    return `the base backup ${base.backupId} does not end before ${backup.backupId}`;
  }
  if (base.clusterId !== backup.clusterId || scopeKey(base.scope) !== scopeKey(backup.scope)) {
    return `the base backup ${base.backupId} has another cluster or scope than ${backup.backupId}`;
  }
  return undefined;
}

/** Whether this record is, or may become, an incremental backup that cannot be restored without the base. */
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

/** The incremental backups that hold this one, whatever its status. */
function dependentsOf(record: BackupRecord | undefined): { ids: string[]; seen: number } {
  const none = { ids: [], seen: 0 };
  if (record?.status !== 'Finished' && record?.status !== 'Deleting') return none;
  return { ids: [...(record.dependents ?? [])], seen: record.dependentsAdded ?? 0 };
}

/** Only a concurrent start of the same or another backup can interfere; a deletion of the base checks again. */
const MAX_TRIES = 3;

/**
 * Releases an incremental backup's hold on its base, because its start was rolled back, it failed, or it was deleted.
 * Idempotent. A backup that still needs its base keeps its hold.
 *
 *     roll back: remove the record ── get the base (n) ── get the record: none ───────────────────── release (seen n)
 *     retry:     ──────────────────────────────────────────────────────────── create, hold (n + 1)                   a running one would lose its base
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

/** The existing incremental backups on top of a backup, including those that are being deleted. */
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

/** Like {@link dependentsThere}, but also releases holds left behind by crashed starts. */
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
 * Releases the holds that a restore's first node took, in reverse order: the requested backup comes last, because the
 * others are found through it. A retry releases what is left.
 */
export async function releaseChain(
  { backupId, workFlowId }: { backupId: string; workFlowId: string },
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore'>,
): Promise<void> {
  for (const link of (await chainIds(backupId, backups)).reverse()) await backups.releaseFromRestore(link, workFlowId);
}

/** Ids of the backup and its bases, the full backup last; stops at a missing record. */
export async function chainIds(backupId: string, backups: Pick<BackupStore, 'get'>): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = backupId; next !== undefined && !ids.includes(next); ) {
    ids.push(next);
    next = (await backups.get(next))?.base?.backupId;
  }
  return ids;
}
