import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSecondCopies } from '../../../../functions/adapters/files/s3-copies.ts';
import { createS3Stores, type S3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import type { SecondCopies } from '../../../../functions/domain/storage/second-copy.ts';
import type { S3Location } from '../../../../functions/domain/storage/storage-location.ts';
import { replicationConfiguration } from '../../../../infra/local/aws/s3/replication-rules.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { putObjects } from '../../../support/many-objects.ts';
import { startS3, type TestS3 } from '../../../support/s3.ts';
import { until } from '../../support/until.ts';

const REGION = 'eu-west-1';

describe('the second copy of a backup', () => {
  let s3: TestS3;
  let far: S3Client;
  /** Names whose replicas do not arrive. */
  const held = new Set<string>();
  beforeAll(async () => {
    s3 = await startS3(undefined, {
      replicationMs: (key) => (held.has(key.split('/').at(-1) ?? '') ? 3_600_000 : 10),
    });
    far = new S3Client({ region: REGION, forcePathStyle: true });
  });
  afterAll(async () => {
    far.destroy();
    await s3.stop();
  });

  let source: string;
  let copy: string;
  let location: S3Location;
  let copies: SecondCopies;
  let calls: string[];
  beforeEach(() => {
    held.clear();
    calls = [];
    source = s3.createVersionedBucket();
    copy = s3.createVersionedBucket({ region: REGION });
    location = { type: 's3', bucket: source, prefix: 'tidb/c/b', copy: { bucket: copy, region: REGION } };
    const stores = createS3Stores(fakeSecrets({}));
    const counting: Pick<S3Stores, 'at'> = {
      at: (at, work) => {
        calls.push(at.bucket);
        return stores.at(at, work);
      },
    };
    copies = createSecondCopies(counting);
  });

  function replicate(): void {
    const rule = {
      ...{ Status: 'Enabled', Priority: 1, Filter: { Prefix: '' } },
      DeleteMarkerReplication: { Status: 'Disabled' },
      Destination: { Bucket: `arn:aws:s3:::${copy}` },
    };
    s3.server.replicate(source, replicationConfiguration.parse({ Role: 'arn:role', Rules: [rule] }));
  }

  const put = (name: string, Body = 'x') =>
    s3.client.send(new PutObjectCommand({ Bucket: source, Key: `tidb/c/b/${name}`, Body }));
  const putThere = (name: string, Body: string) =>
    far.send(new PutObjectCommand({ Bucket: copy, Key: `tidb/c/b/${name}`, Body }));
  const whole = (files: number) =>
    until('the copy', async () => {
      const found = await copies.compare(location);
      return found?.missing === undefined ? found?.files === files || undefined : undefined;
    });

  it('is complete once every file has arrived, with or without backupmeta', async () => {
    replicate();
    held.add('3_1.sst');
    for (const name of [
      'attempt-1/backupmeta',
      'attempt-1/1/2_1.sst',
      'attempt-1/1/3_1.sst',
      'tables/attempt-1.json',
    ]) {
      await put(name);
    }
    await until('backupmeta', async () => {
      const { KeyCount } = await far.send(new ListObjectsV2Command({ Bucket: copy }));
      return KeyCount === 3 || undefined;
    });

    expect(await copies.compare(location)).toEqual({ files: 1, missing: 'tidb/c/b/attempt-1/1/3_1.sst' });
    held.clear();
    await put('attempt-1/1/3_1.sst');
    await whole(4);
  });

  it('may not be another file of the same name: size and version must match', async () => {
    await put('a', 'four');
    await putThere('a', 'three');
    expect(await copies.compare(location)).toEqual({ files: 0, missing: 'tidb/c/b/a' });

    await putThere('a', 'FOUR');
    expect(await copies.compare(location)).toEqual({ files: 0, missing: 'tidb/c/b/a' });

    // Copied by other means, as after a failed replication.
    await putThere('a', 'four');
    expect(await copies.compare(location)).toEqual({ files: 1 });
  });

  it('is incomplete while a file was rewritten and only the old version has arrived', async () => {
    replicate();
    await put('a', 'one');
    await whole(1);
    held.add('a');
    await put('a', 'two');

    expect(await copies.compare(location)).toEqual({ files: 0, missing: 'tidb/c/b/a' });
  });

  it('does not wait for the manifest, which is rewritten again and again', async () => {
    replicate();
    held.add('tidb-backup-manifest.json');
    await put('attempt-1/backupmeta');
    await put('attempt-1/tidb-backup-manifest.json', '{}');

    await whole(1);
  });

  it('counts a file that someone has deleted: its version has arrived, or is awaited', async () => {
    replicate();
    await put('a');
    await put('b');
    await whole(2);
    held.add('c');
    await put('c');
    for (const name of ['b', 'c']) {
      await s3.client.send(new DeleteObjectCommand({ Bucket: source, Key: `tidb/c/b/${name}` }));
    }

    expect(await copies.compare(location)).toEqual({ files: 2, missing: 'tidb/c/b/c' });
  });

  it('is incomplete if someone has deleted or overwritten one of its files', async () => {
    replicate();
    await put('a');
    await put('b');
    await whole(2);
    await far.send(new DeleteObjectCommand({ Bucket: copy, Key: 'tidb/c/b/b' }));
    expect(await copies.compare(location)).toEqual({ files: 1, missing: 'tidb/c/b/b' });

    await putThere('a', 'another');
    expect(await copies.compare(location)).toEqual({ files: 0, missing: 'tidb/c/b/a' });
  });

  it("takes two calls per thousand files, and ignores a neighbour's files", async () => {
    replicate();
    await putObjects(
      s3.endpoint,
      source,
      Array.from({ length: 1_500 }, (_, at) => `tidb/c/b/attempt-1/${String(at).padStart(4, '0')}.sst`),
    );
    await putObjects(s3.endpoint, source, ['tidb/c/b0/backupmeta']);
    await whole(1_500);
    calls.length = 0;
    await copies.compare(location);

    expect(calls).toHaveLength(4);
    expect(new Set(calls)).toEqual(new Set([source, copy]));
  });

  it('does not exist if the location names none', async () => {
    expect(await copies.compare({ type: 's3', bucket: source, prefix: 'tidb/c/b' })).toBeUndefined();
    expect(await copies.compare({ type: 'nfs', path: '/nfs/backups/c/b' })).toBeUndefined();
  });

  it('cannot be checked in a lost bucket, and the message names it', async () => {
    replicate();
    await put('a');
    s3.server.places.loseBucket(copy);

    await expect(copies.compare(location)).rejects.toThrow(`s3://${copy}/tidb/c/b cannot be used: NoSuchBucket`);
  });
});
