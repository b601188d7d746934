import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import { type Authorize, AwsDoor } from '../../infra/local/aws/aws-door.ts';
import { listenAsS3, type S3, type S3Options, type VersionedBucketSettings } from '../../infra/local/aws/s3/s3.ts';

export interface TestS3 {
  endpoint: string;
  client: S3Client;
  /** Creates a bucket for this test only. */
  createBucket(): Promise<string>;
  /** Creates one with versions, locked for a day of {@link startS3}. */
  createLockedBucket(): string;
  /** Creates one with versions. */
  createVersionedBucket(settings?: VersionedBucketSettings): string;
  server: S3;
  put(bucket: string, ...keys: string[]): Promise<void>;
  /** All keys in the bucket, up to 1,000. */
  keys(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

/**
 * The local cloud's S3. Clients made afterwards find it through the environment.
 * @param dayMs length of a day in locks and lifecycle rules
 */
export async function startS3(
  dayMs?: number,
  { authorize, ...options }: Omit<S3Options, 'dayMs'> & { authorize?: Authorize } = {},
): Promise<TestS3> {
  const folder = await mkdtemp(join(tmpdir(), 'test-s3-'));
  const server = await listenAsS3(folder, new AwsDoor(authorize && { authorize }), { ...options, dayMs });
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const client = new S3Client({ forcePathStyle: true });
  function createVersionedBucket(settings?: VersionedBucketSettings): string {
    const name = `versioned-${randomUUID().slice(0, 8)}`;
    server.createVersionedBucket(name, settings);
    return name;
  }
  return {
    endpoint: server.url,
    client,
    async createBucket() {
      const Bucket = `backups-${randomUUID().slice(0, 8)}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    createLockedBucket: () => createVersionedBucket({ lockDays: 1 }),
    createVersionedBucket,
    server,
    async put(bucket, ...keys) {
      await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))));
    },
    async keys(bucket) {
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return (Contents ?? []).flatMap(({ Key }) => Key ?? []);
    },
    async stop() {
      client.destroy();
      await server.close();
      await rm(folder, { recursive: true });
      vi.unstubAllEnvs();
    },
  };
}
