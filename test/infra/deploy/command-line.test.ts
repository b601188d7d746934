import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../infra/deploy/main.ts', import.meta.url));

/** Without access to AWS, and without the `cdk` that would synthesize. */
function deploy(...args: string[]) {
  const env = { PATH: '', HOME: tmpdir(), AWS_EC2_METADATA_DISABLED: 'true' };
  return spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' });
}

it.each(['--help', 'example --help', 'example --exclusively -h'])('answers %s with its usage', (line) => {
  const { status, stdout } = deploy(...line.split(' '));

  expect(stdout).toMatch(/^Usage: npm run deploy/);
  expect(status).toBe(0);
});

it('says in one line that there are no credentials, before it synthesizes', () => {
  const { status, stderr } = deploy('example');

  expect(stderr).toMatch(/^no AWS credentials: .*\n$/);
  expect(status).toBe(1);
});
