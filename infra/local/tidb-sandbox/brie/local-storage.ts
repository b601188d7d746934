import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BrError } from './brie-error.ts';
import type { ExternalStorage } from './external-storage.ts';
import type { Mount } from './session.ts';
import type { LocalLocation } from './storage-url.ts';

/** A directory that every TiKV node has mounted (NFS). Source: br/pkg/storage/local.go. */
export class LocalStorage implements ExternalStorage {
  readonly uri: string;
  /** Path on the nodes. */
  readonly #path: string;
  /** Path for this process. */
  readonly #directory: string;
  readonly #signal: AbortSignal;

  constructor({ directory }: LocalLocation, mounts: readonly Mount[] | undefined, signal: AbortSignal) {
    this.uri = `file://${directory}`;
    this.#path = directory;
    this.#directory = mounts === undefined ? directory : mounted(directory, mounts);
    this.#signal = signal;
  }

  async exists(name: string): Promise<boolean> {
    this.#signal.throwIfAborted();
    return access(this.#pathOf(name)).then(
      () => true,
      () => false,
    );
  }

  async read(name: string): Promise<Uint8Array> {
    const content = await readFile(this.#pathOf(name), { signal: this.#signal }).catch(whenMissing(undefined));
    if (content === undefined) throw new Error(`open ${path.join(this.#path, name)}: no such file or directory`);
    return content;
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    const target = this.#pathOf(name);
    const temporary = `${target}.tmp.${randomUUID()}`;
    await mkdir(path.dirname(target), { recursive: true });
    try {
      await writeFile(temporary, content, { signal: this.#signal });
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async *list(prefix = ''): AsyncIterable<string> {
    this.#signal.throwIfAborted();
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true }).catch(whenMissing([]));
    for (const entry of entries) {
      const name = path.relative(this.#directory, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/');
      if (entry.isFile() && name.startsWith(prefix)) yield name;
    }
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(this.#pathOf(name), { force: true });
    const directories = new Set(names.map((name) => name.split('/')[0] ?? ''));
    // Directories without files are removed too, as an object store has none.
    for (const directory of directories) await this.#removeEmpty(this.#pathOf(directory));
  }

  asSeenByTikv(): this {
    return this;
  }

  close(): void {}

  async #removeEmpty(directory: string): Promise<void> {
    const entries = await readdir(directory, { withFileTypes: true }).catch(whenMissing(undefined));
    if (entries === undefined || entries.some((entry) => !entry.isDirectory())) return;
    for (const entry of entries) await this.#removeEmpty(path.join(directory, entry.name));
    if ((await readdir(directory)).length === 0) await rm(directory, { recursive: true });
  }

  #pathOf(name: string): string {
    return path.join(this.#directory, name);
  }
}

/** This machine's path for the nodes' `directory`. */
function mounted(directory: string, mounts: readonly Mount[]): string {
  for (const mount of mounts) {
    const relative = path.relative(path.resolve(mount.path), directory);
    if (!(relative.split(path.sep)[0] === '..' || path.isAbsolute(relative)))
      return path.join(mount.directory, relative);
  }
  throw new BrError(
    `${directory} is outside of the directories that the sandbox may use`,
    'ExternalStorage:ErrStorageInvalidConfig',
  );
}

function whenMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return value;
    throw error;
  };
}
