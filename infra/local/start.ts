/** `npm start`: the local cloud with two TiDB sandboxes, until SIGINT or SIGTERM. `PORT` is the API's (default 8080, 0: any free one). */
import { startTenantCloud } from './tenant-cloud.ts';

const port = Number(process.env.PORT ?? 8080);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`PORT must be a whole number from 0 to 65535, not "${process.env.PORT}"`);
  process.exit(1);
}

const stopRequested = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopRequested.resolve());

const cloud = await startTenantCloud({ port, tidb: { clusters: 2 }, log: (line) => console.error(line) });
const { dynamodb, s3, stepfunctions, secretsmanager } = cloud.endpoints;
const ready = {
  api: cloud.api,
  tidb: cloud.clusters.map(({ clusterId, host, port: tidbPort, user, password }) => ({
    clusterId,
    host,
    port: tidbPort,
    user,
    password,
  })),
  endpoints: { dynamodb, s3, stepfunctions, secretsmanager },
};
console.log(`READY ${JSON.stringify(ready)}`);

await stopRequested.promise;
await cloud.stop();
// The interpreter's timers of tasks that were running may last for days.
process.exit(0);
