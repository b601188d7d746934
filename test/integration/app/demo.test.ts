import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createClient } from '../../../clients/typescript/client.ts';
import { runDisasterDemo } from '../../../infra/local/demo/disaster-flow.ts';
import type { Shown } from '../../../infra/local/demo/full-flow.ts';
import { tikvAccessKeyId } from '../../../infra/local/tikv-role.ts';
import { readTenantConfig } from '../../../infra/tenant-config.ts';
import { appOfTenant } from '../support/app-of-tenant.ts';
import { startTestCloud } from '../support/cloud.ts';

const DEMO = join(import.meta.dirname, '../../../infra/local/demo/main.ts');

it('the demo succeeds, and prints no database account and no key', { timeout: 240_000 }, async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO, '--json', '--scale', '0.01']);

  const result: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(result).toMatchObject({ ok: true, tables: 8 });
  // The passwords of both sandboxes, and the keys of their nodes' role.
  for (const secret of ['sandbox-1', 'sandbox-2', tikvAccessKeyId('1'), tikvAccessKeyId('2')]) {
    expect(stdout + stderr).not.toContain(secret);
  }
});

// In this process, whose app is synthesized and compiled.
it('the demo of disasters recovers every row each time', { timeout: 240_000 }, async () => {
  const cloud = await startTestCloud({
    template: await appOfTenant(readTenantConfig('local-copy')),
    tidb: { clusters: 2 },
    buckets: [{ name: 'local-second-copy', region: 'eu-west-1' }],
    // What the attacker may not do is part of the demo.
    onDenied: () => undefined,
  });
  try {
    const [source, target] = cloud.clusters;
    if (source === undefined || target === undefined) throw new Error('the cloud has two clusters');
    const { logicalId: copies = '' } = cloud.functions().find((each) => /^CopiesCopies/.test(each.logicalId)) ?? {};
    const time = new Date(Date.now() + 86_400_000).toISOString();
    const findCopies = async () => expect(await cloud.invoke(copies, { time })).toMatchObject({ ok: true });
    const shown: Shown[] = [];

    await runDisasterDemo(
      {
        ...{ cloud, api: createClient({ baseUrl: cloud.api }), source, target, scale: 0.01 },
        ...{ findCopies, onStep: () => undefined },
      },
      (each) => shown.push(each),
    );

    expect(shown).toMatchObject([{ wrong: [] }, { wrong: [] }, { wrong: [] }]);
  } finally {
    await cloud.stop();
  }
});
