import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Client, createClient } from '../../../clients/typescript/client.ts';
import { numberOf, readCommandLine } from '../command-line.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { sandboxesOf } from '../start-options.ts';
import { runDisasterDemo } from './disaster-flow.ts';
import { type DemoCluster, type DemoResult, type DemoStep, runDemoFlow } from './flow.ts';
import { runFullDemo, type Shown } from './full-flow.ts';
import { ProgressLine, table } from './terminal.ts';

const LABELS: Readonly<Record<DemoStep, string>> = {
  load: 'Loading the sample into cluster 1',
  backup: 'Backing up cluster 1',
  drop: 'Dropping the databases',
  restore: 'Restoring into cluster 2',
  compare: 'Comparing every row',
};

const USAGE = `Usage: npm run demo [-- options]
  Runs a whole backup and restore on this machine and compares every row. Exits 0 only if every table was restored unchanged.
  --full                 also shows the worker, incremental backups, a partial restore, retention and a drill
  --disaster             loses the table of records, the files to ransomware, and the bucket, and recovers every row each time
  --storage s3           where to store the backup: s3 or nfs
  --scale 1              the size of the sample, from above 0 to 100
  --tidb-version 8.5     the TiDB release that the sandboxes imitate: 6.5.12, 7.5, 8.5.5, …
  --json                 prints the result as JSON`;

const options = readCommandLine(USAGE, (args) => {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      disaster: { type: 'boolean', default: false },
      storage: { type: 'string', default: 's3' },
      scale: { type: 'string' },
      'tidb-version': { type: 'string' },
    },
  });
  const storage = (['s3', 'nfs'] as const).find((each) => each === values.storage);
  if (storage === undefined) throw new Error(`--storage must be s3 or nfs, not "${values.storage}"`);
  const isScale = (value: number) => value > 0 && value <= 100;
  if (values.scale !== undefined) numberOf('--scale', values.scale, isScale, 'a number above 0, up to 100');
  sandboxesOf(values['tidb-version']);
  return { ...values, storage };
});

/** With this share of the sample the whole demo takes a minute. */
const FULL_SCALE = 0.4;

/** Thirty seconds are reserved for stopping the statement: the rest is too short for the slowed backup. */
const FUNCTION_SECONDS = 31;

const progress = new ProgressLine(process.stdout);
progress.show('Starting the local cloud');
// Imported once the command line is valid: it takes half a second to load.
const { startTenantCloud } = await import('../tenant-cloud.ts');
const cloud = await startTenantCloud({
  tidb: sandboxesOf(options['tidb-version']),
  // Most functions run once; their processes would be half of the demo's memory.
  idleSeconds: 1,
  ...(options.disaster && {
    tenant: 'local-copy',
    buckets: [{ name: 'local-second-copy', region: 'eu-west-1' }],
    // What the attacker may not do is part of the demo.
    onDenied: () => {},
  }),
  ...(options.full && {
    functionTimeout: (logicalId) => (/^BackupClusterBackupFunction/.test(logicalId) ? FUNCTION_SECONDS : undefined),
  }),
});
try {
  const [source, target] = cloud.clusters;
  if (source === undefined || target === undefined) throw new Error('the local cloud has fewer than two sandboxes');
  const api = createClient({ baseUrl: cloud.api });
  await api.call('POST /config/update', {
    body: { configKey: 'BackupStorageType', configValue: options.storage },
  });
  process.exitCode = (await (options.full || options.disaster
    ? showAll(api, source, target)
    : showOne(api, source, target)))
    ? 0
    : 1;
} catch (error) {
  progress.end();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await cloud.stop();
}
// The interpreter's timers of running tasks may last for days.
process.exit();

/** @returns whether every table was restored unchanged */
async function showOne(api: Client, source: DemoCluster, target: DemoCluster): Promise<boolean> {
  const result = await runDemoFlow(api, source, target, {
    scale: Number(options.scale ?? 1),
    onProgress: (step, percent) => progress.show(LABELS[step], percent),
  });
  progress.end();
  const files = await countFiles(cloud, result.path);
  console.log(`\n${table(summary(result, files))}\n`);
  const ok = result.differences.length === 0;
  for (const difference of result.differences) console.log(`DIFFERENT  ${difference}`);
  if (options.json) console.log(JSON.stringify(toJson(ok, result, files)));
  return ok;
}

