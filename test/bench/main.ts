/**
 * `npm run bench`: measures calls, bundles, latency, throughput and memory, prints them and writes `bench.json`.
 * Exits 1 if a figure is over its budget.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../../infra/local/command-line.ts';
import { formatFigures, isOverBudget } from './figures.ts';

const OUTPUT = 'bench.json';

const USAGE = `Usage: npm run bench
  Measures calls, bundles, latency, throughput and memory, prints them and writes ${OUTPUT}. It takes no options. Exits 1 if a figure
  is over its budget.`;

readCommandLine(USAGE, (args) => parseArgs({ args, options: {} }));

// Now that the command line is right: it takes a second to load.
const { measure } = await import('./measure.ts');
const figures = await measure();
const over = figures.filter(isOverBudget);

console.log(formatFigures(figures));
writeFileSync(OUTPUT, `${JSON.stringify({ node: process.version, figures }, undefined, 2)}\n`);
console.log(`\n${figures.length} figures, ${over.length} over budget; written to ${OUTPUT}`);
process.exit(over.length === 0 ? 0 : 1);
