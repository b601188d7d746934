import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { synthesizeInChild } from '../../../infra/local/synthesize-in-child.ts';
import { until } from './until.ts';

/** Loading CDK and bundling, on a busy machine. */
const SYNTH_SECONDS = 120;

/** Path of the app's template. The first test file of a run that needs it synthesizes it; the others wait. */
export async function synthesizedApp(): Promise<string> {
  const folder = inject('runFolder');
  const answer = join(folder, 'answer.json');
  const isFirst = await mkdir(join(folder, 'claim')).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const result = await synthesizeInChild(join(folder, 'assembly')).then(
      (path) => ({ path }),
      (error: unknown) => ({ error: String(error) }),
    );
    await writeFile(`${answer}.new`, JSON.stringify(result));
    await rename(`${answer}.new`, answer);
  }
  const text = await until('the synthesized app', () => readFile(answer, 'utf8').catch(() => undefined), SYNTH_SECONDS);
  const result: { path?: string; error?: string } = JSON.parse(text);
  if (result.path === undefined) throw new Error(`the app does not synthesize: ${result.error}`);
  return result.path;
}
