import type { Figure } from '../figures.ts';
import type { LoadReport, LoadSize } from './run.ts';

/** For a Lambda function with 512 MiB, as in `npm run bench`. */
const PEAK_BUDGET_MIB = 192;
/** Above the noise of a garbage collector; a leak of a kilobyte per request shows. */
const GROWTH_BUDGET_MIB = 16;

/** The measurements and the promises: what must not happen has a budget of 0. */
export function loadFigures({ clusters, clients, seconds }: LoadSize, report: LoadReport): Figure[] {
  const { recorder, memory, atOnce, backups, settleSeconds, broken } = report;
  const figures: Figure[] = [];
  const section = (name: string) => (what: string, value: number, unit: string, budget?: number) =>
    figures.push({ section: name, name: what, value, unit, ...(budget !== undefined && { budget }) });

  const size = section(`${clusters} clusters, ${clients} clients, ${seconds} s`);
  size('backups of the fleet running at the same time', atOnce, '');
  size('backups in all', backups, '');
  size('requests', recorder.requests, '');
  size('from the first release until everything had ended', settleSeconds, 's');

  const promised = section('Promised never to happen');
  promised('lost or doubled', broken.length, '', 0);
  promised('wrong answers', recorder.wrong.length, '', 0);
  promised('failures of the service', sum(recorder.errors), '', 0);

  const latency = section('Latency');
  for (const [route, values] of [['all', [...recorder.latencies.values()].flat()] as const, ...recorder.latencies]) {
    const sorted = values.toSorted((a, b) => a - b);
    for (const percent of [50, 95, 99]) latency(`${route}, p${percent}`, at(sorted, percent), 'ms');
  }

  const refused = section('Refused, as expected');
  for (const [kind, count] of recorder.refusals) refused(kind, count, '');
  const failed = section('Failures');
  for (const [kind, count] of recorder.errors) failed(kind, count, '');

  const held = section('Memory of the functions');
  for (const { name, processes, peak, growth } of memory.figures()) {
    held(`${name}: processes`, processes, '');
    held(`${name}: largest`, Math.round(peak), 'MiB', PEAK_BUDGET_MIB);
    held(`${name}: growth in the second half`, Math.round(growth), 'MiB', GROWTH_BUDGET_MIB);
  }
  return figures;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** Percentile of sorted values, rounded to the millisecond. */
function at(sorted: readonly number[], percent: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0);
}
