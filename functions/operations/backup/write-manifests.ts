import { isDeepStrictEqual } from 'node:util';
import { attemptLocation, type BackupRecord, type FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { MANIFEST, manifestOf } from '../../domain/backup/manifest.ts';
import type { BackupChange } from '../../domain/events/record-change.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { displayPath } from '../../domain/storage/storage-location.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';

export interface WriteManifestsDeps {
  backups: Pick<BackupStore, 'get' | 'recordManifest'>;
  files: Pick<BackupFiles, 'write' | 'remove'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Writes the manifest of each finished backup whose record changed in a field that a manifest keeps.
 * @throws Error of the last one that could not be written; all others have been
 */
export async function writeManifests(changes: readonly BackupChange[], deps: WriteManifestsDeps): Promise<void> {
  const changed = new Map(changes.flatMap(newManifest).map((record) => [record.backupId, record]));
  const outcomes = await Promise.allSettled([...changed.values()].map((record) => writeManifest(record, deps)));
  const failed = outcomes.findLast((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** The finished backup, if its manifest must be written: its content has changed, or a sweep has found none. */
function newManifest({ before, after }: BackupChange): FinishedBackup[] {
  if (after?.status !== 'Finished') return [];
  const isWritten = before?.status === 'Finished' && isDeepStrictEqual(manifestOf(before), manifestOf(after));
  const isWanted = after.manifestWanted !== undefined && !isSameWish(before, after);
  return isWritten && !isWanted ? [] : [after];
}

function isSameWish(before: BackupRecord | undefined, { manifestWanted }: FinishedBackup): boolean {
  return before?.status === 'Finished' && before.manifestWanted === manifestWanted;
}

/**
 * Writes the current state of the record, then checks it again: a deletion that began meanwhile may have seen an empty folder.
 *
 *     manifest: get (Finished) ────────────────────────────────── write ── record (gone) ── remove
 *     delete:   ────────────── begin ── removeAll ── finish                                      without the condition of record it stays
 */
async function writeManifest(changed: FinishedBackup, { backups, files, clock }: WriteManifestsDeps): Promise<void> {
  const { backupId } = changed;
  const folder = attemptLocation(changed, changed.finishedAttempt);
  try {
    const record = await backups.get(backupId);
    if (isFinished(record)) {
      await files.write(folder, MANIFEST, manifestOf(record), lockOf(record, clock));
      if (await backups.recordManifest(backupId, timestamp(clock))) return;
    }
    await files.remove(folder, MANIFEST);
  } catch (error) {
    log.error({ message: 'a manifest could not be written', backupId, path: displayPath(folder), error });
    // The daily sweep asks again for what failed for hours.
    await backups.recordManifest(backupId, undefined);
    // Keys that a store rejects stay rejected, and manifests for other stores wait behind this one.
    if (!(error instanceof NodeFailure)) throw error;
  }
}

function isFinished(record: BackupRecord | undefined): record is FinishedBackup {
  return record?.status === 'Finished';
}

/** Longer than the skew between the clocks of two services: a store rejects a lock that has already ended. */
const SHORTEST_LOCK_MS = 2_000;

/**
 * As long as the backup's own files: the bucket's default would block the deletion of the backup for a whole period
 * more.
 */
function lockOf({ lockedUntil }: FinishedBackup, { now }: Pick<Clock, 'now'>): { lockedUntil: string } | undefined {
  if (lockedUntil === undefined) return undefined;
  return { lockedUntil: new Date(Math.max(Date.parse(lockedUntil), now() + SHORTEST_LOCK_MS)).toISOString() };
}
