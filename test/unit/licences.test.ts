import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ROOT, readPage, sectionOf } from '../support/docs.ts';

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({ license: z.string().optional(), dev: z.boolean().optional(), link: z.boolean().optional() }),
  ),
});

/** SPDX identifiers of licences that allow linking into a product under any licence. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
];

/** Development packages under other licences. None of them is in a bundle or an image. CONTRIBUTING.md, "Licences", says why each is here. */
const JUSTIFIED: Readonly<Record<string, string>> = {
  '@cloud-copilot/iam-policy': 'AGPL-3.0-or-later',
  '@cloud-copilot/iam-simulate': 'AGPL-3.0-or-later',
  '@cloud-copilot/iam-utils': 'AGPL-3.0-or-later',
  'axe-core': 'MPL-2.0',
  'caniuse-lite': 'CC-BY-4.0',
  lightningcss: 'MPL-2.0',
};

function isPermissive(licence: string): boolean {
  return licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((each) => PERMISSIVE.includes(each));
}

describe('an installed package', () => {
  const { packages } = lockfile.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
  const others = Object.entries(packages)
    .filter(([path, { license = 'unknown', link = false }]) => path !== '' && !link && !isPermissive(license))
    .map(([path, entry]) => ({ name: path.replace(/^.*node_modules\//, ''), ...entry }));

  it('has a permissive licence, or is a justified development package', () => {
    const found = others.map(({ name, license }) => [name.replace(/^(lightningcss)-.*/, '$1'), license]);

    expect(Object.fromEntries(found)).toEqual(JUSTIFIED);
  });

  it('brings nothing else into a bundle', () => {
    expect(others.filter(({ dev }) => dev !== true)).toEqual([]);
  });

  it('is justified by the documentation', () => {
    const licences = sectionOf(readPage('CONTRIBUTING.md'), 'Licences');

    for (const name of Object.keys(JUSTIFIED)) expect(licences).toContain(`\`${name}\``);
  });
});
