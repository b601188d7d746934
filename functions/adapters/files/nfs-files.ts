import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { addFile, type BackupFiles, FileRefused, type FolderContents } from '../../domain/storage/backup-files.ts';
import { displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import type { NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { entriesOf, filesBelow, folderBelow, isErrno, SymbolicLinkFound } from './nfs-folder.ts';
import { removeFolder } from './nfs-removal.ts';

export type NfsLocation = Extract<StorageLocation, { type: 'nfs' }>;

/** One file system under its two mount points. */
export interface Mount {
  /** Mount point on TiDB's nodes, which locations of backups are below. Absolute, without a trailing slash. */
  path: string;
  /** Mount point in this process. */
  mount: string;
}

/**
 * A file system shared by TiDB's nodes and the functions. Locations are resolved only below the mount point: `..` is
 * rejected, and so is a folder behind a symbolic link. A link inside a backup's folder is treated like a file: the link
 * itself is removed. Rights: to read and search; to remove, to write into the folders.
 */
export function createNfsFiles(mount: Mount): BackupFiles<NfsLocation> {
  /**
   * Works on the folder of a location; returns `absent` if there is none.
   * @throws NodeFailure ConfigInvalid if it is not below the mount point
   */
  async function inFolder<Result>(
    location: NfsLocation,
    absent: Result,
    work: (folder: string) => Promise<Result>,
    behindLink: NodeFailureName = 'ConfigInvalid',
  ): Promise<Result> {
    return await explained(
      location,
      async () => {
        const folder = await folderBelow(mount.mount, segmentsBelow(mount.path, location));
        return folder === undefined ? absent : await work(folder);
      },
      behindLink,
    );
  }

  return {
    // The mount itself can be a storage path, and is only ever looked into. So for `folders`.
    exists: (location, name) =>
      location.path === mount.path
        ? explained(location, () => isFile(join(mount.mount, name)))
        : inFolder(location, false, async (folder) => isFile(join(folder, name))),
    isEmpty: (location) =>
      inFolder(location, true, async (folder) => {
        for await (const _ of filesBelow(folder)) return false;
        return true;
      }),
    read: (location, name) => inFolder(location, undefined, (folder) => readFile(join(folder, name))),
    write: async (location, name, text) => {
      const above = { ...location, path: dirname(location.path) };
      const isThere = await inFolder(above, false, async (folder) => {
        await writeBelow(folder, basename(location.path), name, text);
        return true;
      });
      if (!isThere) throw new Error(`${displayPath(above)} cannot be used: the folder does not exist`);
    },
    remove: (location, name) => inFolder(location, undefined, (folder) => unlessMissing(unlink(join(folder, name)))),
    makeFolder: (location) =>
      explained(location, async () => {
        const segments = segmentsBelow(mount.path, location);
        for (const depth of segments.keys()) {
          const path = segments.slice(0, depth + 1);
          // One folder at a time: a link is found before anything is created behind it.
          if ((await folderBelow(mount.mount, path)) === undefined) await makeUnlessThere(join(mount.mount, ...path));
        }
      }),
    lockDays: async () => undefined,
    dataBytes: (location) => inFolder(location, 0n, dataBytes),
    folders: (location) =>
      location.path === mount.path
        ? explained(location, () => foldersIn(mount.mount))
        : inFolder(location, [], foldersIn),
    // A file system has no file locks.
    stateOf: async () => ({}),

    abortUploads: async () => {},
    contents: (location) => inFolder(location, undefined, contentsOf),
    keepsVersions: async () => false,

    rewind: async (location) => {
      throw new Error(`${displayPath(location)} cannot be rewound: a file system keeps no versions`);
    },

    removeAll: (location, signal) =>
      inFolder(
        location,
        undefined,
        (folder) => removeFolder(folder, displayPath(location), signal),
        // Anything may be behind the link.
        'FolderNotOwned',
      ),
  };
}

/** A missing right, or a symbolic link in place of a file. */
const REFUSALS = ['EACCES', 'EPERM', 'ELOOP'];

/** Works on a location, and names it in errors. */
async function explained<Result>(
  location: NfsLocation,
  work: () => Promise<Result>,
  behindLink: NodeFailureName = 'ConfigInvalid',
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SymbolicLinkFound) {
      throw new NodeFailure(behindLink, `${displayPath(location)} is behind a symbolic link, which is not followed`);
    }
    // The system's message would contain the function's own path.
    if (isErrno(error)) {
      const Refusal = REFUSALS.includes(error.code) ? FileRefused : Error;
      throw new Refusal(`${displayPath(location)} cannot be used: ${error.code}`, { cause: error });
    }
    throw error;
  }
}

async function makeUnlessThere(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
}

/**
 * The path from the mount point to a location.
 * @throws NodeFailure ConfigInvalid if it leads elsewhere
 */
function segmentsBelow(root: string, location: NfsLocation): string[] {
  const segments = location.path.startsWith(`${root}/`) ? location.path.slice(root.length + 1).split('/') : [];
  const isPlain = segments.every((segment) => !['', '.', '..'].includes(segment) && !segment.includes('\0'));
  if (segments.length > 0 && isPlain) return segments;
  throw new NodeFailure(
    'ConfigInvalid',
    `${displayPath(location)} is not a folder below ${root}, which is mounted here`,
  );
}

async function isFile(path: string): Promise<boolean> {
  return (await unlessMissing(lstat(path)))?.isFile() ?? false;
}

async function readFile(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
  // Opening a named pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await unlessMissing(open(path, flags));
  if (file === undefined) return undefined;
  if ((await file.stat()).isFile()) return file.createReadStream();
  await file.close();
  throw new FileRefused(`${basename(path)} is not a file`);
}

/**
 * Atomic: writes under another name first.
 * @throws SymbolicLinkFound
 */
async function writeBelow(above: string, folder: string, name: string, text: string): Promise<void> {
  await mkdir(join(above, folder), { recursive: true });
  const own = await folderBelow(above, [folder]);
  if (own === undefined) throw new Error('a file stands in the place of its folder');
  const unfinished = join(own, `.${name}.${randomUUID()}`);
  await writeFile(unfinished, text, { flag: 'wx' });
  await rename(unfinished, join(own, name));
}

async function dataBytes(folder: string): Promise<bigint> {
  let bytes = 0n;
  for await (const page of filesBelow(folder)) {
    const found = await Promise.all(page.filter((path) => path.endsWith('.sst')).map((path) => lstat(path)));
    for (const file of found) if (file.isFile()) bytes += BigInt(file.size);
  }
  return bytes;
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of entriesOf(folder)) if (entry.isDirectory()) names.push(entry.name);
  return names;
}

async function contentsOf(folder: string): Promise<FolderContents | undefined> {
  const contents: FolderContents = { files: 0, bytes: 0n, lastWritten: 0 };
  for await (const page of filesBelow(folder)) {
    const found = await Promise.all(page.map(async (path) => ({ path, ...(await sizeOf(path)) })));
    for (const { path, ...file } of found) addFile(contents, { ...file, path: relative(folder, path) });
  }
  return contents.files === 0 ? undefined : contents;
}

async function sizeOf(path: string): Promise<{ size: number; lastWritten: number }> {
  const { size, mtimeMs } = await lstat(path);
  return { size, lastWritten: mtimeMs };
}

async function unlessMissing<Value>(value: Promise<Value>): Promise<Value | undefined> {
  return await value.catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
}
