import { attemptNumber } from '../../domain/backup/backup-record.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { BACKUP_META, type BackupFiles, foldersOfOthers } from '../../domain/storage/backup-files.ts';
import { below, pathOf, type StorageLocation } from '../../domain/storage/storage-location.ts';

/** A folder that holds a backup, or seems to. */
export interface BackupFolder {
  /** Below the place that is looked through: where the next run goes on. */
  cursor: string;
  location: StorageLocation;
  /** As the service lays out a backup, `CLUSTER/BACKUP/attempt-N`; absent: `backupmeta` lies right in the folder, as `br` puts it. */
  layout?: { clusterId: string; backupId: string; attempts: number[] };
  /** Of a folder as `br` writes it: others in it, which hold none of its files. */
  foreign?: string[];
}

/** A folder that is no backup: it only tells how far the search has come. */
export type PassedFolder = Pick<BackupFolder, 'cursor'>;

/** Folders further down are not looked into. */
const MAX_DEPTH = 6;

/** Enough to hide the network's latency. */
const CONCURRENCY = 32;

/**
 * Finds the folders of backups, in an order that is always the same. Each folder is listed once, its files are not.
 * @param after the cursor of the last one that is done with
 */
export async function* backupFolders(
  place: StorageLocation,
  files: Pick<BackupFiles, 'folders' | 'exists'>,
  after?: string,
): AsyncGenerator<BackupFolder | PassedFolder> {
  yield* visit([], await files.folders(place));

  async function* visit(way: string[], names: string[]): AsyncGenerator<BackupFolder | PassedFolder> {
    const location = below(place, ...way);
    const cursor = way.join('/');
    const layout = layoutOf(location, names);
    if (layout !== undefined) {
      if (cursor !== after) yield { cursor, location, layout };
      return;
    }
    const isFlat = await files.exists(location, BACKUP_META);
    const foreign = isFlat ? await foldersOfOthers(location, names, files) : [...names];
    if (!isDone(way)) yield isFlat ? { cursor, location, foreign } : { cursor };
    if (way.length === MAX_DEPTH) return;
    const left = foreign.sort(byCodeUnits).filter((name) => !isBefore([...way, name]));
    for (let at = 0; at < left.length; at += CONCURRENCY) {
      const children = left.slice(at, at + CONCURRENCY);
      const listed = await Promise.all(children.map((name) => files.folders(below(location, name))));
      for (const [index, name] of children.entries()) yield* visit([...way, name], listed[index] ?? []);
    }
  }

  /** Whether all of a folder, and of those below it, was looked at. */
  function isBefore(way: string[]): boolean {
    if (after === undefined) return false;
    const done = after.split('/');
    for (const [depth, name] of way.entries()) {
      const last = done[depth];
      // Folders below the last one that was done with come after it.
      if (last === undefined) return false;
      if (name !== last) return byCodeUnits(name, last) < 0;
    }
    // The last one, as the service lays it out, has nothing below it; every other one may.
    return false;
  }

  /** Whether the folder itself was looked at. */
  function isDone(way: string[]): boolean {
    return (
      after !== undefined && (after === way.join('/') || after.startsWith(way.length === 0 ? '' : `${way.join('/')}/`))
    );
  }
}

export function layoutOf(location: StorageLocation, names: readonly string[]): BackupFolder['layout'] {
  const attempts = names.flatMap((name) => attemptNumber(name) ?? []);
  const [clusterId, backupId] = pathOf(location).split('/').slice(-2);
  if (attempts.length === 0 || !isIdentifier(clusterId) || !isIdentifier(backupId)) return undefined;
  return { clusterId, backupId, attempts: attempts.sort((a, b) => b - a) };
}

function isIdentifier(name: string | undefined): name is string {
  return identifier.safeParse(name).success;
}

/** As S3 sorts its keys, near enough: the order is only to be the same each time. */
function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
