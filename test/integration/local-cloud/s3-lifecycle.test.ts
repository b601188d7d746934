import { setTimeout as delay } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3, type TestS3 } from '../../support/s3.ts';

const DAY_MS = 600;

/** By S3's user guide: "Lifecycle and versioning", "Suspending versioning", "Copying object versions". */
describe('a bucket with versions', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3(DAY_MS);
  });
  afterAll(() => s3.stop());

  const put = async (Bucket: string, Key: string, Body: string) =>
    await s3.client.send(new PutObjectCommand({ Bucket, Key, Body }));

  async function textOf(Bucket: string, Key: string, VersionId?: string): Promise<string | undefined> {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    return await Body?.transformToString();
  }

  async function keptOf(Bucket: string, Prefix = ''): Promise<string[]> {
    const listed = await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
    const versions = (listed.Versions ?? []).map(({ Key, IsLatest }) => `${Key}${IsLatest ? '' : ' (old)'}`);
    return [...versions, ...(listed.DeleteMarkers ?? []).map(({ Key }) => `${Key} (marker)`)];
  }

  const setVersioning = async (Bucket: string, Status: 'Enabled' | 'Suspended') => {
    await s3.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  };

  it('removes versions replaced or deleted a day ago, never current ones, and bare delete markers a day later', async () => {
    const Bucket = s3.createVersionedBucket({ noncurrentDays: 1, bareMarkerDays: 1 });
    await put(Bucket, 'current', 'one');
    await put(Bucket, 'replaced', 'one');
    await put(Bucket, 'deleted', 'one');
    await delay(DAY_MS);

    await put(Bucket, 'replaced', 'two');
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));

    const all = ['current', 'deleted (old)', 'replaced', 'replaced (old)', 'deleted (marker)'];
    expect(await keptOf(Bucket)).toEqual(all);
    await delay(DAY_MS);
    expect(await keptOf(Bucket)).toEqual(['current', 'replaced']);
    expect(await textOf(Bucket, 'replaced')).toBe('two');
  });

  it('reports in whole seconds when versions were written', async () => {
    const Bucket = s3.createVersionedBucket({ noncurrentDays: 1, bareMarkerDays: 1 });
    await put(Bucket, 'a', 'one');

    const { Versions = [] } = await s3.client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions.map(({ LastModified }) => Number(LastModified) % 1_000)).toEqual([0]);
  });

  it('adopts objects from before it was versioned, as version "null"', async () => {
    const Bucket = await s3.createBucket();
    await put(Bucket, 'a', 'before');
    expect((await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    await setVersioning(Bucket, 'Enabled');

    await put(Bucket, 'a', 'after');
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));

    expect((await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    expect(await keptOf(Bucket)).toEqual(['a (old)', 'a (old)', 'a (marker)']);
    expect(await textOf(Bucket, 'a', 'null')).toBe('before');
  });

  it('keeps its versions once it is suspended, and overwrites what is written from then on', async () => {
    const Bucket = s3.createVersionedBucket({ noncurrentDays: 1, bareMarkerDays: 1 });
    const { VersionId } = await put(Bucket, 'a', 'kept');
    await setVersioning(Bucket, 'Suspended');

    await put(Bucket, 'a', 'overwritten');
    await put(Bucket, 'a', 'last');

    expect(await keptOf(Bucket)).toEqual(['a', 'a (old)']);
    expect(await textOf(Bucket, 'a', VersionId)).toBe('kept');
    expect(await textOf(Bucket, 'a', 'null')).toBe('last');
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    expect(await keptOf(Bucket)).toEqual(['a (old)', 'a (marker)']);
  });

  it('cannot be suspended while its objects are locked', async () => {
    await expect(setVersioning(s3.createLockedBucket(), 'Suspended')).rejects.toMatchObject({
      name: 'InvalidBucketState',
    });
  });

  it('copies an old version over its successor, but no delete marker', async () => {
    const Bucket = s3.createVersionedBucket({ noncurrentDays: 1, bareMarkerDays: 1 });
    const { VersionId } = await put(Bucket, 'a/b c', 'good');
    await put(Bucket, 'a/b c', 'garbage');
    const { VersionId: marker } = await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'a/b c' }));
    const sourceOf = (id: string | undefined) => `${Bucket}/${encodeURIComponent('a/b c')}?versionId=${id}`;

    const copied = await s3.client.send(
      new CopyObjectCommand({ Bucket, Key: 'a/b c', CopySource: sourceOf(VersionId) }),
    );

    expect(copied.CopySourceVersionId).toBe(VersionId);
    expect(await textOf(Bucket, 'a/b c')).toBe('good');
    expect(await textOf(Bucket, 'a/b c', copied.VersionId)).toBe('good');
    const ofMarker = new CopyObjectCommand({ Bucket, Key: 'a/b c', CopySource: sourceOf(marker) });
    await expect(s3.client.send(ofMarker)).rejects.toMatchObject({ name: 'NoSuchVersion' });
  });
});
