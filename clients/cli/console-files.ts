import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** The folder of the built console, which is rebuilt first if its source has changed. @throws CommandError */
export async function consoleFiles(session: Session): Promise<string> {
  const root = checkoutAround(import.meta.dirname);
  // The build needs the project's Node.js; this program runs on older ones.
  const node = join(root ?? '', 'node_modules/node/bin/node');
  if (root === undefined || !existsSync(node)) {
    throw new CommandError(
      EXIT.usage,
      'the console is not included here',
      'run this in a checkout of tidb-backup, after `npm ci`',
    );
  }
  session.note('looking for the built console; building it takes some seconds');
  const files = pathToFileURL(join(root, CONSOLE)).href;
  const program = `const { buildConsole } = await import(${JSON.stringify(files)}); console.log(await buildConsole());`;
  try {
    const { stdout } = await promisify(execFile)(node, ['--input-type=module', '--eval', program]);
    return stdout.trim();
  } catch (error) {
    throw new CommandError(
      EXIT.refused,
      `the console could not be built: ${error instanceof Error ? error.message : error}`,
    );
  }
}

const CONSOLE = 'clients/console/files.ts';

function checkoutAround(from: string): string | undefined {
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, CONSOLE))) return folder;
  }
  return undefined;
}
