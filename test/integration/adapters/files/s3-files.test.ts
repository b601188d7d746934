import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Files } from '../../../../functions/adapters/files/s3-files.ts';
import { createS3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import { type BackupFiles, FilesLocked } from '../../../../functions/domain/storage/backup-files.ts';
import type { StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { startS3, type TestS3 } from '../../../support/s3.ts';
import { type S3WithKeys, type StorageKeys, startS3WithKeys } from '../../../support/s3-with-keys.ts';

const AWKWARD = `a+b&c#d%e'f"g\\h?i=j k(é😀)`;
const STORE_KEYS: StorageKeys = { accessKey: 'AK+IA%&#', secretAccessKey: AWKWARD };
const secrets = fakeSecrets({
  storageKeys: async () => ({ accessKey: 'store-key', secretAccessKey: 'store-secret' }),
});

/** Length of a lock's day here. */
const LOCK_DAY_MS = 2_000;

describe('files of a backup in S3', () => {
  let s3: TestS3;
  let files: BackupFiles;

  beforeAll(async () => {
    s3 = await startS3(LOCK_DAY_MS);
    files = createS3Files(createS3Stores(secrets));
  });
  afterAll(() => s3.stop());

  async function prepare(prefix = 'tidb/cluster-1/backup-1') {
    const bucket = await s3.createBucket();
    return { bucket, location: { type: 's3', bucket, prefix } satisfies StorageLocation };
  }

  it("are locked for the bucket's number of days, if any", async () => {
    const { location } = await prepare();
    const locked = { ...location, bucket: s3.createLockedBucket() };

    expect([await files.lockDays(location), await files.lockDays(locked)]).toEqual([undefined, 1]);
    await expect(files.lockDays({ ...location, bucket: 'nowhere' })).rejects.toThrow('NoSuchBucket');
  });

  it("are locked for the given time instead of their bucket's default", async () => {
    const { location } = await prepare();
    const locked = { ...location, bucket: s3.createLockedBucket() };
    const lockedUntil = new Date(Date.now() + 60_000).toISOString();

    await files.write(locked, 'manifest.json', '{}', { lockedUntil });
    await files.write(locked, 'default.json', '{}');

    expect(await files.stateOf(locked, 'manifest.json')).toHaveProperty('lockedUntil', lockedUntil);
    expect(await files.stateOf(locked, 'default.json')).not.toHaveProperty('lockedUntil', lockedUntil);
    // S3 accepts no expired lock, nor any in a bucket without locks.
    await expect(files.write(locked, 'a', '{}', { lockedUntil: new Date().toISOString() })).rejects.toThrow();
    await expect(files.write(location, 'a', '{}', { lockedUntil })).rejects.toThrow('InvalidRequest');
  });

  it('are removed one by one, with their old versions, and no other with the same prefix', async () => {
    const { location } = await prepare();
    const versioned = { ...location, bucket: s3.createVersionedBucket() };
    for (const place of [location, versioned]) {
      await files.write(place, 'manifest.json', '1');
      await files.write(place, 'manifest.json', '2');
      await files.write(place, 'manifest.json.old', '3');

      await files.remove(place, 'manifest.json');
      await files.remove(place, 'manifest.json');

      expect([await files.exists(place, 'manifest.json'), await files.exists(place, 'manifest.json.old')]).toEqual([
        ...[false, true],
      ]);
    }
    const left = await s3.client.send(new ListObjectVersionsCommand({ Bucket: versioned.bucket }));
    expect(left.Versions?.map(({ Key }) => Key)).toEqual(['tidb/cluster-1/backup-1/manifest.json.old']);
    expect(left.DeleteMarkers).toBeUndefined();
  });

  it('are distinguished from files with the same prefix', async () => {
    const { bucket, location } = await prepare();
    await s3.put(bucket, 'tidb/cluster-1/backup-1/backupmeta.old', 'tidb/cluster-1/backup-11/backupmeta');

    expect(await files.exists(location, 'backupmeta')).toBe(false);
    expect(await files.read(location, 'backupmeta')).toBeUndefined();
    await s3.put(bucket, 'tidb/cluster-1/backup-1/backupmeta');

    expect(await files.exists(location, 'backupmeta')).toBe(true);
    expect(await text(await files.read(location, 'backupmeta'))).toBe('x');
  });

  it('get a file of ours beside them, replacing an earlier one', async () => {
    const { location } = await prepare();

    await files.write(location, 'attempt-1.json', 'first');
    await files.write(location, 'attempt-1.json', 'é');

    expect(await text(await files.read(location, 'attempt-1.json'))).toBe('é');
  });

  it('are removed, but none of a neighbour', async () => {
    const { bucket, location } = await prepare();
    const others = ['tidb/cluster-1/backup-10/x', 'tidb/cluster-1/backup-1', 'tidb/cluster-1/backup'];
    await s3.put(bucket, 'tidb/cluster-1/backup-1/attempt-1/1/a.sst', 'tidb/cluster-1/backup-1/backupmeta', ...others);
    expect(await files.isEmpty(location)).toBe(false);

    await files.removeAll(location);

    expect(await files.isEmpty(location)).toBe(true);
    expect((await s3.keys(bucket)).sort()).toEqual(others.toSorted());
  });

  it('are measured by their data', async () => {
    const { bucket, location } = await prepare();
    const folder = 'tidb/cluster-1/backup-1/attempt-1';
    await s3.put(bucket, `${folder}/1/a.sst`, `${folder}/2/b.sst`, `${folder}/backupmeta`, `${folder}/backup.lock`);

    expect(await files.dataBytes(location)).toBe(2n);
  });

  it('are removed under a path with characters that need encoding', async () => {
    const { bucket, location } = await prepare(AWKWARD);
    await s3.put(bucket, `${AWKWARD}/backupmeta`, `${AWKWARD}/${AWKWARD}.sst`);
    expect(await files.exists(location, 'backupmeta')).toBe(true);

    await files.removeAll(location);

    expect(await s3.keys(bucket)).toEqual([]);
  });

  it('are removed beyond one page', async () => {
    const { bucket, location } = await prepare();
    const names = Array.from({ length: 1_001 }, (_, index) => `tidb/cluster-1/backup-1/${index}.sst`);
    for (let start = 0; start < names.length; start += 200) await s3.put(bucket, ...names.slice(start, start + 200));

    await files.removeAll(location);

    expect(await s3.keys(bucket)).toEqual([]);
  });

  it('that are still being uploaded are removed too', async () => {
    const { bucket, location } = await prepare();
    const Key = 'tidb/cluster-1/backup-1/1/a.sst';
    const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    await s3.client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));

    const neighbour = await s3.client.send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'tidb/cluster-1/backup-10/a.sst' }),
    );

    await files.removeAll(location);

    const { Uploads } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads?.map(({ UploadId }) => UploadId)).toEqual([neighbour.UploadId]);
  });

  it("that are locked stay until the newest one's lock ends, which the refusal names; then every version is removed", async () => {
    const bucket = s3.createLockedBucket();
    const prefix = 'tidb/cluster-1/backup-1';
    const location: StorageLocation = { type: 's3', bucket, prefix };
    await s3.put(bucket, `${prefix}/1.sst`, `${prefix}/2.sst`);
    await s3.put(bucket, `${prefix}/1.sst`);
    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}/2.sst` }));
    await s3.put(bucket, `${prefix}/backupmeta`);
    const { lockedUntil: until } = await files.stateOf(location, 'backupmeta');

    await expect(files.removeAll(location)).rejects.toEqual(new FilesLocked(location, until ?? ''));

    expect(await files.exists(location, 'backupmeta')).toBe(true);
    await expect.poll(() => Date.now(), { timeout: 5_000 }).toBeGreaterThan(Date.parse(until ?? ''));
    await files.removeAll(location);
    const left = await s3.client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect([...(left.Versions ?? []), ...(left.DeleteMarkers ?? [])]).toEqual([]);
  });

  it('that are not locked, or missing, have no lock date', async () => {
    const { bucket, location } = await prepare();
    await s3.put(bucket, `${location.prefix}/backupmeta`);

    expect(await files.stateOf(location, 'backupmeta')).not.toHaveProperty('lockedUntil');
    expect(await files.stateOf(location, 'backup.lock')).toEqual({});
  });

  it('succeed in being removed if there are none', async () => {
    await expect(files.removeAll((await prepare()).location)).resolves.toBeUndefined();
  });

  it('name a missing bucket, with the reason', async () => {
    const location: StorageLocation = { type: 's3', bucket: 'no-such-bucket', prefix: 'x' };

    await expect(files.isEmpty(location)).rejects.toThrow('s3://no-such-bucket/x cannot be used: NoSuchBucket');
    // S3 deletes only empty buckets: nothing is left to remove.
    await files.removeAll(location);
  });

  describe('in a store with its own keys', () => {
    let store: S3WithKeys;
    beforeAll(async () => {
      store = await startS3WithKeys(STORE_KEYS);
    });
    afterAll(() => store.stop());

    /** A folder with one file, and access with keys that may change. */
    async function prepareStore(keys: StorageKeys) {
      const bucket = await store.createBucket();
      const location = {
        ...({ type: 's3', bucket, prefix: 'tidb/cluster-1/backup-1', endpoint: store.endpoint } as const),
        credentials: { accessKeySecretArn: 'arn:a', secretAccessKeySecretArn: 'arn:s' },
      };
      await store.put(bucket, 'tidb/cluster-1/backup-1/backupmeta');
      const known = { ...keys };
      return { location, known, reader: createS3Files(createS3Stores({ storageKeys: async () => ({ ...known }) })) };
    }

    it('are reached with them', async () => {
      const { location, reader } = await prepareStore(STORE_KEYS);

      expect(await reader.exists(location, 'backupmeta')).toBe(true);
      await reader.removeAll(location);
      expect(await reader.isEmpty(location)).toBe(true);
    });

    it.each([
      ['InvalidAccessKeyId', { ...STORE_KEYS, accessKey: 'AKIAWRONG' }],
      ['SignatureDoesNotMatch', { ...STORE_KEYS, secretAccessKey: 'wrong' }],
    ])('are not reached with others: %s, and the message holds no key', async (name, keys) => {
      const { location, reader } = await prepareStore(keys);

      const refusal = await reader.removeAll(location).catch((error: unknown) => error);

      const path = `s3://${location.bucket}/${location.prefix}`;
      expect(refusal).toMatchObject({
        name: 'ConfigInvalid',
        message: `${path} cannot be used with the configured keys (BackupS3AccessKey, BackupS3SecretAccessKey): ${name}`,
      });
    });

    it('are reached with keys that were corrected after they had been read', async () => {
      const { location, known, reader } = await prepareStore({ ...STORE_KEYS, secretAccessKey: 'wrong' });
      await expect(reader.exists(location, 'backupmeta')).rejects.toThrow('SignatureDoesNotMatch');

      known.secretAccessKey = STORE_KEYS.secretAccessKey;

      expect(await reader.exists(location, 'backupmeta')).toBe(true);
    });
  });
});

async function text(chunks: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (chunks === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
