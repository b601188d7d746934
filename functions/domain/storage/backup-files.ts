import { below, displayPath, type StorageLocation } from './storage-location.ts';
import type { PinnedVersion } from './versions.ts';

/** How files are taken back to how they were. */
export interface Rewind {
  /** Milliseconds since 1970; infinite: the newest version of each counts, whenever it was written. */
  asOf: number;
  /** Name of the file that was written last by then: by it the clock of the store is told. Defaults to the time as it is. */
  writtenLast?: string;
  /** Names of files of which the newest version counts, and that are not counted. */
  newest?: readonly string[];
  /** Whether a file of that name was never deleted by whoever wrote it. Default: none */
  isNeverDeleted?: (name: string) => boolean;
  /** Whether a file of that name was written once: its first version counts. Default: none */
  isWrittenOnce?: (name: string) => boolean;
  /** Versions that are known, by the names of their files: no other counts. */
  pinned?: Readonly<Record<string, PinnedVersion>>;
  /** Once it aborts, nothing further is begun: rejects with its reason. Doing it again goes on. */
  signal?: AbortSignal;
  /**
   * Called before each change.
   * @param files how many are about to be brought back
   * @param since when the first of the damage was done, in milliseconds since 1970
   */
  onChange?: (files: number, since: number) => Promise<void>;
}

/** The files that are as they were. */
export interface RewoundFiles {
  files: number;
  /** As of `BackupFiles.dataBytes`. */
  dataBytes: bigint;
  /** Names of pinned files of which the store does not keep that version; absent: it keeps all. */
  lost?: readonly string[];
  /** Of files that had to be copied, as nobody may remove what lies upon them; absent: none had. */
  copied?: {
    /** From when on the copies count, in milliseconds since 1970. */
    asOf: number;
    /** The copy of a pinned file. */
    pinned?: PinnedVersion;
    /** Until when the store locks the last of them, RFC 3339. */
    lockedUntil?: string;
  };
}

/** What a store tells of one file. */
export interface FileState {
  /** Until when the store refuses to delete it, RFC 3339; absent: it does not. */
  lockedUntil?: string;
  /** Absent: the store does not tell. */
  version?: PinnedVersion;
}

export interface FolderContents {
  files: number;
  bytes: bigint;
  /** Of the `.sst` files among them. */
  dataBytes?: bigint;
  /** How many of the files are manifests, which are written after a backup's end. */
  manifests?: number;
  /** When the newest of them was written, in milliseconds since 1970. */
  lastWritten: number;
  /** Path, below the folder, of the first file found that neither BR nor the service named. Absent: there is none. */
  foreign?: string;
}

/** Files of a backup: BR's data, metadata, lock and checkpoints, and the manifest beside them. */
const OF_BACKUP = /(^|\/)(backupmeta[^/]*|backup\.lock|tidb-backup-manifest\.json|[^/]+\.sst)$|^checkpoints\//;

const IS_MANIFEST = /(^|\/)tidb-backup-manifest\.json$/;

/** @param file.path below the folder */
export function addFile(
  contents: FolderContents,
  { path, size, lastWritten }: { path: string; size: number; lastWritten: number },
): void {
  if (contents.foreign === undefined && !OF_BACKUP.test(path)) contents.foreign = path;
  contents.files += 1;
  contents.bytes += BigInt(size);
  if (path.endsWith('.sst')) contents.dataBytes = (contents.dataBytes ?? 0n) + BigInt(size);
  if (IS_MANIFEST.test(path)) contents.manifests = (contents.manifests ?? 0) + 1;
  contents.lastWritten = Math.max(contents.lastWritten, lastWritten);
}

