import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { consoleHeaders } from './headers.ts';
import type { SessionConfig } from './src/session-config.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/tidb-backup-console');

interface ConsoleFile {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** A file by its path relative to the console, with `''` for the page; `undefined` if it does not exist. */
export type ConsoleFiles = (path: string) => Promise<ConsoleFile | undefined>;

/** Serves the console's files, which are built on the first request. */
export function createConsoleFiles(config: SessionConfig): ConsoleFiles {
  let built: Promise<ReadonlyMap<string, ConsoleFile>> | undefined;
  const connectTo = config.type === 'jwt' ? [new URL(config.issuer).origin] : [];
  const security = consoleHeaders(connectTo);
  const secured = ({ body, headers }: ConsoleFile) => ({ body, headers: { ...headers, ...security } });
  return async (path) => {
    if (path === 'config.json') return secured(fileOf(path, Buffer.from(JSON.stringify(config))));
    built ??= readBuilt();
    // A failed build is retried on the next request.
    built.catch(() => {
      built = undefined;
    });
    const file = (await built).get(path === '' ? 'index.html' : path);
    return file && secured(file);
  };
}

async function readBuilt(): Promise<ReadonlyMap<string, ConsoleFile>> {
  const folder = await buildConsole();
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const path = relative(folder, join(parentPath, name)).replaceAll('\\', '/');
      return [path, fileOf(path, await readFile(join(parentPath, name)))] as const;
    });
  return new Map(await Promise.all(files));
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
};

function fileOf(path: string, body: Buffer): ConsoleFile {
  // The names of assets change with their content.
  const cache = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  return { body, headers: { 'content-type': type, 'cache-control': cache } };
}

/** Builds the console unless this source has already been built. @returns the folder with `index.html` */
export async function buildConsole(): Promise<string> {
  const folder = join(CACHE, await hashOfSource());
  const isBuilt = await readFile(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );
  if (isBuilt) return folder;
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'building-'));
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  await promisify(execFile)(
    process.execPath,
    [vite, 'build', import.meta.dirname, '--outDir', fresh, '--emptyOutDir'],
    // Otherwise React's development build follows the caller's environment.
    { cwd: import.meta.dirname, env: { ...process.env, NODE_ENV: 'production' } },
  );
  // A concurrent build of the same source has made the same files.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  return folder;
}

async function hashOfSource(): Promise<string> {
  const own = ['src/**/*.{ts,tsx,css}', 'index.html', 'vite.config.ts', 'files.ts'].map(
    (pattern) => `clients/console/${pattern}`,
  );
  const shared = ['clients/typescript/*.ts', 'docs/runbook.md', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const path of globSync([...own, ...shared], { cwd: ROOT }).sort()) {
    hash.update(path).update(await readFile(join(ROOT, path)));
  }
  return hash.digest('hex').slice(0, 16);
}
