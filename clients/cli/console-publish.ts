import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { StackOutputs } from './connection.ts';

interface PublishOptions {
  readonly files: string;
  readonly outputs: StackOutputs;
  readonly profile?: string | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * Uploads the built console and invalidates the old pages in CloudFront. Names of assets contain a hash of their content: browsers cache
 * them, and old ones stay, since an open page may still load them.
 * @returns the number of files
 */
export async function publishConsole({ files, outputs, profile }: PublishOptions): Promise<number> {
  const Bucket = outputs.required('ConsoleBucketName');
  const DistributionId = outputs.required('ConsoleDistributionId');
  const { region } = outputs;
  const [{ S3Client, PutObjectCommand }, { CloudFrontClient, CreateInvalidationCommand }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/client-cloudfront'),
  ]);
  const s3 = new S3Client({ region, ...(profile !== undefined && { profile }) });
  const cloudFront = new CloudFrontClient({ region, ...(profile !== undefined && { profile }) });
  try {
    const put = (Key: string, Body: Buffer | string) =>
      s3.send(
        new PutObjectCommand({ Bucket, Key, Body, ContentType: TYPES[extname(Key)], CacheControl: cacheOf(Key) }),
      );
    const found = await filesIn(files);
    for (const key of found) await put(key, await readFile(join(files, key)));
    const Paths = { Quantity: 2, Items: ['/', '/index.html'] };
    const CallerReference = `tidb-backup-${Date.now()}`;
    await cloudFront.send(
      new CreateInvalidationCommand({ DistributionId, InvalidationBatch: { CallerReference, Paths } }),
    );
    return found.length;
  } finally {
    s3.destroy();
    cloudFront.destroy();
  }
}

/** Pages last, so that everything they load already exists. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'));
  return keys.sort((a, b) => Number(a.endsWith('.html')) - Number(b.endsWith('.html')) || (a < b ? -1 : 1));
}

function cacheOf(key: string): string {
  return key.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
