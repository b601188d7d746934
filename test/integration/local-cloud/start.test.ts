import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const START = fileURLToPath(new URL('../../../infra/local/start.ts', import.meta.url));

interface Ready {
  readonly api: string;
  readonly tidb: readonly { clusterId: string; host: string; port: number; user: string; password: string }[];
  readonly endpoints: Readonly<Record<string, string>>;
}

async function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, [START], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, for Ctrl-C.
    detached: true,
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const exited = once(child, 'exit');
  const ready = new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('READY ')) resolve(JSON.parse(line.slice(6)));
    });
    exited.then(() => reject(new Error(errors.join('\n'))), reject);
  });
  return { child, ready, exited };
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection(port, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

it('prints where everything is, knows its clusters, and leaves nothing behind after Ctrl-C', async () => {
  const { child, ready, exited } = await start({ PORT: '0' });
  const { api, tidb, endpoints } = await ready;
  const ports = [api, ...Object.values(endpoints)].map((url) => Number(new URL(url).port));
  ports.push(...tidb.map(({ port }) => port));

  const listed = (await (await fetch(`${api}/clusters`)).json()) as { data: { clusters: { clusterId: string }[] } };
  const open = await Promise.all(ports.map(accepts));
  // The terminal sends it to the whole group: parent and functions alike.
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  const [status] = await exited;

  expect(Object.keys(endpoints)).toEqual(['dynamodb', 's3', 'stepfunctions', 'secretsmanager']);
  expect(listed.data.clusters.map(({ clusterId }) => clusterId).sort()).toEqual(
    tidb.map(({ clusterId }) => clusterId).sort(),
  );
  expect(tidb).toHaveLength(2);
  expect(open).not.toContain(false);
  expect(status).toBe(0);
  expect(await Promise.all(ports.map(accepts))).not.toContain(true);
}, 120_000);

it('refuses a port that is none', async () => {
  const { ready, exited } = await start({ PORT: 'http' });

  await expect(ready).rejects.toThrow('PORT must be a whole number from 0 to 65535, not "http"');
  expect((await exited)[0]).toBe(1);
});
