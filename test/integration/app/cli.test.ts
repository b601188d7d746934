import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

const ROOT = join(import.meta.dirname, '../../..');
const LAUNCHER = join(ROOT, 'clients/cli/bin/tidb-backup.js');
const BUNDLE = join(ROOT, 'clients/cli/dist/tidb-backup.cjs');

let cloud: TestCloud;
beforeAll(async () => {
  [cloud] = await Promise.all([
    startTestCloud({ tidb: { clusters: 2 }, authorization: { tokenClaims: {} } }),
    // Builds the file that the tests run.
    run('--version'),
  ]);
}, 120_000);
afterAll(() => cloud?.stop());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function start(
  args: readonly string[],
  env: Record<string, string>,
  command: readonly string[] = [process.execPath, LAUNCHER],
) {
  const [program = '', ...first] = command;
  // Only the necessary environment: no credentials of whoever runs the tests.
  return spawn(program, [...first, ...args], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(...args: string[]): Promise<Ran> {
  return ended(start(args, cloud === undefined ? {} : signedIn()));
}

async function ended(child: ReturnType<typeof start>): Promise<Ran> {
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

function signedIn(role = 'admin'): Record<string, string> {
  if (cloud.access.type !== 'iam') throw new Error('the cloud wants no signatures');
  const { region, callers } = cloud.access;
  return {
    TIDB_BACKUP_ENDPOINT: cloud.api,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: callers[role]?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: callers[role]?.secretAccessKey ?? '',
  };
}

it('backs up a cluster, restores it into another one, and deletes the backup', async () => {
  const [source = never(), target = never()] = cloud.clusters;
  const listed = await run('clusters', 'list');
  const backedUp = await run('backup', 'start', source.clusterId, '--wait', '--json');
  const { id, status } = JSON.parse(backedUp.out);
  const restored = await run('restore', 'start', id, '--into', target.clusterId, '--yes', '--watch');
  const unconfirmed = await run('backup', 'delete', id);
  const shown = await run('backup', 'show', id);
  const deleted = await run('backup', 'delete', id, '--yes');

  expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(source.clusterId) });
  expect({ code: backedUp.code, status }).toEqual({ code: 0, status: 'Finished' });
  expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/^Restore .* finished\n$/) });
  expect(unconfirmed).toMatchObject({ code: 7, err: expect.stringContaining('nothing was changed') });
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/status +Finished/) });
  expect(deleted).toMatchObject({ code: 0 });
}, 120_000);

it('says which policy a role lacks', async () => {
  const [{ clusterId } = never()] = cloud.clusters;
  const { code, err } = await ended(start(['backup', 'start', clusterId], signedIn('reader')));

  expect(code).toBe(1);
  expect(err).toMatch(/^Forbidden\nnext: .*policy/);
});

it('leaves the watched operation alone when it is interrupted', async () => {
  const [{ clusterId } = never()] = cloud.clusters;
  await run('config', 'set', 'BackupRateLimit', '1');
  const child = start(['backup', 'start', clusterId, '--watch'], signedIn());
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const { code } = await ended(child);
  const [record] = JSON.parse((await run('backup', 'list', '--cluster', clusterId, '--limit', '1', '--json')).out);

  expect(code).toBe(130);
  expect((await run('backup', 'watch', record.id)).code).toBe(0);
}, 60_000);

it('is one file, which a later call does not build again', async () => {
  const built = statSync(BUNDLE).mtimeMs;
  await run('--version');

  expect(statSync(BUNDLE).mtimeMs).toBe(built);
});

const node20 = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((path) => spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v20.'));

it.skipIf(node20 === undefined)('runs on Node.js 20', async () => {
  const { code, out } = await ended(start(['clusters', 'list'], signedIn(), [node20 ?? '', BUNDLE]));

  expect(code).toBe(0);
  expect(out).toContain('CLUSTER');
});

function never(): never {
  throw new Error('the cloud has two clusters');
}
