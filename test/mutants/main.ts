import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine } from '../../infra/local/command-line.ts';
import { AREAS } from './areas.ts';
import type { Mutant } from './mutant.ts';

const USAGE = `Usage: npm run mutants [-- AREA …]
  Applies one mutant after the other to a copy of the tree, and runs its tests there. Results are kept until the mutated file
  or its tests change, so that an interrupted run continues where it stopped. Exits 0 if all were noticed.
  Areas: ${Object.keys(AREAS).join(', ')}; without one, all of them.`;

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/mutants.json');
const COPIED = [
  'functions',
  'infra',
  'statemachines',
  'scripts',
  'test',
  'clients',
  'docs',
  'README.md',
  'CONTRIBUTING.md',
  'package.json',
  'cdk.json',
  'tsconfig.json',
  'vitest.config.ts',
];

type Verdict = 'noticed' | 'survived';
type Verdicts = Record<string, Verdict>;

interface Mutation {
  path: string;
  original: string;
  mutated: string;
}

function areasIn(args: readonly string[]): readonly string[] {
  const unknown = args.filter((area) => !Object.hasOwn(AREAS, area));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}`);
  return args;
}

async function main(asked: readonly string[]): Promise<number> {
  const verdicts: Verdicts = existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, 'utf8')) : {};
  const copy = copyTree();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      endRun();
      rmSync(copy, { recursive: true, force: true });
      process.exit(130);
    });
  }
  let survived = 0;
  try {
    for (const [area, mutants] of Object.entries(AREAS)) {
      if (asked.length > 0 && !asked.includes(area)) continue;
      // Tests that fail by themselves would notice everything.
      if (mutants.some((mutant) => !isKnown(mutant, copy, verdicts))) await assertGreen(area, copy);
      const told: string[] = [];
      for (const mutant of mutants) {
        const verdict = await verdictOn(mutant, copy, verdicts);
        const { file, find, replace } = mutant;
        if (verdict !== 'noticed') told.push(`  ${verdict.toUpperCase()} ${file}\n    - ${find}\n    + ${replace}`);
      }
      console.log([`${area}: ${mutants.length - told.length} of ${mutants.length} noticed`, ...told].join('\n'));
      survived += told.length;
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

async function verdictOn(mutant: Mutant, copy: string, verdicts: Verdicts): Promise<Verdict | 'stale'> {
  const mutation = mutate(mutant, copy);
  if (mutation === undefined) return 'stale';
  const { path, original, mutated } = mutation;
  const key = keyOf(mutant, mutated);
  const known = verdicts[key];
  if (known !== undefined) return known;
  writeFileSync(path, mutated);
  try {
    const verdict = (await isGreen(mutant.tests, copy)) ? 'survived' : 'noticed';
    verdicts[key] = verdict;
    mkdirSync(join(CACHE, '..'), { recursive: true });
    writeFileSync(CACHE, JSON.stringify(verdicts));
    return verdict;
  } finally {
    writeFileSync(path, original);
  }
}

/** @returns `undefined` if the text does not occur exactly once, so that the list has to follow the code */
function mutate({ file, find, replace }: Mutant, copy: string): Mutation | undefined {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  const parts = original.split(find);
  if (parts.length !== 2) return undefined;
  return { path, original, mutated: parts.join(replace) };
}

function isKnown(mutant: Mutant, copy: string, verdicts: Verdicts): boolean {
  const mutation = mutate(mutant, copy);
  return mutation === undefined || verdicts[keyOf(mutant, mutation.mutated)] !== undefined;
}

async function assertGreen(area: string, copy: string): Promise<void> {
  const tests = [...new Set((AREAS[area] ?? []).flatMap((mutant) => mutant.tests))];
  if (!(await isGreen(tests, copy))) throw new Error(`the tests of ${area} fail without a mutant: ${tests.join(' ')}`);
}

/** A mutant may run forever, which counts as noticed. */
const LONGEST_RUN_MS = 5 * 60_000;

let endRun: () => void = () => {};

async function isGreen(tests: readonly string[], copy: string): Promise<boolean> {
  const run = ['run', '--bail=1', '--reporter=dot', ...tests];
  // A separate group: vitest's workers end with it.
  const vitest = spawn(join(ROOT, 'node_modules/.bin/vitest'), run, { cwd: copy, stdio: 'ignore', detached: true });
  endRun = () => {
    if (vitest.pid !== undefined && vitest.exitCode === null) process.kill(-vitest.pid, 'SIGKILL');
  };
  const timer = setTimeout(endRun, LONGEST_RUN_MS);
  const [status] = await once(vitest, 'exit');
  clearTimeout(timer);
  return status === 0;
}

/** A verdict depends most on these: the mutated file and the tests themselves. */
function keyOf({ file, tests }: Mutant, mutated: string): string {
  const hash = createHash('sha256').update(file).update(mutated);
  for (const test of tests) {
    const path = join(ROOT, test);
    hash.update(test).update(existsSync(path) && test.endsWith('.ts') ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

process.exitCode = await main(readCommandLine(USAGE, areasIn));
