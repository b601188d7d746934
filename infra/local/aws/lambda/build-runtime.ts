import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/**
 * Compiles `runtime.ts` into a folder, so that function processes need not load the type stripper.
 * @returns the path of the compiled file
 */
export function buildRuntime(folder: string): string {
  const outfile = join(folder, 'runtime.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('./runtime.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
  });
  return outfile;
}
