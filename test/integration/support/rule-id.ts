import { readFile } from 'node:fs/promises';
import { synthesizedApp } from './synthesized-app.ts';

/** Logical id of the app's rule whose construct is at this path, written without slashes. */
export async function ruleId(path: string): Promise<string> {
  const { Resources } = JSON.parse(await readFile(await synthesizedApp(), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };
  const found = Object.keys(Resources).find((id) => new RegExp(`^${path}[0-9A-F]{8}$`).test(id));
  if (found === undefined) throw new Error(`the app has no rule ${path}`);
  return found;
}
