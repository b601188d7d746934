import { ListObjectVersionsCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBackupFiles } from '../../../../functions/adapters/files/backup-files.ts';
import { createS3Stores, type S3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import type { BackupFiles } from '../../../../functions/domain/storage/backup-files.ts';
import type { S3Location } from '../../../../functions/domain/storage/storage-location.ts';
import { replicationConfiguration } from '../../../../infra/local/aws/s3/replication-rules.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { startS3, type TestS3 } from '../../../support/s3.ts';
import { until } from '../../support/until.ts';

const REGION = 'eu-west-1';
const NAMES = ['attempt-1/backupmeta', 'attempt-1/1/2_1.sst'];

describe('removing a backup with a second copy', () => {
  let s3: TestS3;
  let far: S3Client;
  let files: BackupFiles;
  let location: S3Location;
  let copy: string;
  beforeEach(async () => {
    s3 = await startS3(undefined, { replicationMs: () => 10 });
    far = new S3Client({ region: REGION, forcePathStyle: true });
    files = createBackupFiles(createS3Stores(fakeSecrets({})), {});
    const source = s3.createVersionedBucket();
    copy = s3.createVersionedBucket({ region: REGION });
    const rule = {
      ...{ Status: 'Enabled', Priority: 1, Filter: { Prefix: '' } },
      DeleteMarkerReplication: { Status: 'Disabled' },
      Destination: { Bucket: `arn:aws:s3:::${copy}` },
    };
    s3.server.replicate(source, replicationConfiguration.parse({ Role: 'arn:role', Rules: [rule] }));
    location = { type: 's3', bucket: source, prefix: 'tidb/c/b', copy: { bucket: copy, region: REGION } };
    await s3.put(source, ...NAMES.map((name) => `tidb/c/b/${name}`), 'tidb/c/other/attempt-1/backupmeta');
    await until('the copies', async () => ((await copies()) === 3 ? true : undefined));
  });
  afterEach(async () => {
    far.destroy();
    await s3.stop();
  });

  const copies = async () => (await far.send(new ListObjectVersionsCommand({ Bucket: copy }))).Versions?.length ?? 0;

  it('removes both, and nothing else', async () => {
    await files.removeAll(location);

    expect(await s3.keys(location.bucket)).toEqual(['tidb/c/other/attempt-1/backupmeta']);
    expect(await copies()).toBe(1);
  });

  it('removes the copy of a lost bucket, and the files of a bucket whose copies are lost', async () => {
    s3.server.places.loseBucket(location.bucket);
    await files.removeAll(location);
    expect(await copies()).toBe(1);

    s3.server.places.loseBucket(copy);
    await files.removeAll(location);
  });

  it('says that the copy remains while its region does not answer, and can be repeated', async () => {
    s3.server.places.loseRegion(REGION);

    await expect(files.removeAll(location)).rejects.toThrow(`its second copy remains: s3://${copy}/tidb/c/b`);
    expect(await s3.keys(location.bucket)).toEqual(['tidb/c/other/attempt-1/backupmeta']);
    s3.server.places.regainRegion(REGION);
    await files.removeAll(location);
    expect(await copies()).toBe(1);
  }, 30_000);

  it('waits for a copy that was locked later, of which the record knows nothing', async () => {
    const locked = s3.createVersionedBucket({ region: REGION, lockDays: 1 });
    for (const name of NAMES) {
      await far.send(new PutObjectCommand({ Bucket: locked, Key: `tidb/c/b/${name}`, Body: 'x' }));
    }
    const kept: S3Location = { ...location, copy: { bucket: locked, region: REGION } };

    await expect(files.removeAll(kept)).rejects.toMatchObject({
      name: 'FilesLocked',
      message: expect.stringContaining(`s3://${locked}/tidb/c/b is locked until`),
    });

    expect(await s3.keys(location.bucket)).toEqual(['tidb/c/other/attempt-1/backupmeta']);
    const { Versions } = await far.send(new ListObjectVersionsCommand({ Bucket: locked }));
    expect(Versions).toHaveLength(NAMES.length);
  });

  it('does not wait for a copy that the deployment no longer makes, nor may remove', async () => {
    const terms = (bucket: string) => JSON.stringify({ copy: { bucket, region: REGION } });
    vi.spyOn(console, 'warn').mockReturnValueOnce();
    const stores = createS3Stores(fakeSecrets({}));
    const metadata = { $fault: 'client', $metadata: { httpStatusCode: 403 } } as const;
    const refusing: S3Stores = {
      ...stores,
      at: async (at, work) => {
        if (at.bucket !== copy) return await stores.at(at, work);
        throw new Error('refused', { cause: new S3ServiceException({ name: 'AccessDenied', ...metadata }) });
      },
    };
    const deployed = (bucket: string) => createBackupFiles(refusing, { STORAGE_TERMS: terms(bucket) });

    await expect(deployed(copy).removeAll(location)).rejects.toThrow('its second copy remains');
    await deployed('another').removeAll(location);

    expect(await s3.keys(location.bucket)).toEqual(['tidb/c/other/attempt-1/backupmeta']);
  });

  it('keeps the copy until the original has been removed', async () => {
    const aborted = AbortSignal.abort(new Error('time is up'));

    await expect(files.removeAll(location, aborted)).rejects.toThrow('time is up');
    expect(await copies()).toBe(3);
  });
});
