import { DUE_SHARDS } from '../../functions/adapters/dynamodb/tables.ts';
import { startDueDrills } from '../../functions/operations/drill/start-due-drills.ts';
import { applyRetention } from '../../functions/operations/retention/apply-retention.ts';
import { measureBackupAges } from '../../functions/operations/status/measure-backup-ages.ts';
import { autoBackup } from '../../functions/operations/strategy/auto-backup.ts';
import type { EngineTables } from '../support/engine-tables.ts';
import { simulateSweep } from '../support/simulated-sweep.ts';
import type { Figure } from './figures.ts';
import { createSweepWorld, DUE, NOW } from './sweep-world.ts';

/** Percent by which a sweep of ten times as many clusters may differ. */
const DIFFERENCE_BUDGET = 10;

const section = `A sweep with ${DUE.toLocaleString('en')} due clusters`;

interface Cost {
  calls: number;
  bytes: number;
}

interface Sweep {
  /** Calls of one due cluster, besides those that many share. */
  each: number;
  /** @returns how many clusters were due */
  run: (deps: ReturnType<typeof depsOf>) => Promise<number>;
}

/** In an order in which none changes what is due for the next. */
const SWEEPS: Readonly<Record<string, Sweep>> = {
  // Its newest backup, by index and by record, and when to look again.
  'ages of backups': { each: 3, run: async (deps) => (await measureBackupAges(NOW, deps)).clusters },
  // Its newest backup, the workflow, the execution, and the next drill.
  drills: { each: 4, run: async (deps) => (await startDueDrills(NOW, deps)).started },
  // The cluster, its backups, those that stay; the deletion's record and execution.
  retention: { each: 5, run: async (deps) => (await applyRetention(NOW, deps)).removed },
  // The cluster's lock, the backup, the workflow and the execution.
  backups: { each: 4, run: async (deps) => (await autoBackup(NOW, deps)).started },
};

/** The cost of each sweep for a thousand due clusters, among this many and among others; and how soon 10,000 due backups start. */
export async function sweepFigures(sizes: readonly number[]): Promise<Figure[]> {
  const costs = new Map<string, Cost[]>(Object.keys(SWEEPS).map((name) => [name, []]));
  for (const size of sizes) {
    const deps = depsOf(await createSweepWorld(size));
    for (const [name, { run }] of Object.entries(SWEEPS)) costs.get(name)?.push(await costOf(name, run, deps));
  }
  return [...[...costs].flatMap(([name, each]) => figuresOf(name, each, sizes)), await simulatedStart()];
}

async function costOf(name: string, run: Sweep['run'], deps: ReturnType<typeof depsOf>): Promise<Cost> {
  const { traffic } = deps;
  const { calls, bytes } = traffic;
  const due = await quietly(() => run(deps));
  if (due !== DUE) throw new Error(`a sweep (${name}) found ${due} due clusters instead of ${DUE}`);
  return { calls: traffic.calls - calls, bytes: traffic.bytes - bytes };
}

function figuresOf(name: string, costs: readonly Cost[], sizes: readonly number[]): Figure[] {
  const { each = Number.NaN } = SWEEPS[name] ?? {};
  const difference = (what: keyof Cost) => {
    const values = costs.map((cost) => cost[what]);
    return (Math.max(...values) / Math.min(...values) - 1) * 100;
  };
  return [
    ...costs.map(({ calls }, index) => ({
      section,
      name: `${name}, of ${sizes[index]}`,
      value: calls,
      unit: 'calls',
      // A query per index shard, some pages of 100 clusters, and the configuration.
      budget: DUE_SHARDS.length + each * DUE + 50,
    })),
    { section, name: `${name}: difference in calls`, value: difference('calls'), unit: '%', budget: DIFFERENCE_BUDGET },
    { section, name: `${name}: difference in bytes`, value: difference('bytes'), unit: '%', budget: DIFFERENCE_BUDGET },
  ];
}

function depsOf({ stores, traffic }: EngineTables) {
  return {
    ...stores,
    traffic,
    // Starts nothing: what an execution costs later does not belong to the sweep.
    executions: {
      arnOf: (flowName: string, id: string) => `arn:aws:states:us-east-1:111122223333:execution:${flowName}:${id}`,
      exists: async () => false,
      async start() {
        traffic.calls += 1;
        return true;
      },
    },
    clock: { now: () => NOW },
    metrics: { emit: () => {} },
    events: { missed: () => Promise.reject(new Error('no window is missed here')) },
    defaultStoragePath: 'bench-bucket/tidb',
    ...{ everyCluster: false, hasProvisioner: true, hasTime: () => true },
  };
}

/** Simulated, because it would start 10,000 executions. */
async function simulatedStart(): Promise<Figure> {
  const { sweep, seconds } = await simulateSweep(10_000);
  const value = sweep.started === sweep.due ? seconds : Number.NaN;
  return {
    section: 'Windows of 10,000 clusters open',
    name: 'until all backups have started, simulated',
    value,
    unit: 's',
    budget: 90,
  };
}

/** Without the log lines of what it starts and removes. */
async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { info } = console;
  console.info = () => {};
  try {
    return await work();
  } finally {
    console.info = info;
  }
}
