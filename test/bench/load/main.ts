/**
 * `npm run load [-- --clusters 200 --clients 100 --seconds 60 --think 5000]`: backs up many clusters at once while clients send requests of
 * all routes, and prints the results. Exits 1 if anything was lost, doubled or wrong, or memory grew. The default size needs some 16 GiB:
 * every running backup and request is a process. Two cores, which also run all of "AWS", carry some 20 requests a second; beyond that they
 * show their own limits, not the service's.
 */
import { parseArgs } from 'node:util';
import { numberOf, readCommandLine } from '../../../infra/local/command-line.ts';
import { figureTable, isOverBudget } from '../figures.ts';
import { loadFigures } from './report.ts';

const USAGE = `Usage: npm run load [-- options]
  Backs up many clusters at once while clients send requests. Exits 1 if anything was lost, doubled or wrong, or memory grew.
  --clusters 200         how many clusters
  --clients 100          how many clients
  --seconds 60           how long
  --think 5000           mean pause of a client between two requests, in milliseconds`;

const size = readCommandLine(USAGE, (args) => {
  const { values } = parseArgs({
    args,
    options: {
      clusters: { type: 'string', default: '200' },
      clients: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '60' },
      think: { type: 'string', default: '5000' },
    },
  });
  const count = (option: 'clusters' | 'clients' | 'seconds' | 'think', from: number) =>
    numberOf(
      `--${option}`,
      values[option],
      (value) => Number.isInteger(value) && value >= from,
      `a whole number from ${from} on`,
    );
  return {
    clusters: count('clusters', 1),
    clients: count('clients', 1),
    seconds: count('seconds', 1),
    thinkMs: count('think', 0),
  };
});
// Imported once the command line is valid: they take a second to load.
const [{ startTenantCloud }, { runLoad }] = await Promise.all([
  import('../../../infra/local/tenant-cloud.ts'),
  import('./run.ts'),
]);
const began = performance.now();
const report = await runLoad(size, startTenantCloud, (what) => {
  console.error(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${what}`);
});
const figures = loadFigures(size, report);
console.log(figureTable(figures, new Map()));
for (const what of [...report.broken, ...report.recorder.wrong].slice(0, 20))
  console.log(`WRONG  ${what.slice(0, 500)}`);
process.exit(figures.some(isOverBudget) ? 1 : 0);
