import { attemptLocation, type FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { Metrics } from '../../domain/events/metrics.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { lackOf, type MissingFileEvents, type MissingFiles } from '../../domain/storage/missing-files.ts';
import { displayPath } from '../../domain/storage/storage-location.ts';
import { log } from '../../log.ts';

export interface FindMissingFilesDeps {
  backups: Pick<BackupStore, 'get' | 'finishedAfter'>;
  files: Pick<BackupFiles, 'contents'>;
  events: MissingFileEvents;
  metrics: Metrics;
  /** Aborts when there is no time for another backup; another run continues behind the last one. */
  timeIsUp: AbortSignal;
}

/**
 * Lists the files of every finished backup, a thousand a call, and publishes each backup of which some are missing. One that cannot be
 * checked is logged and counts as well, since its bucket may be gone; the others are checked all the same.
 * @param from id of the backup that an earlier run has checked last; defaults to the beginning
 * @throws what the store of records throws
 */
export async function findMissingFiles(
  deps: FindMissingFilesDeps,
  from?: string,
): Promise<{ missing: MissingFiles[]; checkedUpTo?: string }> {
  const missing: MissingFiles[] = [];
  let unchecked = 0;
  const end = (checkedUpTo?: string) => {
    deps.metrics.emit({ BackupFilesMissing: missing.length + unchecked }, {});
    return { missing, ...(checkedUpTo !== undefined && { checkedUpTo }) };
  };
  let after = from;
  do {
    const page = await deps.backups.finishedAfter(after);
    for (const record of page.backups) {
      if (deps.timeIsUp.aborted) return end(after);
      const { backupId } = record;
      try {
        const found = await check(record, deps);
        if (found !== undefined) missing.push(found);
      } catch (error) {
        unchecked += 1;
        log.error({ message: 'the files of a backup could not be checked', backupId, error });
      }
      after = backupId;
    }
    after = page.next;
  } while (after !== undefined);
  return end();
}

async function check(
  record: FinishedBackup,
  { backups, files, events }: FindMissingFilesDeps,
): Promise<MissingFiles | undefined> {
  const { backupId, clusterId } = record;
  const location = attemptLocation(record, record.finishedAttempt);
  const lack = lackOf(record, await files.contents(location));
  // sweep:  finishedAfter ───────────────────── contents ── get
  // delete: ───────────── begin ── removeAll ──────────────────      without `get`, a deletion counts as destruction
  if (lack === undefined || (await backups.get(backupId))?.status !== 'Finished') return undefined;
  const found = { ...{ backupId, clusterId, path: displayPath(location) }, ...lack };
  log.error({ message: 'files of a finished backup are missing', ...found });
  await events.missing(found);
  return found;
}
