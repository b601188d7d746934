import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine } from '../../infra/local/command-line.ts';
import { AREAS } from './areas.ts';
import type { Mutant } from './mutant.ts';

const USAGE = `Usage: npm run mutants [-- AREA …]
  Applies one mutant after the other to a copy of the tree, and runs its tests there. What was found out is kept until the mutated file
  or its tests change, so that an interrupted run goes on where it stopped. Exits 0 if all were noticed.
  Areas: ${Object.keys(AREAS).join(', ')}; without one, all of them.`;

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

function areasIn(args: readonly string[]): readonly string[] {
  const unknown = args.filter((area) => !Object.hasOwn(AREAS, area));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}`);
  return args;
}

function main(asked: readonly string[]): number {
  const verdicts: Verdicts = existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, 'utf8')) : {};
  const copy = copyTree();
  let survived = 0;
  try {
    for (const [area, mutants] of Object.entries(AREAS)) {
      if (asked.length > 0 && !asked.includes(area)) continue;
      // Tests that fail of themselves would notice everything.
      if (mutants.some((mutant) => verdicts[keyOf(mutant, mutate(mutant, copy).mutated)] === undefined))
        assertGreen(area, copy);
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
  const { path, original, mutated } = mutate(mutant, copy);
  const key = keyOf(mutant, mutated);
  const known = verdicts[key];
  if (known !== undefined) return known;
  writeFileSync(path, mutated);
  try {
    const verdict = isGreen(mutant.tests, copy) ? 'survived' : 'noticed';
    verdicts[key] = verdict;
    mkdirSync(join(CACHE, '..'), { recursive: true });
    writeFileSync(CACHE, JSON.stringify(verdicts));
    return verdict;
  } finally {
    writeFileSync(path, original);
  }
}

function mutate({ file, find, replace }: Mutant, copy: string): { path: string; original: string; mutated: string } {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  const parts = original.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times, not once: ${find}`);
  return { path, original, mutated: parts.join(replace) };
}

function assertGreen(area: string, copy: string): void {
  const tests = [...new Set((AREAS[area] ?? []).flatMap((mutant) => mutant.tests))];
  if (!isGreen(tests, copy)) throw new Error(`the tests of ${area} fail without a mutant: ${tests.join(' ')}`);
}

function isGreen(tests: readonly string[], copy: string): boolean {
  const vitest = join(ROOT, 'node_modules/.bin/vitest');
  const run = ['run', '--bail=1', '--reporter=dot', ...tests];
  const { status } = spawnSync(vitest, run, { cwd: copy, stdio: 'ignore' });
  if (status === null) throw new Error('the run was interrupted');
  return status === 0;
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

process.exitCode = main(readCommandLine(USAGE, areasIn));
