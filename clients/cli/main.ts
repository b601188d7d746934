import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { runCommandLine } from './app.ts';
import { EXIT } from './exit-codes.ts';

// A reader that closes early, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.refused),
);
process.once('SIGINT', () => {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[Kstopped; what has started on the service continues\n');
  process.exit(EXIT.interrupted);
});

const { stdin, stdout, stderr, env } = process;
void runCommandLine(
  process.argv.slice(2),
  { stdin, stdout, stderr, env, now: Date.now, sleep: (ms) => sleep(ms) },
  packageJson.version,
).then((code) => {
  process.exitCode = code;
});
