import { below, displayPath, type StorageLocation } from './storage-location.ts';
import type { PinnedVersion } from './versions.ts';

/** How to return files to an earlier state. */
export interface Rewind {
  /** Milliseconds since 1970; with Infinity the newest version of each file counts. */
  asOf: number;
  /**
   * Name of the file that was written last by then, to correct for the store's clock. By default the clock is trusted.
   */
  writtenLast?: string;
  /** Files whose newest version counts, and that are not included in the result. */
  newest?: readonly string[];
  /** Whether the writer of a file of this name never deletes it. Default: no file */
  isNeverDeleted?: (name: string) => boolean;
  /** Whether a file of that name was written once: its first version counts. Default: none */
  isWrittenOnce?: (name: string) => boolean;
  /** Versions that are known, by the names of their files: no other counts. */
  pinned?: Readonly<Record<string, PinnedVersion>>;
  /** What earlier calls have copied; see {@link Rewind.onCopied}. */
  copying?: CopyProgress | undefined;
  /** Aborting prevents further changes and rejects with the signal's reason. A second call continues. */
  signal?: AbortSignal;
  /**
   * Called before each change.
   * @param files how many are about to be brought back
   * @param since when the first of the damage was done, in milliseconds since 1970
   */
  onChange?: (files: number, since: number) => Promise<void>;
  /**
   * Called after each part of the files in which some had to be copied, as nobody may remove what lies on them. Copies cannot be told
   * from what others write, so a second call copies anew what it does not learn from `copying`.
   * @param progress.lockedUntil until when the store locks the last copy, RFC 3339
   */
  onCopied?: (progress: CopyProgress & { lockedUntil?: string }) => Promise<void>;
}

/** Files that are in the wanted state, some of them by a copy: those behind the part before, up to a name. */
export interface CopiedPart {
  upTo: string;
  /** Milliseconds since 1970: what was the newest version of each by then is the right one. */
  asOf: number;
}

/** How far a folder is that cannot be rewound without copies. */
export interface CopyProgress {
  /** In the order of their names. */
  parts: CopiedPart[];
  /** The copy of a pinned file; unset if there is none. */
  pinned?: PinnedVersion | undefined;
}

/** The files that are in the wanted state. */
export interface RewoundFiles {
  files: number;
  /** Like `BackupFiles.dataBytes`. */
  dataBytes: bigint;
  /** Names of pinned files of which the store does not keep that version; unset if it keeps all. */
  lost?: readonly string[];
  /** Of files that had to be copied, as nobody may remove what lies on them; unset if none had. */
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
  /** Until when the store refuses to delete it, RFC 3339; unset if it does not. */
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
  /** When the newest file was written, in milliseconds since 1970. */
  lastWritten: number;
  /** Path, below the folder, of the first file that belongs to neither BR nor the service. Unset if there is none. */
  foreign?: string;
}

/** A backup's files: BR's data, metadata, lock and checkpoints, and the manifest beside them. */
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

/** The files of backups. A location is a folder: `…/attempt-1` never includes `…/attempt-10`. */
export interface BackupFiles<Location = StorageLocation> {
  exists(location: Location, name: string): Promise<boolean>;
  isEmpty(location: Location): Promise<boolean>;
  /** `undefined` if there is no such file. */
  read(location: Location, name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Writes or replaces a small file of the service; creates its folder within an existing one.
   * @param lock in a store that locks files: until when to lock this one, instead of the bucket's default
   */
  write(location: Location, name: string, text: string, lock?: { lockedUntil: string }): Promise<void>;
  /**
   * Removes a file and its old versions. Idempotent.
   * @throws FilesLocked
   */
  remove(location: Location, name: string): Promise<void>;
  /** Creates the folder and its parents, if the store has folders. */
  makeFolder(location: Location): Promise<void>;
  /** How many days the store locks each new file; `undefined` if it does not. */
  lockDays(location: Location): Promise<number | undefined>;
  /** Bytes of all `.sst` files, which BACKUP reports as its size. */
  dataBytes(location: Location): Promise<bigint>;
  /** Names of the direct subfolders. */
  folders(location: Location): Promise<string[]>;
  /** Of all files below. `undefined` if there are none. */
  contents(location: Location): Promise<FolderContents | undefined>;
  /** Of one file; empty: there is no such file, or the store tells nothing of it. */
  stateOf(location: Location, name: string): Promise<FileState>;
  /** Aborts unfinished uploads, none of which is to become a file any more. */
  abortUploads(location: Location): Promise<void>;
  /** Whether the store keeps deleted and overwritten files, or ever did. */
  keepsVersions(location: Location): Promise<boolean>;
  /** Returns the direct files to an earlier state, from the versions that the store keeps; other versions stay lost. */
  rewind(location: Location, rewind: Rewind): Promise<RewoundFiles>;
  /**
   * Removes everything below, including old versions, unfinished uploads and the second copy, and checks again; rejects
   * unless nothing is left.
   * @param signal aborting prevents further batches and rejects with its reason; a second call continues
   * @throws FilesLocked
   */
  removeAll(location: Location, signal?: AbortSignal): Promise<void>;
}

/** The store refuses a file and would refuse it again: a right is missing, it is archived, or it is no regular file. */
export class FileRefused extends Error {}

/** Storage prevents the deletion of these files until some day. */
export class FilesLocked extends Error {
  override readonly name = 'FilesLocked';
  /** When all of them can be deleted, RFC 3339 in UTC with milliseconds. */
  readonly until: string;

  constructor(location: StorageLocation, until: string) {
    super(`${displayPath(location)} is locked until ${until}`);
    this.until = until;
  }
}

/** BR writes it last: if it exists, the backup is complete. */
export const BACKUP_META = 'backupmeta';

/** BR writes data under a name that holds the time and a hash: nobody can have written a file of that name before. */
export function isWrittenOnceByBr(name: string): boolean {
  return name.endsWith('.sst');
}

/** BR deletes its lock and checkpoints, but never data, `backupmeta`, or files that it names. */
export function isNeverDeletedByBr(name: string): boolean {
  return name.endsWith('.sst') || name.startsWith(BACKUP_META);
}

const CHECKPOINTS = 'checkpoints';

/**
 * Folders beside a `backupmeta` of BR that BR did not create. BR's own are those of TiKV stores, named by store id, and
 * its checkpoints. A number may also be a date: a folder that contains folders or a backup belongs to no store.
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
