import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** CPU milliseconds (user and system) of a fresh Node that imports the module. */
function cpuToImport(modulePath: string | undefined, environment: Environment): number {
  const load = modulePath === undefined ? '' : `await import(${JSON.stringify(pathToFileURL(modulePath).href)});`;
  const report = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); process.exit(0);';
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', load + report], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`importing ${modulePath ?? 'nothing'} failed: ${stderr}`);
  return Number(stdout.trim().split('\n').at(-1));
}

type Environment = Readonly<Record<string, string>>;

export interface ImportCost {
  readonly name: string;
  /** Median CPU milliseconds above a bare Node. */
  readonly milliseconds: number;
  /** Relative to the reference bundle, in the same run. */
  readonly ratio: number;
}

/**
 * Measures all modules in turn, round after round, so that a change in the machine's speed affects all alike.
 * @param reference the bundle that every ratio refers to
 * @param environment what the handlers parse on import; any values do, since nothing is called
 */
export function importCosts(
  modules: Readonly<Record<string, string>>,
  reference: string,
  environment: Environment,
  rounds = 7,
): ImportCost[] {
  const bare: number[] = [];
  const naive: number[] = [];
  const samples = new Map<string, number[]>(Object.keys(modules).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    bare.push(cpuToImport(undefined, environment));
    naive.push(cpuToImport(reference, environment));
    for (const [name, path] of Object.entries(modules)) samples.get(name)?.push(cpuToImport(path, environment));
  }
  const floor = median(bare);
  const whole = median(naive) - floor;
  return [...samples].map(([name, values]) => {
    const milliseconds = median(values) - floor;
    return { name, milliseconds, ratio: milliseconds / whole };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
