import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';

/** The folder of the built console: `clients/console/dist`, built if it has not been. @throws CommandError */
export async function consoleFiles(session: Session): Promise<string> {
  const source = consoleFolder(import.meta.dirname);
  if (source === undefined) {
    throw new CommandError(
      EXIT.usage,
      'the console is not here',
      'run this from a checkout of tidb-backup, after `npm ci`',
    );
  }
  const built = join(source, 'dist');
  if (!isStale(source, built)) return built;
  session.note('building the console');
  const child = spawn('npx', ['--no-install', 'vite', 'build'], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code === 0) return built;
  throw new CommandError(EXIT.refused, 'the console could not be built', 'run `npm ci`, then try again');
}

function isStale(source: string, built: string): boolean {
  const builtAt = statSync(join(built, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(join(source, 'src'), { recursive: true, encoding: 'utf8' }).some(
    (path) => statSync(join(source, 'src', path)).mtimeMs > builtAt,
  );
}

/** Beside the command line, whether that runs from its sources or from its bundle. */
function consoleFolder(from: string): string | undefined {
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    const candidate = join(folder, 'console');
    if (existsSync(join(candidate, 'index.html'))) return candidate;
  }
  return undefined;
}
