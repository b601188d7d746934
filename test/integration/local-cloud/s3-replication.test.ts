import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../../infra/local/aws/iam/access/access.ts';
import { replicationConfiguration } from '../../../infra/local/aws/s3/replication-rules.ts';
import type { VersionedBucketSettings } from '../../../infra/local/aws/s3/s3.ts';
import { startS3, type TestS3 } from '../../support/s3.ts';
import { until } from '../support/until.ts';

const ROLE = 'arn:aws:iam::111122223333:role/replication';
const REPLICA_KEY = 'arn:aws:kms:eu-west-1:111122223333:key/replica';
const SOURCE_KEY = 'arn:aws:kms:us-east-1:111122223333:key/source';

/** By S3's user guide: "What does Amazon S3 replicate?", "Getting replication status information". */
describe('replication', () => {
  let s3: TestS3;
  /** Rights that replications requested. */
  const asked: Access[] = [];
  let refused: string | undefined;
  const encrypted = new Set<string>();
  beforeAll(async () => {
    s3 = await startS3(undefined, {
      replicationMs: (key) => (key.endsWith('late') ? 400 : 20),
      keyOf: (arn) => (encrypted.has(arn) ? SOURCE_KEY : undefined),
      mayReplicate: async (_role, accesses) => {
        asked.push(...accesses);
        return !accesses.some(({ action }) => action === refused);
      },
    });
  });
  afterAll(() => s3.stop());

  interface Pair {
    source: string;
    copy: string;
  }

  function replicated(rule: object = {}, destination: object = {}, settings?: VersionedBucketSettings): Pair {
    const [source, copy] = [s3.createVersionedBucket(), s3.createVersionedBucket(settings)];
    const configuration = replicationConfiguration.parse({
      Role: ROLE,
      Rules: [
        {
          ...{ Status: 'Enabled', Priority: 1, Filter: { Prefix: '' } },
          DeleteMarkerReplication: { Status: 'Disabled' },
          Destination: { Bucket: `arn:aws:s3:::${copy}`, ...destination },
          ...rule,
        },
      ],
    });
    s3.server.replicate(source, configuration);
    return { source, copy };
  }

  const put = (Bucket: string, Key: string, Body = 'text') =>
    s3.client.send(new PutObjectCommand({ Bucket, Key, Body }));
  const head = (Bucket: string, Key: string) => s3.client.send(new HeadObjectCommand({ Bucket, Key }));
  const versions = async (Bucket: string) => await s3.client.send(new ListObjectVersionsCommand({ Bucket }));

  const statusOf = (bucket: string, key: string, wanted: string) =>
    until(`${wanted} of ${key}`, async () => (await head(bucket, key)).ReplicationStatus === wanted || undefined);

  it('copies an object after a delay, with its version, its bytes and its times', async () => {
    const { source, copy } = replicated();
    const { VersionId } = await put(source, 'folder/late', 'bytes');
    const pending = await head(source, 'folder/late');

    expect(pending.ReplicationStatus).toBe('PENDING');
    expect(await s3.keys(copy)).toEqual([]);
    await statusOf(source, 'folder/late', 'COMPLETED');
    const replica = await s3.client.send(new GetObjectCommand({ Bucket: copy, Key: 'folder/late' }));
    expect(replica).toMatchObject({ ReplicationStatus: 'REPLICA', VersionId, LastModified: pending.LastModified });
    expect(await replica.Body?.transformToString()).toBe('bytes');
  });

  it('copies each object separately, in any order', async () => {
    const { source, copy } = replicated();
    await put(source, 'a-late');
    await put(source, 'backupmeta');

    await statusOf(source, 'backupmeta', 'COMPLETED');
    expect(await s3.keys(copy)).toEqual(['backupmeta']);
  });

  it('ignores earlier objects, and those that no prefix covers', async () => {
    const [source, copy] = [s3.createVersionedBucket(), s3.createVersionedBucket()];
    await put(source, 'backups/before');
    const rule = {
      ...{ Status: 'Enabled', Priority: 1, Filter: { Prefix: 'backups/' } },
      DeleteMarkerReplication: { Status: 'Disabled' },
      Destination: { Bucket: `arn:aws:s3:::${copy}` },
    };
    s3.server.replicate(source, replicationConfiguration.parse({ Role: ROLE, Rules: [rule] }));
    await put(source, 'elsewhere/a');
    await put(source, 'backups/after');

    await statusOf(source, 'backups/after', 'COMPLETED');
    expect((await head(source, 'elsewhere/a')).ReplicationStatus).toBeUndefined();
    expect(await s3.keys(copy)).toEqual(['backups/after']);
  });

  it('replicates no deletion of a version, and delete markers only if the rule says so', async () => {
    const without = replicated();
    const withMarkers = replicated({ DeleteMarkerReplication: { Status: 'Enabled' } });
    for (const { source } of [without, withMarkers]) {
      const { VersionId } = await put(source, 'a');
      await statusOf(source, 'a', 'COMPLETED');
      await s3.client.send(new DeleteObjectCommand({ Bucket: source, Key: 'a' }));
      await s3.client.send(new DeleteObjectCommand({ Bucket: source, Key: 'a', VersionId }));
    }

    const marked = await until('the marker', async () => (await versions(withMarkers.copy)).DeleteMarkers);
    expect(marked).toHaveLength(1);
    expect((await versions(withMarkers.copy)).Versions).toHaveLength(1);
    expect(await s3.keys(without.copy)).toEqual(['a']);
  });

  it('does not copy what was deleted before its turn', async () => {
    const { source, copy } = replicated();
    const { VersionId } = await put(source, 'gone-late');
    await s3.client.send(new DeleteObjectCommand({ Bucket: source, Key: 'gone-late', VersionId }));
    await put(source, 'b-late');

    await statusOf(source, 'b-late', 'COMPLETED');
    expect(await s3.keys(copy)).toEqual(['b-late']);
  });

  it('needs the rights of its role, and reports FAILED without them', async () => {
    const { source, copy } = replicated({}, { AccessControlTranslation: { Owner: 'Destination' } });
    refused = 's3:ReplicateObject';
    await put(source, 'a');

    await statusOf(source, 'a', 'FAILED');
    expect(await s3.keys(copy)).toEqual([]);
    refused = undefined;
    await put(source, 'b');
    asked.length = 0;
    await statusOf(source, 'b', 'COMPLETED');
    expect(asked.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `s3:GetReplicationConfiguration arn:aws:s3:::${source}`,
      `s3:ListBucket arn:aws:s3:::${source}`,
      `s3:GetObjectVersionForReplication arn:aws:s3:::${source}/b`,
      `s3:ReplicateObject arn:aws:s3:::${copy}/b`,
      `s3:ObjectOwnerOverrideToBucketOwner arn:aws:s3:::${copy}/b`,
    ]);
  });

  it('skips objects encrypted with KMS, unless the rule selects them and names a key for the replica', async () => {
    const blind = replicated();
    const seeing = replicated(
      { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } },
      { EncryptionConfiguration: { ReplicaKmsKeyID: REPLICA_KEY } },
      { region: 'eu-west-1' },
    );
    for (const { source } of [blind, seeing]) encrypted.add(`arn:aws:s3:::${source}`);
    asked.length = 0;
    for (const { source } of [blind, seeing]) await put(source, 'a');

    await statusOf(seeing.source, 'a', 'COMPLETED');
    expect((await head(blind.source, 'a')).ReplicationStatus).toBeUndefined();
    expect(asked).toEqual(
      expect.arrayContaining([
        { action: 'kms:Decrypt', resource: SOURCE_KEY, context: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
        { action: 'kms:Encrypt', resource: REPLICA_KEY, context: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
      ]),
    );
  });

  it('refuses a destination that is missing, or if only one side locks', () => {
    const rule = (Bucket: string) =>
      replicationConfiguration.parse({
        Role: ROLE,
        Rules: [
          {
            ...{ Status: 'Enabled', Priority: 1, Filter: { Prefix: '' } },
            DeleteMarkerReplication: { Status: 'Disabled' },
            Destination: { Bucket: `arn:aws:s3:::${Bucket}` },
          },
        ],
      });
    const replicate = (source: string, copy: string) => () => s3.server.replicate(source, rule(copy));

    expect(replicate(s3.createVersionedBucket(), 'missing')).toThrow('Destination bucket must exist');
    expect(replicate(s3.createVersionedBucket(), s3.createLockedBucket())).toThrow('Object Lock must be enabled');
    expect(replicate(s3.createLockedBucket(), s3.createVersionedBucket())).toThrow('Object Lock must be enabled');
  });
});

