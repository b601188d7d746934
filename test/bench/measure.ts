import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../infra/synthesize.ts';
import { LOCAL_TENANT } from '../../infra/tenant-config.ts';
import { awsCallFigures } from './aws-calls.ts';
import { startBenchCloud } from './bench-cloud.ts';
import { bundleFigures } from './bundles.ts';
import { consoleFigures } from './console.ts';
import { deleteFigures } from './delete-files.ts';
import type { Figure } from './figures.ts';
import { inWorker } from './in-worker.ts';
import { demoMemoryFigures, functionMemoryFigures } from './memory.ts';
import type { Part } from './parts.ts';
import { statementLatencyFigures } from './statement-latency.ts';
import { throughputFigures } from './throughput.ts';
import { writeFigures } from './writes.ts';

/** The figures of these parts. */
export async function measure({ parts, large }: { parts: readonly Part[]; large: boolean }): Promise<Figure[]> {
  const measures: Record<Part, () => Promise<Figure[]>> = {
    // First, while the machine does nothing else.
    bundles,
    cloud: onLocalCloud,
    deletion: deleteFigures,
    lists: () => inWorker({ part: 'lists' }),
    writes: writeFigures,
    sweeps: () => inWorker({ part: 'sweeps', sizes: large ? [100_000, 1_000_000] : [10_000, 100_000] }),
    console: consoleFigures,
    demo: demoMemoryFigures,
  };
  const figures = new Map<Part, Figure[]>();
  const run = async (part: Part) => {
    figures.set(part, await measures[part]());
  };
  for (const part of parts) if (!isCounted(part)) await run(part);
  await Promise.all(parts.filter(isCounted).map(run));
  return parts.flatMap((part) => figures.get(part) ?? []);
}

/** Whether it takes long to fill its tables, and measures no time: two of them may run at once. */
function isCounted(part: Part): boolean {
  return part === 'lists' || part === 'sweeps';
}

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
    // The order matters: calls need few rows, and memory counts every process from its start.
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
