import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Files } from '../../../../functions/adapters/files/s3-files.ts';
import { createS3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import type { S3Location } from '../../../../functions/domain/storage/storage-location.ts';
import { putObjects } from '../../../support/many-objects.ts';
import { startS3, type TestS3 } from '../../../support/s3.ts';

/** Longer than any test: nothing is unlocked and nothing expires during one. */
const DAY_MS = 60_000;

describe('a folder that is rewound', () => {
  let s3: TestS3;
  let files: ReturnType<typeof createS3Files>;
  beforeAll(async () => {
    s3 = await startS3(DAY_MS);
    files = createS3Files(createS3Stores({ storageKeys: () => Promise.reject(new Error('it has no keys')) }));
  });
  afterAll(() => s3.stop());

  const prefix = 'backups/cluster-1/backup-1/attempt-1';

  async function put(bucket: string, name: string, Body: string): Promise<void> {
    await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}`, Body }));
  }

  const remove = async (bucket: string, name: string) =>
    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}` }));

  async function textOf(bucket: string, name: string): Promise<string | undefined> {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}` }));
    return await Body?.transformToString();
  }

  /** S3 has whole seconds: later writes are at least a second younger. */
  async function endOfBackup(): Promise<number> {
    const end = Date.now();
    await delay(1_000 - (end % 1_000));
    return end;
  }

  /** A backup of two files, with a lock file that BR itself has deleted. */
  async function backUp(bucket: string): Promise<{ location: S3Location; asOf: number }> {
    await put(bucket, 'backup.lock', 'lock');
    await put(bucket, '1/a.sst', 'rows');
    await remove(bucket, 'backup.lock');
    await put(bucket, 'backupmeta', 'meta');
    return { location: { type: 's3', bucket, prefix }, asOf: await endOfBackup() };
  }

  async function attack(bucket: string): Promise<void> {
    await put(bucket, '1/a.sst', 'garbage');
    await remove(bucket, '1/a.sst');
    await put(bucket, 'backupmeta', 'garbage');
    await put(bucket, '1/b.sst', 'never was one of its files');
    await put(bucket, 'backup.lock', 'again');
  }

  it('has every former file unchanged, and counts no other', async () => {
    const bucket = s3.createVersionedBucket();
    const { location, asOf } = await backUp(bucket);
    await attack(bucket);
    const onChange = vi.fn(async () => {});

    const rewound = await files.rewind(location, { asOf, onChange });

    expect(rewound).toEqual({ files: 2, dataBytes: 4n });
    expect([await textOf(bucket, '1/a.sst'), await textOf(bucket, 'backupmeta')]).toEqual(['rows', 'meta']);
    // Files that the backup did not have are left alone.
    expect(await textOf(bucket, '1/b.sst')).toBe('never was one of its files');
    expect(onChange.mock.calls).toEqual([[2, expect.toSatisfy((since: number) => since > asOf)]]);
    // A folder that has not changed is left alone.
    expect(await files.rewind(location, { asOf, onChange })).toEqual(rewound);
    expect(onChange).toHaveBeenCalledOnce();
  });

  it('says how much is left if the store no longer keeps a version', async () => {
    const bucket = s3.createVersionedBucket();
    const { location, asOf } = await backUp(bucket);
    const { Versions = [] } = await s3.client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }));
    for (const { Key, VersionId } of Versions) {
      if (Key?.endsWith('.sst')) await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
    }
    await attack(bucket);

    // A file written again is not one of the backup's.
    expect(await files.rewind(location, { asOf })).toMatchObject({ files: 1, dataBytes: 0n });
  });

  it('allows for a store whose clock is ahead', async () => {
    const bucket = s3.createVersionedBucket();
    const { location, asOf } = await backUp(bucket);
    await attack(bucket);

    expect(await files.rewind(location, { asOf: asOf - 10_000 })).toMatchObject({ files: 0 });
    const rewind = { asOf: asOf - 10_000, writtenLast: 'backupmeta' };
    expect(await files.rewind(location, rewind)).toMatchObject({ files: 2, dataBytes: 4n });
  });

  it('keeps the newest version of a file that is written after the end', async () => {
    const bucket = s3.createVersionedBucket();
    const { location, asOf } = await backUp(bucket);
    await put(bucket, 'manifest.json', 'first');
    await put(bucket, 'manifest.json', 'second');
    await remove(bucket, 'manifest.json');

    expect(await files.rewind(location, { asOf, newest: ['manifest.json'] })).toMatchObject({ files: 2 });

    expect(await textOf(bucket, 'manifest.json')).toBe('second');
  });

  it('gets copies over locked files, which count the next time', async () => {
    const bucket = s3.createLockedBucket();
    const { location, asOf } = await backUp(bucket);
    await attack(bucket);

    const { copied, ...rewound } = await files.rewind(location, { asOf });

    expect(rewound).toEqual({ files: 2, dataBytes: 4n });
    // The copies are locked for longer than the backup was.
    const { lockedUntil = '' } = copied ?? {};
    expect(Date.parse(lockedUntil)).toBeGreaterThan(asOf + DAY_MS);
    expect([await textOf(bucket, '1/a.sst'), await textOf(bucket, 'backupmeta')]).toEqual(['rows', 'meta']);
    // Foreign files are hidden, so that they do not count from then on.
    await expect(textOf(bucket, '1/b.sst')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await attack(bucket);
    const again = { asOf: copied?.asOf ?? 0 };
    expect(await files.rewind(location, again)).toMatchObject({ files: 2, dataBytes: 4n });
    // Hidden files do not count, though their markers are younger than the last copy.
    expect([await textOf(bucket, '1/a.sst'), await textOf(bucket, 'backupmeta')]).toEqual(['rows', 'meta']);
  });

  it('takes calls by the page: two listings, and one removal per thousand', async () => {
    const bucket = s3.createVersionedBucket();
    const location: S3Location = { type: 's3', bucket, prefix };
    const keys = Array.from({ length: 1_200 }, (_, index) => `${prefix}/1/${String(index).padStart(4, '0')}.sst`);
    await putObjects(s3.endpoint, bucket, keys);
    const asOf = await endOfBackup();
    await putObjects(s3.endpoint, bucket, keys);
    const send = vi.spyOn(Object.getPrototypeOf(s3.client), 'send');

    expect(await files.rewind(location, { asOf })).toMatchObject({ files: 1_200 });

    // 2,400 versions are three pages, of which 1,200 are removed; 1,200 are two. One call looks for uploads.
    const calls = send.mock.calls.map(([command]) => (command as object).constructor.name);
    expect(Map.groupBy(calls, (name) => name).get('ListObjectVersionsCommand')).toHaveLength(5);
    expect(Map.groupBy(calls, (name) => name).get('DeleteObjectsCommand')).toHaveLength(2);
    expect(calls).toHaveLength(8);
    send.mockRestore();
  });

  it('stops before its next change once time is up, and continues the next time', async () => {
    const bucket = s3.createVersionedBucket();
    const { location, asOf } = await backUp(bucket);
    await attack(bucket);

    await expect(files.rewind(location, { asOf, signal: AbortSignal.abort() })).rejects.toThrow();

    expect(await textOf(bucket, 'backupmeta')).toBe('garbage');
    expect(await files.rewind(location, { asOf })).toMatchObject({ files: 2 });
  });

  /** A multipart upload with one part, completed later. */
  async function beginUpload(bucket: string, name: string, Body: string): Promise<() => Promise<unknown>> {
    const object = { Bucket: bucket, Key: `${prefix}/${name}` };
    const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(object));
    const part = { ...object, UploadId, PartNumber: 1 };
    const { ETag } = await s3.client.send(new UploadPartCommand({ ...part, Body }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    return () => s3.client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
  }

  it('is not misled by uploads started before the end and completed after it', async () => {
    const bucket = s3.createVersionedBucket();
    // The name of `backupmeta` is known before BR writes it; those of data files are not.
    const completeMeta = await beginUpload(bucket, 'backupmeta', 'garbage');
    await put(bucket, '1/a.sst', 'rows');
    const completeData = await beginUpload(bucket, '1/a.sst', 'garbage');
    await put(bucket, 'backupmeta', 'meta');
    const location: S3Location = { type: 's3', bucket, prefix };
    const { version } = await files.stateOf(location, 'backupmeta');
    const pinned = version && { backupmeta: version };
    const asOf = await endOfBackup();
    await completeMeta();
    await completeData();
    const open = await beginUpload(bucket, '1/a.sst', 'garbage');

    const wanted = { asOf, writtenLast: 'backupmeta', isWrittenOnce: (name: string) => name.endsWith('.sst') };
    expect(await files.rewind(location, { ...wanted, ...(pinned && { pinned }) })).toEqual({ files: 2, dataBytes: 4n });

    expect([await textOf(bucket, '1/a.sst'), await textOf(bucket, 'backupmeta')]).toEqual(['rows', 'meta']);
    await expect(open()).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('names the lost file whose version is known but not kept', async () => {
    const bucket = s3.createVersionedBucket();
    const { location, asOf } = await backUp(bucket);

    const rewind = { asOf, pinned: { backupmeta: { eTag: '"of another"', versionId: 'gone' } } };
    expect(await files.rewind(location, rewind)).toEqual({ files: 1, dataBytes: 4n, lost: ['backupmeta'] });
  });

  it('knows the copy of such a file by its own version the next time', async () => {
    const bucket = s3.createLockedBucket();
    const { location, asOf } = await backUp(bucket);
    const { version } = await files.stateOf(location, 'backupmeta');
    await attack(bucket);

    const { copied } = await files.rewind(location, { asOf, ...(version && { pinned: { backupmeta: version } }) });

    expect(copied?.pinned).toEqual((await files.stateOf(location, 'backupmeta')).version);
  });

  it('waits while the store throttles, and fails for any refusal except that of a lock', async () => {
    const bucket = s3.createLockedBucket();
    const { location, asOf } = await backUp(bucket);
    await attack(bucket);
    const prototype = Object.getPrototypeOf(s3.client);
    const send: (command: object) => unknown = prototype.send;
    const refuse = (codes: string[]) =>
      vi.spyOn(prototype, 'send').mockImplementation(async function (this: unknown, command) {
        if (!(command instanceof DeleteObjectsCommand)) return send.call(this, command as object);
        const Code = codes.shift();
        if (Code === undefined) return send.call(this, command);
        return { Errors: command.input.Delete?.Objects?.map(({ Key, VersionId }) => ({ Key, VersionId, Code })) };
      });
    let spy = refuse(['InvalidArgument']);
    await expect(files.rewind(location, { asOf })).rejects.toThrow('InvalidArgument');
    spy.mockRestore();

    spy = refuse(['SlowDown', 'InternalError']);
    expect(await files.rewind(location, { asOf })).toMatchObject({ files: 2 });

    const deletions = spy.mock.calls.filter(([command]) => command instanceof DeleteObjectsCommand);
    expect(deletions.length).toBeGreaterThan(3);
    spy.mockRestore();
  });

  it('keeps the storage class of copied files', async () => {
    const bucket = s3.createLockedBucket();
    const location: S3Location = { type: 's3', bucket, prefix };
    const Key = `${prefix}/1/a.sst`;
    await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'rows', StorageClass: 'STANDARD_IA' }));
    const asOf = await endOfBackup();
    await put(bucket, '1/a.sst', 'garbage');

    await files.rewind(location, { asOf });

    const { Versions } = await s3.client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }));
    const classes: (StorageClass | undefined)[] = (Versions ?? []).map((version) => version.StorageClass);
    expect(classes).toEqual(['STANDARD_IA', 'STANDARD', 'STANDARD_IA']);
  });

  it('aborts unfinished uploads, and needs no calls for anything else', async () => {
    const bucket = s3.createVersionedBucket();
    const location: S3Location = { type: 's3', bucket, prefix };
    for (const name of ['1/a.sst', '1/b.sst']) await beginUpload(bucket, name, 'parts');

    await files.abortUploads(location);

    const { Uploads } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads).toBeUndefined();
  });

  it('is not requested in a store without versions', async () => {
    const location = (bucket: string): S3Location => ({ type: 's3', bucket, prefix });

    expect(await files.keepsVersions(location(await s3.createBucket()))).toBe(false);
    expect(await files.keepsVersions(location(s3.createVersionedBucket()))).toBe(true);
  });
});
