import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { functionOf } from '../support/bundles.ts';
import { type BenchCloud, refill, startBackup, untilFinished } from './bench-cloud.ts';
import type { Figure } from './figures.ts';
import { peakResidentMiB, watchTree } from './process-memory.ts';

const FUNCTION_BUDGET_MIB = 192;
const DEMO_BUDGET_MIB = 1.2 * 1024;
/** Sample sizes to compare: memory must not depend on a cluster's size. */
const SCALES = [0.1, 1];
/** Above the noise of a garbage collector, far below a copy of the data. */
const GROWTH_BUDGET_MIB = 16;

/** Peak resident memory of each function over a whole backup and restore of a small and of a large cluster. */
export async function functionMemoryFigures(bench: BenchCloud): Promise<Figure[]> {
  const { api, cloud, source, target } = bench;
  const peaks = new Map<string, number[]>();
  for (const scale of SCALES) {
    await refill(target, 0);
    await refill(source, scale);
    const backupId = await startBackup(api, source);
    await untilFinished(api, backupId);
    const { workFlowId } = await api<{ workFlowId: string }>('POST', `/clusters/${target.clusterId}/restore`, {
      backupId,
    });
    await untilFinished(api, workFlowId);
    for (const { logicalId, processes } of cloud.functions()) {
      const name = functionOf(logicalId) ?? logicalId;
      const sizes = processes.flatMap(({ pid }) => peakResidentMiB(pid) ?? []);
      if (sizes.length > 0) peaks.set(name, [...(peaks.get(name) ?? []), Math.max(...sizes)]);
    }
  }
  const sizes = [...peaks];
  return [
    ...sizes.map(([name, [...each]]) => ({
      section: 'Peak resident memory of a function',
      name,
      value: Math.round(Math.max(...each)),
      unit: 'MiB',
      budget: FUNCTION_BUDGET_MIB,
    })),
    ...sizes.map(([name, [small = 0, ...larger]]) => ({
      section: 'Growth of it with a cluster ten times the size',
      name,
      value: Math.round(Math.max(small, ...larger) - small),
      unit: 'MiB',
      budget: GROWTH_BUDGET_MIB,
    })),
  ];
}

/** The whole process tree of `npm run demo`. */
export async function demoMemoryFigures(): Promise<Figure[]> {
  const script = join(import.meta.dirname, '../../infra/local/demo/main.ts');
  const demo = spawn(process.execPath, [script, '--json'], { stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const stop = watchTree(demo.pid ?? 0, (mib) => {
    peak = Math.max(peak, mib);
  });
  const started = performance.now();
  const [code] = await once(demo, 'exit');
  stop();
  if (code !== 0) throw new Error(`the demo ended with ${code}`);
  const section = 'The demo';
  return [
    {
      section,
      name: 'peak resident memory of its process tree',
      value: Math.round(peak),
      unit: 'MiB',
      budget: DEMO_BUDGET_MIB,
    },
    { section, name: 'seconds', value: (performance.now() - started) / 1_000, unit: 's' },
  ];
}
