import { createConsoleFiles } from '../../clients/console/files.ts';
import { readCommandLine } from './command-line.ts';
import { listenOnLoopback } from './http/loopback-server.ts';
import { startOptions } from './start-options.ts';

const USAGE = `Usage: npm start [-- options]
  Runs the local cloud with two TiDB sandboxes until SIGINT or SIGTERM. PORT is the API's port (8080; 0 picks a free one).
  The console is at /console; with --auth, \`tidb-backup console --endpoint URL\` serves it, and signs for it.
  --auth none            what the API requires of its callers: none, iam (AWS credentials) or jwt (tokens)
  --tidb-version 8.5     the TiDB release that the sandboxes imitate: 6.5.12, 7.5, 8.5.5, …`;

const options = readCommandLine(USAGE, (args) => startOptions(args, process.env));

const stopRequested = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopRequested.resolve());

try {
  if (options.authorization === 'none') {
    console.error('anyone on this machine may call the API: --auth iam or --auth jwt requires credentials');
  }
  // Notice a port in use before the synthesis, which takes seconds.
  await (await listenOnLoopback(() => undefined, options.port)).close();
  const { startTenantCloud } = await import('./tenant-cloud.ts');
  const cloud = await startTenantCloud({
    ...options,
    // A page of the API's own would have no credentials to call it with.
    ...(options.authorization === 'none' && {
      pages: { path: '/console', file: createConsoleFiles({ type: 'none' }) },
    }),
    log: (line) => console.error(line),
  });
  const { dynamodb, s3, stepfunctions, secretsmanager, lambda } = cloud.endpoints;
  const tidb = cloud.clusters.map(({ ports, ...account }) => account);
  const endpoints = { dynamodb, s3, stepfunctions, secretsmanager, lambda };
  console.log(`READY ${JSON.stringify({ api: cloud.api, auth: cloud.access, tidb, endpoints })}`);

  await stopRequested.promise;
  await cloud.stop();
} catch (error) {
  console.error('the local cloud did not start:', isPortInUse(error) ? `port ${error.port} is in use` : error);
  process.exitCode = 1;
}
// Do not leave this to the event loop: the interpreter's timers of running tasks may last for days.
process.exit();

function isPortInUse(error: unknown): error is Error & { readonly port: unknown } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}
