import type { BackupStore, UncopiedBackup } from '../../domain/backup/backup-store.ts';
import type { Metrics } from '../../domain/events/metrics.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { timestamp } from '../../domain/shared/clock.ts';
import { isLate, nextLook, type SecondCopies } from '../../domain/storage/second-copy.ts';
import { copyOf } from '../../domain/storage/storage-location.ts';
import { log } from '../../log.ts';
import { inParallel } from '../shared/in-parallel.ts';

export interface FindCopiesDeps {
  backups: Pick<BackupStore, 'get' | 'uncopied' | 'recordCopied' | 'lookForCopyAt' | 'awaitNoCopy'>;
  /** The bucket that the deployment copies to now. */
  copyBucket: string | undefined;
  copies: SecondCopies;
  metrics: Metrics;
  /** How many hours after its end a backup may be without its copy. */
  lateHours: number;
  clock: Pick<Clock, 'now'>;
  /** False to leave the rest to the next sweep. */
  hasTime: () => boolean;
}

export interface CopySweep {
  /** Backups that wait for their copy. */
  awaited: number;
  /** Those whose copy was found complete. */
  copied: number;
  /** Those that have waited too long for their copy. */
  late: number;
  /** Those that could not be checked. */
  failed: number;
}

/** Listing a large backup takes minutes. */
const CONCURRENCY = 4;

/**
 * Checks the second copy of each backup that is due for it: it is complete once every file is there. The longer a copy
 * takes, the less often it is checked.
 * @param now the sweep's time, in milliseconds since 1970
 * @throws what the index throws before the first backup is checked
 */
export async function findCopies(now: number, deps: FindCopiesDeps): Promise<CopySweep> {
  const awaited = await deps.backups.uncopied();
  const due = awaited.filter(({ copyLookAt }) => Date.parse(copyLookAt) <= now);
  const settled = new Set<string>();
  let copied = 0;
  let failed = 0;
  await inParallel(due, CONCURRENCY, async (backup) => {
    if (!deps.hasTime()) return;
    try {
      const found = await lookFor(backup, deps);
      if (found !== 'missing') settled.add(backup.backupId);
      if (found === 'copied') copied += 1;
    } catch (error) {
      failed += 1;
      log.error({ message: 'a second copy could not be checked', backupId: backup.backupId, error });
    }
  });
  const left = awaited.filter((backup) => !settled.has(backup.backupId) && isLate(backup, deps.lateHours, now));
  const late: UncopiedBackup[] = [];
  await inParallel(left, CONCURRENCY, async (backup) => {
    if (await isLateSinceImport(backup, now, deps)) late.push(backup);
  });
  for (const { backupId, endTime } of late.slice(0, NAMED)) {
    log.warn({ message: 'a second copy is late', backupId, endTime, lateHours: deps.lateHours });
  }
  deps.metrics.emit({ CopiesLate: late.length }, {});
  return { awaited: awaited.length, copied, late: late.length, failed };
}

/** One that was imported ended long ago, and is awaited only since then. */
async function isLateSinceImport(
  { backupId, endTime }: UncopiedBackup,
  now: number,
  { backups, lateHours }: FindCopiesDeps,
): Promise<boolean> {
  const record = await backups.get(backupId);
  return isLate({ endTime: record?.imported?.time ?? endTime }, lateHours, now);
}

/** The log names this many; the others are alike. */
const NAMED = 20;

/** `settled`: nothing is awaited any more. */
type Found = 'copied' | 'missing' | 'settled';

async function lookFor({ backupId, endTime }: UncopiedBackup, deps: FindCopiesDeps): Promise<Found> {
  const { backups, copies, clock } = deps;
  const record = await backups.get(backupId);
  // The index may be a few moments old.
  if (record?.status !== 'Finished' || record.copiedAt !== undefined) return 'settled';
  const copy = copyOf(record.location);
  if (copy === undefined || copy.bucket !== deps.copyBucket) {
    // S3 no longer replicates to a bucket that the tenant file does not name, and the sweep may not list it.
    log.warn({ message: 'a second copy is awaited no more: the tenant file names another bucket, or none', backupId });
    await backups.awaitNoCopy(backupId);
    return 'settled';
  }
  // Set before the check, so that one that fails or times out is not repeated at once.
  await backups.lookForCopyAt(backupId, new Date(nextLook(endTime, clock.now())).toISOString());
  const found = await copies.compare(record.location);
  // Even if the files were never counted, a folder that somebody emptied is no copy.
  const expected = record.fileCount ?? 1;
  if (found === undefined || found.missing !== undefined || found.files < expected) {
    log.info({ message: 'a second copy is not complete yet', backupId, ...found, expected });
    return 'missing';
  }
  await backups.recordCopied(backupId, timestamp(clock));
  log.info({ message: 'a second copy is complete', backupId, files: found.files });
  return 'copied';
}
