import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AREAS } from './areas.ts';
import type { Mutant } from './mutant.ts';

/**
 * `npm run mutants [AREA …]`: applies one mutant after the other to a copy of the tree, and runs its tests there. What was found out is
 * kept until the mutated file or its tests change, so that an interrupted run goes on where it stopped. Exit code 0: all were noticed.
 */
const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/mutants.json');
const COPIED = [
  'functions',
  'infra',
  'statemachines',
  'test',
  'clients',
  'docs',
  'README.md',
  'package.json',
  'cdk.json',
  'tsconfig.json',
  'vitest.config.ts',
];

type Verdict = 'noticed' | 'survived';
type Verdicts = Record<string, Verdict>;

function main(asked: readonly string[]): number {
  const unknown = asked.filter((area) => !Object.hasOwn(AREAS, area));
  if (unknown.length > 0) {
    console.error(
      `Usage: npm run mutants [AREA …]\nUnknown: ${unknown.join(', ')}. Areas: ${Object.keys(AREAS).join(', ')}`,
    );
    return 2;
  }
  const verdicts: Verdicts = existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, 'utf8')) : {};
  const copy = copyTree();
  let survived = 0;
  try {
    for (const [area, mutants] of Object.entries(AREAS)) {
      if (asked.length > 0 && !asked.includes(area)) continue;
      const survivors = mutants.filter((mutant) => verdictOn(mutant, copy, verdicts) === 'survived');
      console.log(`${area}: ${mutants.length - survivors.length} of ${mutants.length} noticed`);
      for (const { file, find, replace } of survivors)
        console.log(`  SURVIVED ${file}\n    - ${find}\n    + ${replace}`);
      survived += survivors.length;
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
  return survived === 0 ? 0 : 1;
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
  for (const name of COPIED) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function verdictOn(mutant: Mutant, copy: string, verdicts: Verdicts): Verdict {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  const parts = original.split(mutant.find);
  if (parts.length !== 2) throw new Error(`${mutant.file} holds ${parts.length - 1} times, not once: ${mutant.find}`);
  const mutated = parts.join(mutant.replace);
  const key = keyOf(mutant, mutated);
  const known = verdicts[key];
  if (known !== undefined) return known;
  writeFileSync(path, mutated);
  try {
    const vitest = join(ROOT, 'node_modules/.bin/vitest');
    const { status } = spawnSync(vitest, ['run', '--bail=1', '--reporter=dot', ...mutant.tests], {
      cwd: copy,
      stdio: 'ignore',
    });
    if (status === null) throw new Error('the run was interrupted');
    const verdict = status === 0 ? 'survived' : 'noticed';
    verdicts[key] = verdict;
    mkdirSync(join(CACHE, '..'), { recursive: true });
    writeFileSync(CACHE, JSON.stringify(verdicts));
    return verdict;
  } finally {
    writeFileSync(path, original);
  }
}

/** Of what a verdict depends on most: the mutated file and the tests themselves. */
function keyOf({ file, tests }: Mutant, mutated: string): string {
  const hash = createHash('sha256').update(file).update(mutated);
  for (const test of tests) {
    const path = join(ROOT, test);
    hash.update(test).update(existsSync(path) && test.endsWith('.ts') ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

process.exitCode = main(process.argv.slice(2));
