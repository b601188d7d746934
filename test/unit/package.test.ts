import { expect, it } from 'vitest';
import * as z from 'zod';
import { readPage } from '../support/docs.ts';

const manifest = z.object({
  version: z.string(),
  engines: z.object({ node: z.string() }),
  devDependencies: z.object({ node: z.string() }),
});
const lockfile = z.object({
  version: z.string(),
  packages: z.record(z.string(), z.object({ engines: z.unknown().optional() })),
});

const { version, engines, devDependencies } = manifest.parse(JSON.parse(readPage('package.json')));
const lock = lockfile.parse(JSON.parse(readPage('package-lock.json')));

it('installs on every Node that `engines` names: no package requires a newer one (`npm run lock-engines`)', () => {
  expect(engines.node).toBe('>=20');
  expect(Object.entries(lock.packages).filter(([path, entry]) => path !== '' && entry.engines !== undefined)).toEqual(
    [],
  );
});

it('runs on the Node that .nvmrc names', () => {
  expect(devDependencies.node.split('.')[0]).toBe(readPage('.nvmrc').trim());
});

it('has one version, which the changelog describes', () => {
  expect(lock.version).toBe(version);
  expect(readPage('CHANGELOG.md')).toContain(`\n## [${version}] - `);
});