/** @returns whether everything went as expected */
async function showAll(api: Client, source: DemoCluster, target: DemoCluster): Promise<boolean> {
  const parts: Shown[] = [];
  const scale = Number(options.scale ?? FULL_SCALE);
  const onStep = (what: string, percent?: number) => progress.show(what, percent);
  const began = performance.now();
  const onShown = (shown: Shown): void => {
    progress.end();
    console.log(`\n${shown.title}\n${table(shown.facts)}\n`);
    for (const what of shown.wrong) console.log(`WRONG  ${what}`);
    parts.push(shown);
  };
  if (options.disaster) await runDisasterDemo({ cloud, api, source, target, scale, findCopies, onStep }, onShown);
  else await runFullDemo({ api, source, target, scale, retentionSweep, onStep }, onShown);
  const ok = parts.every(({ wrong }) => wrong.length === 0);
  console.log(
    `${ok ? 'All is as it should be' : 'NOT all is as it should be'}; shown in ${seconds((performance.now() - began) / 1_000)}`,
  );
  if (options.json) console.log(JSON.stringify({ ok, parts: parts.map(({ title, wrong }) => ({ title, wrong })) }));
  return ok;
}

/** Its rule runs it every hour. */
function retentionSweep(): Promise<void> {
  return sweepNow(/^RetentionRetentionFunction/, 'what retention removes');
}

/** Its rule runs it every quarter of an hour. */
function findCopies(): Promise<void> {
  return sweepNow(/^CopiesCopiesFunction/, 'second copies', new Date(Date.now() + 86_400_000));
}

async function sweepNow(logicalId: RegExp, what: string, time = new Date()): Promise<void> {
  const sweep = cloud.functions().find((each) => logicalId.test(each.logicalId));
  if (sweep === undefined) throw new Error(`the local cloud has no function that looks for ${what}`);
  const result = await cloud.invoke(sweep.logicalId, { time: time.toISOString() });
  if (!result.ok) throw new Error(`the look for ${what} failed: ${result.error.errorMessage}`);
}

function summary(result: DemoResult, files: number): [string, string][] {
  return [
    ['loaded', `${result.tables} tables, ${result.rows} rows in ${seconds(result.loadSeconds)}`],
    ['backup', result.backupId],
    ['path', result.path],
    ['files', String(files)],
    ['size', `${(Number(result.sizeBytes) / 2 ** 20).toFixed(1)} MiB (${result.sizeBytes} bytes)`],
    ['TSO', result.backupTso],
    ['backed up in', seconds(result.backupSeconds)],
    ['restored in', seconds(result.restoreSeconds)],
    ['compared in', seconds(result.compareSeconds)],
    [
      'result',
      result.differences.length === 0
        ? `all ${result.tables} tables are equal, row by row and by checksum`
        : `${result.differences.length} tables differ`,
    ],
  ];
}

function toJson(ok: boolean, result: DemoResult, files: number): object {
  const { tables, rows, backupId, backupTso, sizeBytes } = result;
  const [backupSeconds, restoreSeconds] = [round(result.backupSeconds), round(result.restoreSeconds)];
  return { ok, tables, rows, backupId, backupTso, sizeBytes, files, backupSeconds, restoreSeconds };
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

/** Number of files in the backup. @param path `s3://bucket/prefix` or the path of a folder on the sandboxes */
async function countFiles(cloud: LocalCloud, path: string): Promise<number> {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(path) ?? [];
  return bucket === '' ? countInFolder(cloud, path) : countInBucket(cloud, bucket, prefix);
}

async function countInFolder({ mounts }: LocalCloud, path: string): Promise<number> {
  const mount = mounts.find((each) => path.startsWith(`${each.path}/`));
  if (mount === undefined) throw new Error(`nothing is mounted at ${path}`);
  const folder = join(mount.directory, path.slice(mount.path.length));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

async function countInBucket({ endpoints, region }: LocalCloud, bucket: string, prefix: string): Promise<number> {
  const { ListObjectsV2Command, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint: endpoints.s3,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' },
  });
  let files = 0;
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/`, ContinuationToken: token }),
    );
    files += page.KeyCount ?? 0;
    token = page.NextContinuationToken;
  } while (token !== undefined);
  client.destroy();
  return files;
}
