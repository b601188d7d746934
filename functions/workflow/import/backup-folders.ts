import { attemptNumber } from '../../domain/backup/backup-record.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { BACKUP_META, type BackupFiles, foldersOfOthers } from '../../domain/storage/backup-files.ts';
import { below, pathOf, type StorageLocation } from '../../domain/storage/storage-location.ts';

/** A folder that holds a backup, or seems to. */
export interface BackupFolder {
  /** Relative to the searched location: where the next run continues. */
  cursor: string;
  location: StorageLocation;
  /**
   * The service's layout, `CLUSTER/BACKUP/attempt-N`. Unset if `backupmeta` is directly in the folder, as `br` puts it.
   */
  layout?: { clusterId: string; backupId: string; attempts: number[] };
  /** Subfolders of a folder written by `br` that hold none of its files. */
  foreign?: string[];
}

/** A folder that is no backup: it only tells how far the search has come. */
export type PassedFolder = Pick<BackupFolder, 'cursor'>;

/** Deeper folders are not searched. */
const MAX_DEPTH = 6;

/** Enough to hide the network's latency. */
const CONCURRENCY = 32;

/**
 * Finds the folders of backups, always in the same order. Lists each folder once, but not its files.
 * @param after cursor of the last finished one
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

  /** Whether a folder and everything below it has been examined. */
  function isBefore(way: string[]): boolean {
    if (after === undefined) return false;
    const done = after.split('/');
    for (const [depth, name] of way.entries()) {
      const last = done[depth];
      // Folders below the last finished one come after it.
      if (last === undefined) return false;
      if (name !== last) return byCodeUnits(name, last) < 0;
    }
    // The last one, in the service's layout, has nothing below it; any other may.
    return false;
  }

  /** Whether the folder itself has been examined. */
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

/** Close to the order of S3 keys; it only needs to be stable. */
function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
