import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources } from './fixture-template.ts';

const template = {
  Resources: functionResources({ Pid: { code: 'export const handler = async () => process.pid;' } }),
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pid: number) => until(`the end of process ${pid}`, () => !isAlive(pid) || undefined);

/** A separate process that runs a cloud with one function process and one TiDB sandbox, and prints their process ids. */
async function cloudProcess(): Promise<{ child: ChildProcess; pids: number[] }> {
  const module = fileURLToPath(new URL('../../../infra/local/local-cloud.ts', import.meta.url));
  const script = `
    const { startLocalCloud } = await import(${JSON.stringify(module)});
    const cloud = await startLocalCloud({ template: ${JSON.stringify(template)}, tidb: { clusters: 1 } });
    const { payload } = await cloud.invoke('Pid', {});
    console.log(JSON.stringify([Number(payload), cloud.tidb[0].pid]));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, pids: JSON.parse(line) };
}

it('two clouds run side by side', async () => {
  const clouds = await Promise.all([startLocalCloud({ template }), startLocalCloud({ template })]);

  const results = await Promise.all(clouds.map((cloud) => cloud.invoke('Pid', {})));

  const urls = clouds.flatMap(({ api, endpoints }) => [api, ...Object.values(endpoints)]);
  expect(new Set(urls).size).toBe(urls.length);
  for (const url of urls) expect(new URL(url).hostname).toBe('127.0.0.1');
  expect(results.every(({ ok }) => ok)).toBe(true);
  await Promise.all(clouds.map((cloud) => cloud.stop()));
});

it('stopping leaves no process and no server', async () => {
  const cloud = await startLocalCloud({ template });
  const result = await cloud.invoke('Pid', {});
  const pid = Number(result.ok && result.payload);
  expect(isAlive(pid)).toBe(true);

  await cloud.stop();

  expect(isAlive(pid)).toBe(false);
  await expect(fetch(cloud.endpoints.dynamodb)).rejects.toThrow();
});

it('functions and sandboxes end with a killed cloud', async () => {
  const { child, pids } = await cloudProcess();
  expect(pids.map(isAlive)).toEqual([true, true]);

  child.kill('SIGKILL');

  await Promise.all(pids.map(gone));
});

it('a sandbox that does not start is an error', async () => {
  const started = startLocalCloud({ template, tidb: { clusters: 2, version: 'none' } });

  await expect(started).rejects.toThrow('a TiDB sandbox did not start');
});

it('a failed start leaves nothing behind', async () => {
  const servers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'TCPServerWrap').length;
  const before = servers();
  // Detected last, when everything else has started.
  const template = {
    Resources: {
      Broken: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: 'api', RouteKey: 'GET /', Target: 'integrations/none' },
      },
    },
  };

  await expect(startLocalCloud({ template })).rejects.toThrow('targets "integrations/none"');

  expect(servers()).toBe(before);
});
