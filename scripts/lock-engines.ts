import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../infra/local/command-line.ts';

const USAGE = `Usage: npm run lock-engines
  Removes the engines of installed packages from package-lock.json. Run it after you add or update one. It takes no options.`;

const LOCKFILE = join(import.meta.dirname, '../package-lock.json');

readCommandLine(USAGE, (args) => parseArgs({ args }));
// They demand a newer Node than many machines have, and never run on that one: npm scripts run on the Node of the package `node`,
// which `npm ci` installs beside them.
const lock: { packages: Record<string, { engines?: unknown }> } = JSON.parse(readFileSync(LOCKFILE, 'utf8'));
for (const [path, entry] of Object.entries(lock.packages)) if (path !== '') delete entry.engines;
writeFileSync(LOCKFILE, `${JSON.stringify(lock, null, 2)}\n`);
