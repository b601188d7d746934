import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { FunctionName } from '../../functions/environment.ts';
import { bundlesOf, FUNCTION_NAMES, importEnvironment } from '../support/bundles.ts';
import type { Figure } from './figures.ts';
import { importCosts } from './import-cost.ts';

const REFERENCE = join(import.meta.dirname, 'reference-handler.ts');

/** The design's aims, to the reference bundle. */
const IMPORT_BUDGETS: Partial<Record<FunctionName, number>> = { query: 0.6, command: 0.8 };

/** What each function's bundle weighs, and what importing it costs above a Node that imports nothing. */
export async function bundleFigures(template: string): Promise<Figure[]> {
  const folders = bundlesOf(template);
  const scratch = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
  try {
    const reference = join(scratch, 'reference.cjs');
    // The settings that CDK's NodejsFunction takes when it is given none.
    await build({ entryPoints: [REFERENCE], outfile: reference, bundle: true, platform: 'node', target: 'node24' });
    const modules = Object.fromEntries([...folders].map(([name, folder]) => [name, join(folder, 'index.mjs')]));
    const costs = importCosts(modules, reference, Object.assign({}, ...FUNCTION_NAMES.map(importEnvironment)));
    return [
      ...[...folders].map(([name, folder]) => ({
        section: 'Size of a deployed bundle',
        name,
        value: Math.round(folderBytes(folder) / 1024),
        unit: 'KiB',
      })),
      ...costs.map(({ name, ratio }) => ({
        section: 'CPU to import a bundle, above bare Node, to the reference bundle',
        name,
        value: ratio,
        unit: '×',
        ...budgetOf(name),
      })),
    ];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function budgetOf(name: string): { budget?: number } {
  const budget = Object.entries(IMPORT_BUDGETS).find(([limited]) => limited === name)?.[1];
  return budget === undefined ? {} : { budget };
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((total, file) => total + statSync(join(folder, file)).size, 0);
}
