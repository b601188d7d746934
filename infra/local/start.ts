/** `npm start`: the local cloud with two TiDB sandboxes, until SIGINT or SIGTERM. `PORT` is the API's (default 8080, 0: any free one). */
import { startTenantCloud } from './tenant-cloud.ts';

const stopRequested = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopRequested.resolve());

try {
  const cloud = await startTenantCloud({
    port: portOf(process.env.PORT ?? '8080'),
    tidb: { clusters: 2 },
    log: (line) => console.error(line),
  });
  const { dynamodb, s3, stepfunctions, secretsmanager } = cloud.endpoints;
  const tidb = cloud.clusters.map(({ ports, ...account }) => account);
  console.log(
    `READY ${JSON.stringify({ api: cloud.api, tidb, endpoints: { dynamodb, s3, stepfunctions, secretsmanager } })}`,
  );

  await stopRequested.promise;
  await cloud.stop();
} catch (error) {
  console.error('the local cloud did not start:', error);
  process.exitCode = 1;
}
// Not left to the event loop: the interpreter's timers of tasks that were running may last for days.
process.exit();

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}"`);
}
