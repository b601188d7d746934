/**
 * `npm run bench`: measures calls, bundles, latency, throughput and memory, prints them and writes `bench.json`.
 * Exits 1 if a figure is over its budget.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../../infra/local/command-line.ts';
import { synthesize } from '../../infra/synthesize.ts';
import { LOCAL_TENANT } from '../../infra/tenant-config.ts';
import { awsCallFigures } from './aws-calls.ts';
import { startBenchCloud } from './bench-cloud.ts';
import { bundleFigures } from './bundles.ts';
import { deleteFigures } from './delete-files.ts';
import { type Figure, formatFigures, isOverBudget } from './figures.ts';
import { listPageFigures } from './list-pages.ts';
import { demoMemoryFigures, functionMemoryFigures } from './memory.ts';
import { statementLatencyFigures } from './statement-latency.ts';
import { sweepFigures } from './sweep.ts';
import { throughputFigures } from './throughput.ts';

const OUTPUT = 'bench.json';

const USAGE = `Usage: npm run bench
  Measures calls, bundles, latency, throughput and memory, prints them and writes ${OUTPUT}. It takes no options. Exits 1 if a figure
  is over its budget.`;

readCommandLine(USAGE, (args) => parseArgs({ args, options: {} }));

const figures = [
  ...(await bundles()),
  ...(await onLocalCloud()),
  ...(await deleteFigures()),
  ...(await listPageFigures()),
  ...(await sweepFigures()),
  ...(await demoMemoryFigures()),
];
const over = figures.filter(isOverBudget);

console.log(formatFigures(figures));
writeFileSync(OUTPUT, `${JSON.stringify({ node: process.version, figures }, undefined, 2)}\n`);
console.log(`\n${figures.length} figures, ${over.length} over budget; written to ${OUTPUT}`);
process.exit(over.length === 0 ? 0 : 1);

/** First, on a machine that does nothing else. */
async function bundles(): Promise<Figure[]> {
  const assembly = mkdtempSync(join(tmpdir(), 'bench-assembly-'));
  try {
    return await bundleFigures(synthesize({ tenant: LOCAL_TENANT, outdir: assembly }));
  } finally {
    rmSync(assembly, { recursive: true });
  }
}

async function onLocalCloud(): Promise<Figure[]> {
  const bench = await startBenchCloud();
  try {
    // In this order: calls want few rows, memory counts every process since its start.
    return [
      ...(await awsCallFigures(bench)),
      ...(await statementLatencyFigures(bench)),
      ...(await functionMemoryFigures(bench)),
      ...(await throughputFigures(bench)),
    ];
  } finally {
    await bench.cloud.stop();
  }
}
