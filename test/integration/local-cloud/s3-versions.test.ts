import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../../../functions/adapters/files/s3-removal.ts';
import { AwsError } from '../../../infra/local/aws/aws-error.ts';
import { s3InputSchema } from '../../../infra/local/aws/gate.ts';
import { startS3, type TestS3 } from '../../support/s3.ts';

const DAY_MS = 400;

/** By S3's user guide: "Deleting object versions", "How S3 Object Lock works". */
describe('a bucket with versions and locks', () => {
  let s3: TestS3;
  let Bucket: string;
  beforeAll(async () => {
    s3 = await startS3(DAY_MS);
    Bucket = s3.createLockedBucket();
  });
  afterAll(() => s3.stop());

  const put = async (Key: string, Body: string) => await s3.client.send(new PutObjectCommand({ Bucket, Key, Body }));

  async function textOf(Key: string, VersionId?: string): Promise<string | undefined> {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    return await Body?.transformToString();
  }

  it('keeps overwritten and deleted objects until the versions themselves are deleted', async () => {
    const Key = 'kept/a';
    const first = await put(Key, 'one');
    const second = await put(Key, 'two');
    const marker = await s3.client.send(new DeleteObjectCommand({ Bucket, Key }));

    await expect(textOf(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await textOf(Key, first.VersionId)).toBe('one');
    expect(await textOf(Key, second.VersionId)).toBe('two');
    expect((await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))).KeyCount).toBe(0);
    const listed = await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
    expect(listed.DeleteMarkers).toMatchObject([{ Key, VersionId: marker.VersionId, IsLatest: true }]);
    expect(listed.Versions).toMatchObject([
      { VersionId: second.VersionId, IsLatest: false, Size: 3 },
      { VersionId: first.VersionId, IsLatest: false },
    ]);
    // Without its marker the object is back.
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }));
    expect(await textOf(Key)).toBe('two');
    await delay(DAY_MS);
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: second.VersionId }));
    expect(await textOf(Key)).toBe('one');
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: first.VersionId }));
    expect((await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }))).Versions).toBeUndefined();
  });

  it('dates a multipart upload by its start', async () => {
    const object = { Bucket, Key: 'parts/a' };
    const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(object));
    const part = await s3.client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'late' }));
    await delay(1_000);
    const early = await put(object.Key, 'early');
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
    await s3.client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));

    const { Versions: [late, other] = [] } = await s3.client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: object.Key }),
    );
    expect(await textOf(object.Key)).toBe('late');
    expect(other).toMatchObject({ VersionId: early.VersionId, IsLatest: false });
    expect(late).toHaveProperty('IsLatest', true);
    expect(Number(late?.LastModified)).toBeLessThan(Number(other?.LastModified));
    const { LastModified } = await s3.client.send(new HeadObjectCommand(object));
    expect(LastModified).toEqual(late?.LastModified);
  });

  it('rejects lists of names that XML cannot express, though it stores such objects', async () => {
    const Key = 'names/\u0001';
    await put(Key, 'x');

    for (const bad of [Key, 'names/\uffff']) {
      const Objects = [{ Key: 'names/good' }, { Key: bad }];
      const deletion = s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      await expect(deletion).rejects.toMatchObject({ name: 'MalformedXML' });
    }
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(textOf(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('lists versions in pages', async () => {
    for (const name of ['a', 'b', 'b', 'c']) await put(`pages/${name}`, name);
    const listed: (string | undefined)[] = [];
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (marker !== undefined) {
      const page: ListObjectVersionsCommandOutput = await s3.client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: 'pages/', MaxKeys: 2, ...marker }),
      );
      listed.push(...(page.Versions ?? []).map(({ Key, IsLatest }) => `${Key} ${IsLatest}`));
      marker = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }

    expect(listed).toEqual(['pages/a true', 'pages/b true', 'pages/b false', 'pages/c true']);
  });

  it('lets no one delete a version before its day, and says which day', async () => {
    const Key = 'locked/a';
    const before = Date.now();
    const { VersionId } = await put(Key, 'one');
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key }));
    const { Retention } = await s3.client.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }));

    expect(head).toMatchObject({ VersionId, ObjectLockMode: 'COMPLIANCE' });
    expect(Retention).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: head.ObjectLockRetainUntilDate });
    expect(head.ObjectLockRetainUntilDate?.getTime()).toBeGreaterThanOrEqual(before + DAY_MS);
    const Delete = { Objects: [{ Key, VersionId }, { Key: 'locked/none' }], Quiet: true };
    const { Errors } = await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Errors).toMatchObject([{ Key, VersionId, Code: 'AccessDenied' }]);
    const deletion = new DeleteObjectCommand({ Bucket, Key, VersionId });
    await expect(s3.client.send(deletion)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await textOf(Key)).toBe('one');
  });

  it('accepts nothing that it cannot check, since it locks by default', async () => {
    const { endpoint } = s3;

    const refused = await fetch(`${endpoint}/${Bucket}/unchecked`, { method: 'PUT', body: 'x' });
    const checked = await fetch(`${endpoint}/${Bucket}/checked`, {
      method: 'PUT',
      body: 'x',
      headers: { 'content-md5': 'nd15mWCkVEoAnYDmj+V0Lg==' },
    });

    expect([refused.status, checked.status]).toEqual([400, 200]);
    expect(await refused.text()).toContain('<Code>InvalidRequest</Code>');
  });

  it('returns its configuration, if it has one', async () => {
    const plain = await s3.createBucket();
    const lockOf = (name: string) => s3.client.send(new GetObjectLockConfigurationCommand({ Bucket: name }));

    expect((await lockOf(Bucket)).ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } },
    });
    expect(await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).toHaveProperty('Status', 'Enabled');
    await expect(lockOf(plain)).rejects.toMatchObject({ name: 'ObjectLockConfigurationNotFoundError' });
    expect(await s3.client.send(new GetBucketVersioningCommand({ Bucket: plain }))).not.toHaveProperty('Status');
    await s3.put(plain, 'a');
    const retention = s3.client.send(new GetObjectRetentionCommand({ Bucket: plain, Key: 'a' }));
    await expect(retention).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('a caller that may delete some of the objects', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3(undefined, {
      authorize: ({ action, input }) =>
        action === 'DeleteObject' && s3InputSchema.parse(input).key.startsWith('kept/')
          ? new AwsError('AccessDenied', 'not yours', 403)
          : undefined,
    });
  });
  afterAll(() => s3.stop());

  it.each(['versioned', 'plain'])('deletes these, and learns which it may not (%s bucket)', async (kind) => {
    const Bucket = kind === 'plain' ? await s3.createBucket() : s3.createVersionedBucket();
    await s3.put(Bucket, 'mine/a', 'kept/b', 'mine/c');
    const Objects = ['mine/a', 'kept/b', 'mine/c', 'mine/none'].map((Key) => ({ Key }));

    const { Deleted, Errors } = await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(Deleted?.map(({ Key }) => Key)).toEqual(['mine/a', 'mine/c', 'mine/none']);
    expect(Errors).toEqual([{ Key: 'kept/b', Code: 'AccessDenied', Message: 'not yours' }]);
    expect(await s3.keys(Bucket)).toEqual(['kept/b']);
  });

  it('fails to remove a folder, and says how much is left', async () => {
    const bucket = s3.createVersionedBucket();
    await s3.put(bucket, 'kept/b1/backupmeta', 'kept/b1/1.sst', 'mine/b2/backupmeta');

    const refused = removeFolder(s3.client, { type: 's3', bucket, prefix: 'kept/b1' });
    await expect(refused).rejects.toThrow(/^2 files below .* could not be deleted: AccessDenied$/);
    await removeFolder(s3.client, { type: 's3', bucket, prefix: 'mine/b2' });

    expect(await s3.keys(bucket)).toEqual(['kept/b1/1.sst', 'kept/b1/backupmeta']);
  });
});
