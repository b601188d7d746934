import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRouter } from '../../../functions/api/http/router.ts';
import { ALL_ROUTES } from '../../../functions/api/openapi/this-api.ts';
import { readPage, sectionOf } from '../../support/docs.ts';
import { expectDocumented } from '../../support/documented-answers.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

const CURL = fileURLToPath(new URL('../../support/curl.ts', import.meta.url));

/** Its backups and restores, each with cold functions on a possibly busy machine. */
const TOUR_MS = 240_000;

/** What `npm start` starts. */
let cloud: TestCloud;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'readme-tour-'));
  cloud = await startTestCloud({ tidb: { clusters: 2 }, idleSeconds: 60 });
  await fillFirstSandbox();
}, 180_000);
afterAll(async () => {
  await cloud.stop();
  await rm(scratch, { recursive: true });
});

/** Eight megabytes: at the tour's one MiB/s, long enough to cancel. */
async function fillFirstSandbox(): Promise<void> {
  // The tour takes its clusters from the list, which is newest first.
  const { data } = (await (await fetch(`${cloud.api}/clusters`)).json()) as {
    data: { clusters: { clusterId: string }[] };
  };
  const source = cloud.clusters.find(({ clusterId }) => clusterId === data.clusters[0]?.clusterId);
  if (source === undefined) throw new Error('the list names no sandbox');
  const { host, port, user, password } = source;
  const connection = await createConnection({ host, port, user, password });
  await connection.query('CREATE DATABASE shop');
  await connection.query('CREATE TABLE shop.orders (id INT PRIMARY KEY, filler LONGTEXT)');
  for (let id = 0; id < 8; id += 1) {
    await connection.query('INSERT INTO shop.orders VALUES (?, ?)', [id, 'x'.repeat(2 ** 20)]);
  }
  await connection.end();
}

interface Sent {
  method: string;
  url: string;
  status: number;
  body: string;
}

/** Runs the tour in a shell, with this cloud's address and our `curl`. */
async function walk(tour: string): Promise<{ sent: Sent[]; errors: string; exitCode: number }> {
  const log = join(scratch, 'sent');
  const curl = join(scratch, 'curl');
  await writeFile(curl, `#!/bin/sh\nexec "${process.execPath}" "${CURL}" "$@"\n`);
  await chmod(curl, 0o755);
  // -e: a failing line ends it; -u: so does an unset variable.
  const child = spawn('sh', ['-eu', '-c', tour], {
    env: {
      PATH: [scratch, dirname(process.execPath), process.env.PATH].join(delimiter),
      CURL_LOG: log,
      NODE_COMPILE_CACHE: join(scratch, 'cache'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.timeout(TOUR_MS),
  });
  const [errors, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  return { sent: lines.map((line) => JSON.parse(line)), errors, exitCode };
}

it('every line of the tour in docs/api.md works, and covers every route', { timeout: TOUR_MS + 10_000 }, async () => {
  const section = sectionOf(readPage('docs/api.md'), 'A tour of all routes');
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  const tour = blocks.join('').replace(/^API=.*$/m, `API=${cloud.api}`);
  const find = createRouter<never>(ALL_ROUTES);

  const { sent, errors, exitCode } = await walk(tour);

  expect({ errors, exitCode }).toEqual({ errors: '', exitCode: 0 });
  for (const { method, url, status, body } of sent) {
    expect(status, `${method} ${url} ${body}`).toBe(200);
    expectDocumented({ method, path: new URL(url).pathname, status, body: JSON.parse(body) });
  }
  const routes = new Set(sent.map(({ method, url }) => find(method, new URL(url).pathname)?.name));
  expect([...routes].sort()).toEqual(Object.keys(ALL_ROUTES).sort());
});