/** The files of backups. A location is a folder: `…/attempt-1` never means what is in `…/attempt-10`. */
export interface BackupFiles<Location = StorageLocation> {
  exists(location: Location, name: string): Promise<boolean>;
  isEmpty(location: Location): Promise<boolean>;
  /** Undefined: there is no such file. */
  read(location: Location, name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Writes a small file of ours, in place of one of that name; its folder is made in one that is there.
   * @param lock of a store that locks files: how long this one is locked, in place of the default of its bucket
   */
  write(location: Location, name: string, text: string, lock?: { lockedUntil: string }): Promise<void>;
  /** Removes one file, and its old versions. One that is not there is a success. @throws FilesLocked */
  remove(location: Location, name: string): Promise<void>;
  /** Makes the folder and those above it, where a store has folders. */
  makeFolder(location: Location): Promise<void>;
  /** For how many days the store locks each new file; undefined: it does not. */
  lockDays(location: Location): Promise<number | undefined>;
  /** Bytes of all `.sst` files: what BACKUP reports as its size. */
  dataBytes(location: Location): Promise<bigint>;
  /** Names of the folders right in this one. */
  folders(location: Location): Promise<string[]>;
  /** Of all files below. Undefined: there are none. */
  contents(location: Location): Promise<FolderContents | undefined>;
  /** Of one file; empty: there is no such file, or the store tells nothing of it. */
  stateOf(location: Location, name: string): Promise<FileState>;
  /** Aborts unfinished uploads, none of which is to become a file any more. */
  abortUploads(location: Location): Promise<void>;
  /** Whether the store keeps what is deleted and overwritten, or has kept it. */
  keepsVersions(location: Location): Promise<boolean>;
  /** Takes the files right below back to how they were, by the versions that the store keeps; what it no longer keeps stays lost. */
  rewind(location: Location, rewind: Rewind): Promise<RewoundFiles>;
  /**
   * Removes everything below, old versions and unfinished uploads too, and of its second copy, and looks again; rejects unless nothing
   * is left.
   * @param signal once it aborts, no further batch is begun: rejects with its reason. Doing it again goes on.
   * @throws FilesLocked
   */
  removeAll(location: Location, signal?: AbortSignal): Promise<void>;
}

/** The storage lets nobody delete these files before a day to come. */
export class FilesLocked extends Error {
  override readonly name = 'FilesLocked';
  /** When all of them can be deleted, RFC 3339 in UTC with milliseconds. */
  readonly until: string;

  constructor(location: StorageLocation, until: string) {
    super(`${displayPath(location)} is locked until ${until}`);
    this.until = until;
  }
}

/** BR writes it last: where it is, the backup is whole. */
export const BACKUP_META = 'backupmeta';

/** BR writes data under a name that holds the time and a hash: nobody can have written a file of that name before. */
export function isWrittenOnceByBr(name: string): boolean {
  return name.endsWith('.sst');
}

/** BR deletes its lock and its checkpoints, but neither data nor `backupmeta` and the files that it names. */
export function isNeverDeletedByBr(name: string): boolean {
  return name.endsWith('.sst') || name.startsWith(BACKUP_META);
}

const CHECKPOINTS = 'checkpoints';

/**
 * Names of the folders beside a `backupmeta` of BR that BR did not make. Its own are those of stores, named by their ids, and its
 * checkpoints. A number may be a date as well: a folder that holds folders, or a backup, is no store's.
 */
export async function foldersOfOthers(
  location: StorageLocation,
  names: readonly string[],
  files: Pick<BackupFiles, 'folders' | 'exists'>,
): Promise<string[]> {
  const others: string[] = [];
  for (const name of names) if (!(await isOfBr(below(location, name), name, files))) others.push(name);
  return others;
}

async function isOfBr(
  folder: StorageLocation,
  name: string,
  files: Pick<BackupFiles, 'folders' | 'exists'>,
): Promise<boolean> {
  if (name === CHECKPOINTS) return true;
  if (!/^\d+$/.test(name)) return false;
  return (await files.folders(folder)).length === 0 && !(await files.exists(folder, BACKUP_META));
}
