import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tikvAccessKeyId } from '../../../infra/local/tikv-role.ts';

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

it('the demo of disasters recovers every row each time', { timeout: 240_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO, '--disaster', '--json', '--scale', '0.01']);

  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    ok: true,
    parts: [{ wrong: [] }, { wrong: [] }, { wrong: [] }],
  });
});
