import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { credentialsFor } from '../../../infra/local/aws/http-api/api-credentials.ts';
import type { ApiAccess } from '../../../infra/local/aws/http-api/authorizers.ts';
import { startOptions } from '../../../infra/local/start-options.ts';

const START = fileURLToPath(new URL('../../../infra/local/start.ts', import.meta.url));

interface Ready {
  readonly api: string;
  readonly auth: Extract<ApiAccess, { type: 'jwt' }>;
  readonly tidb: readonly { clusterId: string; host: string; port: number; user: string; password: string }[];
  readonly endpoints: Readonly<Record<string, string>>;
}

async function start(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A separate process group, for Ctrl-C.
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

it('says in one line that its port is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  const { ready, exited } = await start({ PORT: String(port) }, '--auth', 'iam');

  await expect(ready).rejects.toThrow(/^the local cloud did not start: port \d+ is in use$/);
  expect(await exited).toEqual([1, null]);
  taken.close();
});

it('prints its addresses and how to authenticate, knows its clusters, and leaves nothing behind after Ctrl-C', async () => {
  const { child, ready, exited } = await start({ PORT: '0' }, '--auth', 'jwt');
  const { api, auth, tidb, endpoints } = await ready;
  const ports = [api, auth.tokenUrl, ...Object.values(endpoints)].map((url) => Number(new URL(url).port));
  ports.push(...tidb.map(({ port }) => port));

  const url = `${api}/clusters`;
  const stranger = await fetch(url);
  const console = await fetch(new URL('/console', api));
  const headers = await credentialsFor(auth, 'reader', { method: 'GET', url });
  const listed = (await (await fetch(url, { headers })).json()) as { data: { clusters: { clusterId: string }[] } };
  const refused = await fetch(url, { method: 'POST', headers, body: '{}' });
  const open = await Promise.all(ports.map(accepts));
  // The terminal sends it to the whole group, parent and functions alike.
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  const [status] = await exited;

  expect(stranger.status).toBe(401);
  // It could not sign what it asks.
  expect(console.status).toBe(404);
  expect(await refused.json()).toMatchObject({ code: 70600, message: expect.stringContaining('scope backup:admin') });
  expect(Object.keys(endpoints)).toEqual(['dynamodb', 's3', 'stepfunctions', 'secretsmanager', 'lambda']);
  expect(listed.data.clusters.map(({ clusterId }) => clusterId).sort()).toEqual(
    tidb.map(({ clusterId }) => clusterId).sort(),
  );
  expect(tidb).toHaveLength(2);
  expect(open).not.toContain(false);
  expect(status).toBe(0);
  // Not its ports: others may have taken them by now.
  expect(() => process.kill(-(child.pid ?? Number.NaN), 0)).toThrow('ESRCH');
}, 120_000);

it('fails with the reason', async () => {
  const { ready, exited } = await start({ PORT: 'http' });

  await expect(ready).rejects.toThrow('PORT must be a whole number from 0 to 65535, not "http"');
  expect((await exited)[0]).toBe(1);
});

describe('the command line', () => {
  it('lets anyone in by default, so that any TiEM client works unchanged', () => {
    expect(startOptions([], {})).toEqual({ port: 8080, authorization: 'none', tidb: { clusters: 2 } });
  });

  it('may require credentials', () => {
    expect(startOptions(['--auth', 'iam'], { PORT: '0' })).toMatchObject({ port: 0, authorization: 'iam' });
    expect(() => startOptions(['--auth', 'basic'], {})).toThrow('--auth must be one of none, iam, jwt, not "basic"');
  });

  it('may name the TiDB release that the sandboxes imitate', () => {
    expect(startOptions(['--tidb-version', '7.5'], {}).tidb).toEqual({ clusters: 2, version: '7.5' });
    expect(() => startOptions(['--tidb-version', 'old'], {})).toThrow("TiDB version 'old' is not like 8.5 or 8.5.1");
  });
});
