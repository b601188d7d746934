/**
 * `npm run demo [-- --storage nfs] [-- --json] [-- --scale 0.1]`: a whole backup and restore on this machine, compared row by
 * row; the scale is that of the sample.
 * Exits 0 only if every table came back as it was.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { LocalCloud } from '../local-cloud.ts';
import { startTenantCloud } from '../tenant-cloud.ts';
import { apiClient } from './api-client.ts';
import { type DemoResult, type DemoStep, runDemoFlow } from './flow.ts';
import { ProgressLine, table } from './terminal.ts';

const LABELS: Readonly<Record<DemoStep, string>> = {
  load: 'Loading the sample into cluster 1',
  backup: 'Backing up cluster 1',
  drop: 'Dropping the databases',
  restore: 'Restoring into cluster 2',
  compare: 'Comparing every row',
};

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    storage: { type: 'string', default: 's3' },
    scale: { type: 'string', default: '1' },
  },
});

const progress = new ProgressLine(process.stdout);
progress.show('Starting the local cloud');
const cloud = await startTenantCloud({ tidb: { clusters: 2 } });
try {
  const [source, target] = cloud.clusters;
  if (source === undefined || target === undefined) throw new Error('the local cloud has fewer than two sandboxes');
  const api = apiClient(cloud.api);
  await api('POST', '/config/update', { configKey: 'BackupStorageType', configValue: options.storage });
  const result = await runDemoFlow(api, source, target, {
    scale: Number(options.scale),
    onProgress: (step, percent) => progress.show(LABELS[step], percent),
  });
  progress.end();
  const files = await countFiles(cloud, result.path);
  console.log(`\n${table(summary(result, files))}\n`);
  const ok = result.differences.length === 0;
  for (const difference of result.differences) console.log(`DIFFERENT  ${difference}`);
  if (options.json) console.log(JSON.stringify(toJson(ok, result, files)));
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  progress.end();
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await cloud.stop();
}
// The interpreter's timers of tasks that were running may last for days.
process.exit();

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

/** How many files the backup has. @param path `s3://bucket/prefix` or that of a folder as the sandboxes see it */
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
