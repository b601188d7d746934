import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Its library would leave a service of its own running until this process ends. */
const ESBUILD = fileURLToPath(import.meta.resolve('esbuild/bin/esbuild'));

/**
 * Compiles `runtime.ts` into a folder, so that function processes need not load the type stripper.
 * @returns the path of the compiled file
 */
export function buildRuntime(folder: string): string {
  const outfile = join(folder, 'runtime.mjs');
  const entry = fileURLToPath(new URL('./runtime.ts', import.meta.url));
  const format = ['--bundle', '--platform=node', '--format=esm', '--target=node24', '--log-level=warning'];
  execFileSync(ESBUILD, [entry, `--outfile=${outfile}`, ...format]);
  return outfile;
}
