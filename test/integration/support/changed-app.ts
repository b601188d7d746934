import { mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { synthesizedApp } from './synthesized-app.ts';

/**
 * Path of a copy of a template with a change in its text; throws if nothing changed.
 * @param template defaults to the app's
 */
export async function changedApp(change: (text: string) => string, template?: string): Promise<string> {
  const original = template ?? (await synthesizedApp());
  const folder = dirname(original);
  // Beside the assembly, which the run removes at its end.
  const copy = await mkdtemp(join(dirname(folder), 'changed-'));
  for (const name of await readdir(folder)) {
    if (name !== basename(original)) await symlink(join(folder, name), join(copy, name));
  }
  const text = await readFile(original, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('the template does not hold what was to be changed');
  const path = join(copy, basename(original));
  await writeFile(path, changed);
  return path;
}
