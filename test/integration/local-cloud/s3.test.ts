import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
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
      Resources: { Files: { Type: 'AWS::S3::Bucket', Properties: {} } },
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

  it('disappear when they are deleted', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'gone/1', Body: '' }));

    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'gone/1' }] } }));

    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'gone/1' }))).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('are assembled from parts', async () => {
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

describe('what fauxqs lacks', () => {
  it('lists unfinished uploads, in pages, until they are aborted or completed', async () => {
    const Prefix = 'unfinished/';
    const keys = ['a', 'a', 'b'].map((name) => Prefix + name);
    const begin = async (Key: string) => (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId;
    for (const Key of keys) await begin(Key);

    const first = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads: 2 }));
    const second = await s3.send(
      new ListMultipartUploadsCommand({
        Bucket,
        Prefix,
        KeyMarker: first.NextKeyMarker,
        UploadIdMarker: first.NextUploadIdMarker,
      }),
    );

    const uploads = [...(first.Uploads ?? []), ...(second.Uploads ?? [])];
    expect(uploads.map(({ Key }) => Key)).toEqual(keys);
    expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
    for (const { Key, UploadId } of uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix }))).Uploads).toBeUndefined();
  });

  it('lists the only version of each object of an unversioned bucket, in pages', async () => {
    const Prefix = 'versions/';
    const keys = ['a', 'b<&>"\u0001', 'c'].map((name) => Prefix + name);
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '12' }));

    const first = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys: 2 }));
    const second = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, KeyMarker: first.NextKeyMarker }));

    const versions = [...(first.Versions ?? []), ...(second.Versions ?? [])];
    expect(versions.map(({ Key }) => Key)).toEqual(keys);
    expect(versions[0]).toMatchObject({ VersionId: 'null', IsLatest: true, Size: 2 });
    const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
    // No list can contain the name of the second.
    const [odd] = Objects.splice(1, 1);
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: odd?.Key, VersionId: odd?.VersionId }));
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents).toBeUndefined();
  });

  it('refuses what it cannot answer correctly, and unknown buckets', async () => {
    const acl = new GetBucketAclCommand({ Bucket });
    const unknown = new ListObjectVersionsCommand({ Bucket: 'nobodys-bucket' });

    await expect(s3.send(acl)).rejects.toMatchObject({ name: 'NotImplemented' });
    await expect(s3.send(unknown)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('refuses a template whose bucket has another kind of lock', async () => {
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } };
    const Properties = {
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule },
    };
    const started = startLocalCloud({ template: { Resources: { Files: { Type: 'AWS::S3::Bucket', Properties } } } });

    await expect(started).rejects.toThrow('the local S3 only supports locks in COMPLIANCE mode');
  });
});

it('is counted under the names of the API', async () => {
  calls.length = 0;

  await s3.send(new PutObjectCommand({ Bucket, Key: 'counted', Body: 'abc' }));
  await s3.send(new ListObjectsV2Command({ Bucket }));
  // The client has its answer a moment before the server notices that it was sent.
  await delay(20);

  expect(calls.map(({ service, action, status }) => [service, action, status])).toEqual([
    ['s3', 'PutObject', 200],
    ['s3', 'ListObjectsV2', 200],
  ]);
});
