import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../functions/environment.ts';
import { bundledCode } from '../../infra/constructs/function/function-code.ts';
import { FUNCTION_DEFINITIONS } from '../../infra/constructs/function/function-definitions.ts';
import { newApp, synthesize } from '../../infra/synthesize.ts';
import { bundlesOf, importEnvironment } from '../support/bundles.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidb-backup-bundles-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What an import of the bundle prints or says, in a process that has nothing but what Lambda gives it. */
function importInBareNode(folder: string, name: FunctionName): { type: string; stderr: string } {
  const script = `import(process.argv[1]).then(({ handler }) => console.log(typeof handler))`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, pathToFileURL(join(folder, 'index.mjs')).href],
    { env: importEnvironment(name), encoding: 'utf8' },
  );
  return { type: stdout.trim(), stderr };
}

describe('the bundles of the local tenant', () => {
  // Nothing that the CDK would need to reach an account.
  for (const variable of Object.keys(process.env).filter((name) => name.startsWith('AWS_')))
    delete process.env[variable];
  const bundles = bundlesOf(synthesize({ tenant: 'local', outdir: join(scratch, 'first') }));

  it.each([...bundles])('%s exports a handler, with nothing installed beside it', (name, folder) => {
    expect(importInBareNode(folder, name)).toEqual({ type: 'function', stderr: '' });
  });

  it.each(['query', 'command'] satisfies FunctionName[])('%s holds no TiDB client', (name) => {
    const folder = bundles.get(name) ?? '';
    const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));

    expect(text.join('')).not.toContain('mysql_native_password');
  });

  it('are the same when they are made again', () => {
    const { entry } = FUNCTION_DEFINITIONS.query;
    const stack = new Stack(newApp(join(scratch, 'second')));
    const again = bundledCode(entry).bind(stack).s3Location?.objectKey;

    expect(again).toBe(`${bundles.get('query')?.split('asset.')[1]}.zip`);
  });
});
