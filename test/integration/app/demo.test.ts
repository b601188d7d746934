import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DEMO = join(import.meta.dirname, '../../../infra/local/demo/main.ts');

it('the demo ends well, and prints no account of a database, and no key', { timeout: 240_000 }, async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO, '--json', '--scale', '0.01']);

  const result: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(result).toMatchObject({ ok: true, tables: 8 });
  // The passwords of both sandboxes, and the keys of the role that their nodes have.
  expect(stdout + stderr).not.toMatch(/sandbox-[12]|TIKV-OF-SANDBOX|secret|password/i);
});
