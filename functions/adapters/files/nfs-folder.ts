import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder, or a folder on the way to it, is a symbolic link. */
export class SymbolicLinkFound extends Error {
  override readonly name = 'SymbolicLinkFound';
}

/** An error of the operating system; with `codes`, one of these. */
export function isErrno(error: unknown, ...codes: string[]): error is Error & { code: string } {
  if (!(error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string')) return false;
  return codes.length === 0 || codes.includes(error.code);
}

/**
 * Resolves a path below the mount point. Whoever deployed chose the mount point, so links up to there are trusted.
 * @returns `undefined` if there is none
 * @throws SymbolicLinkFound
 */
export async function folderBelow(mount: string, segments: readonly string[]): Promise<string | undefined> {
  let folder = mount;
  for (const segment of segments) {
    folder = join(folder, segment);
    try {
      if (!(await isFolder(folder))) return undefined;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }
  return folder;
}

/**
 * The first entries of a folder, unordered.
 * @throws SymbolicLinkFound
 */
export async function firstEntries(folder: string, limit: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of entriesOf(folder)) {
    entries.push(entry);
    if (entries.length === limit) break;
  }
  return entries;
}

const PAGE = 1_000;

/**
 * Paths of everything but folders, at any depth, page by page; no page is empty. Links are included, not followed.
 * @throws SymbolicLinkFound
 */
export async function* filesBelow(folder: string): AsyncGenerator<string[]> {
  const folders: string[] = [];
  let page: string[] = [];
  for await (const entry of entriesOf(folder)) {
    (entry.isDirectory() ? folders : page).push(join(folder, entry.name));
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
  for (const below of folders) yield* filesBelow(below);
}

/**
 * Checks for a link right before it opens the folder. Node cannot open a folder relative to another one, so a writer
 * who inserts a link in between goes unnoticed. Anyone who can write there can remove these files anyway, and a link
 * leads no further than the function's own file system, which holds no user data.
 */
export async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  await isFolder(folder);
  yield* await opendir(folder, { bufferSize: 256 });
}

/** @throws SymbolicLinkFound */
async function isFolder(path: string): Promise<boolean> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) throw new SymbolicLinkFound();
  return found.isDirectory();
}
