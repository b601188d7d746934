import { displayPath, type StorageLocation } from './storage-location.ts';

export interface FolderContents {
  files: number;
  bytes: bigint;
  /** When the newest of them was written, in milliseconds since 1970. */
  lastWritten: number;
}

export function addFile(contents: FolderContents, { size, lastWritten }: { size: number; lastWritten: number }): void {
  contents.files += 1;
  contents.bytes += BigInt(size);
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
  /** Until when the storage refuses to delete a file, RFC 3339; undefined: it does not, or there is no such file. */
  lockedUntil(location: Location, name: string): Promise<string | undefined>;
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

/** A folder that BR makes beside `backupmeta`: the id of a store, or its checkpoints. */
export function isFolderOfBr(name: string): boolean {
  return /^(\d+|checkpoints)$/.test(name);
}
