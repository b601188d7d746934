import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

interface Position {
  readonly line: number;
  readonly column: number;
}

/** As Stryker passes it to a checker; lines and columns count from 0. */
interface StrykerMutant {
  readonly id: string;
  readonly fileName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

type CheckResult = { status: 'passed' } | { status: 'compileError'; reason: string };

const ROOT = join(import.meta.dirname, '../..');

/** This many copies are a small program compared with what they import. */
const CONCURRENCY = 250;

const run = promisify(execFile);

/**
 * Rejects what TypeScript refuses before Stryker runs it: `npm test` begins with `tsc`, which notices it. Stryker's own checker needs
 * TypeScript's JavaScript API, which version 7 lacks. Instead, each mutant becomes a copy of its file in a folder that `rootDirs` lays over
 * the project, and one run of `tsc` covers hundreds of them.
 */
class TypeChecker {
  async init(): Promise<void> {}

  async group(mutants: readonly StrykerMutant[]): Promise<string[][]> {
    const ids = mutants.map(({ id }) => id);
    return Array.from({ length: Math.ceil(ids.length / CONCURRENCY) }, (_, i) =>
      ids.slice(i * CONCURRENCY, (i + 1) * CONCURRENCY),
    );
  }

  async check(mutants: readonly StrykerMutant[]): Promise<Record<string, CheckResult>> {
    mkdirSync(join(ROOT, '.stryker-tmp'), { recursive: true });
    const folder = mkdtempSync(join(ROOT, '.stryker-tmp/types-'));
    try {
      const files = mutants.map((mutant) => writeCopy(mutant, folder));
      const refusals = refusalsIn(await compile(files, folder));
      return Object.fromEntries(mutants.map(({ id }) => [id, verdict(refusals.get(id))]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

const verdict = (reason: string | undefined): CheckResult =>
  reason === undefined ? { status: 'passed' } : { status: 'compileError', reason };

function writeCopy({ id, fileName, replacement, location: { start, end } }: StrykerMutant, folder: string): string {
  const source = readFileSync(fileName, 'utf8');
  const lines = source.split('\n');
  const offset = ({ line, column }: Position) => lines.slice(0, line).join('\n').length + Math.min(line, 1) + column;
  const copy = join(folder, `${relative(ROOT, fileName).slice(0, -'.ts'.length)}.${id}.ts`);
  mkdirSync(dirname(copy), { recursive: true });
  // A removed statement is a semicolon, which TypeScript refuses after an `if`.
  const mutated = replacement === ';' ? '{}' : replacement;
  writeFileSync(copy, source.slice(0, offset(start)) + mutated + source.slice(offset(end)));
  return copy;
}

/** @returns the output of `tsc` */
async function compile(files: readonly string[], folder: string): Promise<string> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { rootDirs: [ROOT, folder], typeRoots: [join(ROOT, 'node_modules/@types')] },
    include: [],
    files,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const args = ['--project', join(folder, 'tsconfig.json'), '--pretty', 'false'];
  try {
    await run(join(ROOT, 'node_modules/.bin/tsc'), args, { cwd: ROOT, maxBuffer: 2 ** 28 });
    return '';
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return String(error.stdout);
    throw error;
  }
}

/** The first error of each mutant, by its id. */
function refusalsIn(output: string): Map<string, string> {
  const refusals = new Map<string, string>();
  for (const [, id = '', reason = ''] of output.matchAll(/^\S+\.(\d+)\.ts\(\d+,\d+\): error (.*)$/gm)) {
    if (!refusals.has(id)) refusals.set(id, reason);
  }
  return refusals;
}

export const strykerPlugins = [{ kind: 'Checker', name: 'types', factory: () => new TypeChecker() }];
