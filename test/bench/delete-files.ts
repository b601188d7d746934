import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { removeFolder } from '../../functions/adapters/files/s3-removal.ts';
import { AwsDoor } from '../../infra/local/aws/aws-door.ts';
import { listenAsS3 } from '../../infra/local/aws/s3/s3.ts';
import { putObjects } from '../support/many-objects.ts';
import type { Figure } from './figures.ts';

const FILES = 10_000;
/** Limit of a page of S3, and of a deletion. */
const BATCH = 1_000;
const BUCKET = 'bench';
const PREFIX = 'backups/cluster/backup';

/** The S3 calls that the deletion of a backup's files takes. */
export async function deleteFigures(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-s3-'));
  const actions: string[] = [];
  const server = await listenAsS3(folder, new AwsDoor({ onAwsCall: ({ action }) => actions.push(action) }));
  const client = new S3Client({
    endpoint: server.url,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const names = Array.from({ length: FILES }, (_, index) => `${PREFIX}/attempt-1/1/${index}.sst`);
    await putObjects(server.url, BUCKET, names);
    actions.length = 0;
    const started = performance.now();
    await removeFolder(client, { type: 's3', bucket: BUCKET, prefix: PREFIX });
    const seconds = (performance.now() - started) / 1_000;
    const section = `Deleting ${FILES.toLocaleString('en')} files`;
    const looksForUploads = actions.filter((action) => action === 'ListMultipartUploads').length;
    return [
      {
        section,
        name: 'S3 calls to list, delete and prove',
        value: actions.length - looksForUploads,
        unit: 'calls',
        budget: 2 * Math.ceil(FILES / BATCH) + 1,
      },
      { section, name: 'S3 calls to look for unfinished uploads', value: looksForUploads, unit: 'calls', budget: 1 },
      { section, name: 'seconds at the local S3', value: seconds, unit: 's' },
    ];
  } finally {
    client.destroy();
    await server.close();
    await rm(folder, { recursive: true });
  }
}
