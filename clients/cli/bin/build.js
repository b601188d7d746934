import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const CLIENTS = fileURLToPath(new URL('../../', import.meta.url));

/** The whole command line as one file, for Node.js 20 and later. */
export const BUNDLE = join(CLIENTS, 'cli/dist/tidb-backup.cjs');

const SOURCES = ['cli', 'cli/commands', 'console', 'typescript'];

export async function build() {
  const { build: bundle } = await import('esbuild');
  await bundle({
    entryPoints: [join(CLIENTS, 'cli/main.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    define: { 'import.meta.dirname': '__dirname' },
    banner: { js: '#!/usr/bin/env node' },
  });
}

/** Whether a source is newer than the bundle, or there is none. */
export function isStale() {
  const built = statSync(BUNDLE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return SOURCES.some((folder) =>
    readdirSync(join(CLIENTS, folder))
      .filter((name) => name.endsWith('.ts'))
      .some((name) => statSync(join(CLIENTS, folder, name)).mtimeMs > built),
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build();
  console.log(BUNDLE);
}
