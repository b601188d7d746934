import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { sdkClients } from './sdk-clients.ts';

const PART_BYTES = 5 * 1024 * 1024;

let cloud: LocalCloud;
let s3: S3Client;
let Bucket: string;
const calls: AwsCall[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: { Files: { Type: 'AWS::S3::Bucket', Properties: { BucketEncryption: {} } } },
      Outputs: { Bucket: { Value: { Ref: 'Files' } } },
    },
    onAwsCall: (call) => calls.push(call),
  });
  s3 = sdkClients(cloud.endpoints).s3;
  Bucket = cloud.outputs.Bucket ?? '';
});

afterAll(() => cloud.stop());

async function textOf(Key: string): Promise<string | undefined> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}

describe('objects', () => {
  it.each(['plain', 'a/b/c', 'a//b', '../../escape', "quote'&+%#\\ ü", 'x'.repeat(1024)])(
    'keep the key %j',
    async (Key) => {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));

      expect(await textOf(Key)).toBe(`body of ${Key}`);
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
      expect(Contents?.map((object) => object.Key)).toContain(Key);
    },
  );

  it('do not mix up keys that a file system would', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'm/n', Body: 'one' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'm//n', Body: 'two' }));

    expect([await textOf('m/n'), await textOf('m//n')]).toEqual(['one', 'two']);
  });

  it('are gone when they are deleted', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'gone/1', Body: '' }));

    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'gone/1' }] } }));

    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'gone/1' }))).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('are put together from parts', async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const bodies = [Buffer.alloc(PART_BYTES, 'a'), Buffer.from('end')];
    const Parts = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }

    const complete = { Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } };
    await s3.send(new CompleteMultipartUploadCommand(complete));

    const range = await s3.send(new GetObjectCommand({ Bucket, Key: 'parts', Range: `bytes=${PART_BYTES - 1}-` }));
    expect(await range.Body?.transformToString()).toBe('aend');
  });
});

it('is counted under the names of the API', async () => {
  calls.length = 0;

  await s3.send(new PutObjectCommand({ Bucket, Key: 'counted', Body: 'abc' }));
  await s3.send(new ListObjectsV2Command({ Bucket }));
  // The client has its answer a moment before the server notes that it was sent.
  await delay(20);

  expect(calls.map(({ service, action, status }) => [service, action, status])).toEqual([
    ['s3', 'PutObject', 200],
    ['s3', 'ListObjectsV2', 200],
  ]);
});