describe('a bucket of another region', () => {
  let s3: TestS3;
  let far: S3Client;
  beforeAll(async () => {
    s3 = await startS3(undefined, { replicationMs: () => 20 });
    far = new S3Client({ region: 'eu-west-1', forcePathStyle: true, maxAttempts: 1 });
  });
  afterAll(async () => {
    far.destroy();
    await s3.stop();
  });

  it('redirects callers in another one, and names its region', async () => {
    const Bucket = s3.createVersionedBucket({ region: 'eu-west-1' });

    await expect(s3.client.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'PermanentRedirect',
      $response: { statusCode: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    });
    expect(await far.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: 'eu-west-1' });
  });

  it('only answers 503 while its region is lost, and does not exist if it is lost', async () => {
    const [Bucket, other] = [s3.createVersionedBucket({ region: 'eu-west-1' }), s3.createVersionedBucket()];
    s3.server.places.loseRegion('eu-west-1');
    const list = new ListObjectsV2Command({ Bucket });

    await expect(far.send(list)).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      $metadata: { httpStatusCode: 503 },
    });
    expect(await s3.keys(other)).toEqual([]);
    s3.server.places.regainRegion('eu-west-1');
    expect((await far.send(list)).KeyCount).toBe(0);
    s3.server.places.loseBucket(Bucket);
    await expect(far.send(list)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(far.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });
});
