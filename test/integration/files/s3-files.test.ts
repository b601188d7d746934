import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Files } from '../../../functions/adapters/s3-files.ts';
import type { SecretReader } from '../../../functions/adapters/secret-reader.ts';
import type { BackupFiles } from '../../../functions/domain/backup-files.ts';
import type { StorageLocation } from '../../../functions/domain/storage-location.ts';
import { startS3, type TestS3 } from '../../support/s3.ts';

const AWKWARD = `a+b&c#d%e'f"g\\h?i=j k(é😀)`;
const secrets: SecretReader = {
  databaseAccount: () => Promise.reject(new Error('not of interest here')),
  storageKeys: async () => ({ accessKey: 'store-key', secretAccessKey: 'store-secret' }),
};

describe('files of a backup in S3', () => {
  let s3: TestS3;
  let files: BackupFiles;

  beforeAll(async () => {
    s3 = await startS3();
    files = createS3Files(secrets);
  });
  afterAll(() => s3.stop());

  async function prepare(prefix = 'tidb/cluster-1/backup-1') {
    const bucket = await s3.createBucket();
    return { bucket, location: { type: 's3', bucket, prefix } satisfies StorageLocation };
  }

  it('are told from files that only begin alike', async () => {
    const { bucket, location } = await prepare();
    await s3.put(bucket, 'tidb/cluster-1/backup-1/backupmeta.old', 'tidb/cluster-1/backup-11/backupmeta');

    expect(await files.exists(location, 'backupmeta')).toBe(false);
    expect(await files.read(location, 'backupmeta')).toBeUndefined();
    await s3.put(bucket, 'tidb/cluster-1/backup-1/backupmeta');

    expect(await files.exists(location, 'backupmeta')).toBe(true);
    expect(await text(await files.read(location, 'backupmeta'))).toBe('x');
  });

  it('are removed, and none of a neighbour', async () => {
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

  it('are removed under a path that needs every kind of encoding', async () => {
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

  it('removing what is not there is a success', async () => {
    await expect(files.removeAll((await prepare()).location)).resolves.toBeUndefined();
  });

  it('a bucket that is not there is named, with the reason', async () => {
    const location: StorageLocation = { type: 's3', bucket: 'no-such-bucket', prefix: 'x' };

    await expect(files.removeAll(location)).rejects.toThrow('s3://no-such-bucket/x cannot be used: NoSuchBucket');
  });

  it('a store of its own is asked with its own keys', async () => {
    const { bucket, location } = await prepare();
    const credentials = { accessKeySecretArn: 'arn:a', secretAccessKeySecretArn: 'arn:s' };
    await s3.put(bucket, 'tidb/cluster-1/backup-1/backupmeta');

    const store = { ...location, endpoint: s3.endpoint, credentials };

    expect(await files.exists(store, 'backupmeta')).toBe(true);
  });

  it('a file system is not mounted here', async () => {
    await expect(files.exists({ type: 'nfs', path: '/mnt/x' }, 'backupmeta')).rejects.toMatchObject({
      name: 'ConfigInvalid',
    });
  });
});

async function text(chunks: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (chunks === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
