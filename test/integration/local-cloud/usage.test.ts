import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** The project's own scripts; the others are tools with their own usage. */
const OWN = Object.entries(scripts).flatMap(([name, command]) => {
  const [, file] = /^node (?:--\S+ )*(\S+\.ts)$/.exec(command) ?? [];
  return file === undefined ? [] : [[name, file] as const];
});

function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('every script of the project', () => {
  it('is covered here', () => {
    expect(OWN.map(([name]) => name)).toEqual(expect.arrayContaining(['start', 'demo', 'deploy', 'bench', 'load']));
  });

  it.each(OWN)('%s answers --help and an unknown option with its usage', async (name, file) => {
    const [help, unknown] = await Promise.all([run(file, '--help'), run(file, '--bogus')]);

    expect(help.stderr).toBe('');
    expect(help.stdout).toMatch(new RegExp(`^Usage: npm (run )?${name}\\b`));
    expect(help.status).toBe(0);
    expect(unknown.stdout + unknown.stderr).toMatch(new RegExp(`Usage: npm (run )?${name}\\b`));
    expect(unknown.stdout + unknown.stderr).not.toMatch(/^\s+at /m);
    expect(unknown.status).toBe(1);
  });

  it('names the invalid value of an option', async () => {
    const { status, stderr } = await run('infra/local/demo/main.ts', '--scale', 'big');

    expect(stderr).toContain('--scale must be a number above 0, up to 100, not "big"');
    expect(status).toBe(1);
  });
});
