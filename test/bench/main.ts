/** `npm run bench`: measures, prints one table and writes `bench.json`. Exits 1 if a figure exceeds its budget. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../../infra/local/command-line.ts';
import { ROOT } from '../support/docs.ts';
import { figuresOf, figureTable, isOverBudget, performancePage } from './figures.ts';
import { PARTS } from './parts.ts';

const OUTPUT = 'bench.json';
const PAGE = join(ROOT, 'docs/performance.md');

const USAGE = `Usage: npm run bench -- [PART...] [--keep] [--large]
  Measures, prints one table and writes ${OUTPUT}. Exits 1 if a figure is over its budget.
  PART    ${PARTS.join(', ')}; defaults to all of them
  --keep  writes the table to docs/performance.md, too
  --large sweeps 100,000 and 1,000,000 clusters instead of 10,000 and 100,000`;

const options = readCommandLine(USAGE, (args) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { keep: { type: 'boolean', default: false }, large: { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) throw new Error(`there is no part "${unknown[0]}"`);
  return { ...values, parts: PARTS.filter((part) => positionals.length === 0 || positionals.includes(part)) };
});

const page = readFileSync(PAGE, 'utf8');
// Imported once the command line is valid: it takes a second to load.
const { measure } = await import('./measure.ts');
const started = performance.now();
const figures = await measure(options);
const over = figures.filter(isOverBudget);

console.log(figureTable(figures, figuresOf(page)));
writeFileSync(OUTPUT, `${JSON.stringify({ node: process.version, figures }, undefined, 2)}\n`);
if (options.keep) writeFileSync(PAGE, performancePage(figures, figuresOf(page)));
const seconds = Math.round((performance.now() - started) / 1_000);
console.log(`\n${figures.length} figures in ${seconds} s, ${over.length} over budget; written to ${OUTPUT}`);
process.exit(over.length === 0 ? 0 : 1);
