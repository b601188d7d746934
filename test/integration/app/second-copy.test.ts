import { readFile } from 'node:fs/promises';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appOfTenant } from '../support/app-of-tenant.ts';
import { until } from '../support/until.ts';
import { type AppRecord, type AppWorld, fill, sql, startAppWorld } from './app-world.ts';

const COPY = 'copies-of-another-account';
const REGION = 'eu-west-1';
const OWNER = '444455556666';
const KEY = `arn:aws:kms:${REGION}:${OWNER}:key/89abcdef-0123-4567-89ab-cdef01234567`;
const PATIENCE_SECONDS = 90;

const allow = (Action: string[], Resource: string | string[]) => ({
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action, Resource }],
});

interface Copied extends AppRecord {
  copyPath?: string;
  copiedAt?: string;
  evidence?: { result: string; source?: string };
  lastFailure?: { reason: string };
  verifiedAt?: string;
}

describe('a tenant with a second copy in another region and account', () => {
  let world: AppWorld;
  let far: S3Client;
  let copiesRule: string;
  /** Replicas that S3 delays, by a part of their keys. */
  let held = 'none';
  let mayDelete = true;
  beforeAll(async () => {
    const template = await appOfTenant({
      secondCopy: {
        bucketArn: `arn:aws:s3:::${COPY}`,
        region: REGION,
        account: OWNER,
        keyArn: KEY,
        objectLock: false,
        lateHours: 24,
      },
    });
    const { Resources } = JSON.parse(await readFile(template, 'utf8')) as { Resources: object };
    copiesRule = Object.keys(Resources).find((id) => /^CopiesRule[0-9A-F]{8}$/.test(id)) ?? '';
    const objects = `arn:aws:s3:::${COPY}/*`;
    const actions = [
      'ListBucket',
      'ListBucketVersions',
      'ListBucketMultipartUploads',
      'GetObject',
      'DeleteObjectVersion',
    ];
    const replicating = ['ReplicateObject', 'ReplicateTags', 'ObjectOwnerOverrideToBucketOwner'];
    const allowed = allow(
      [...actions, ...replicating].map((action) => `s3:${action}`),
      [`arn:aws:s3:::${COPY}`, objects],
    );
    const policy = { Version: '2012-10-17', ...allowed };
    const keepsData = {
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteObjectVersion' },
      Resource: `arn:aws:s3:::${COPY}/*.sst`,
    };
    const withoutData = { ...policy, Statement: [...policy.Statement, keepsData] };
    world = await startAppWorld({
      onDenied: () => undefined,
      template,
      buckets: [
        {
          ...{ name: COPY, region: REGION, accountId: OWNER },
          get policy() {
            return mayDelete ? policy : withoutData;
          },
          keyArn: KEY,
          keyPolicy: { Version: '2012-10-17', ...allow(['kms:Encrypt', 'kms:Decrypt'], '*') },
        },
      ],
      replicationMs: (key) => (key.includes(held) ? 3_600_000 : 100),
    });
    far = new S3Client({
      ...{ endpoint: world.cloud.endpoints.s3, region: REGION, forcePathStyle: true },
      credentials: { accessKeyId: 'owner', secretAccessKey: 'owner' },
    });
  }, 180_000);
  afterAll(async () => {
    far.destroy();
    await world.stop();
  });

  async function prepare() {
    const sandbox = await world.sandbox();
    await fill(sandbox, 4);
    return { sandbox, clusterId: await world.register(sandbox) };
  }

  async function backUp(clusterId: string, wanted: object = {}): Promise<string> {
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: PATIENCE_SECONDS * 1_000 }).toBe('');
    const { code, message, data } = await world.api('POST /backups', { clusterId, backupMode: 'manual', ...wanted });
    if (code !== 0) throw new Error(message);
    await world.untilRecord(String(data.backupId), ({ status }) => status === 'Finished', PATIENCE_SECONDS);
    return String(data.backupId);
  }

  const recordOf = async (backupId: string) => (await world.record(backupId)) as Copied | undefined;

  /** Sweeps, an hour apart, until the copy is found. */
  let hours = 0;
  const sweep = async () => {
    hours += 1;
    await world.cloud.fireRule(copiesRule, new Date(Date.now() + hours * 3_600_000));
  };
  const untilCopied = (backupId: string) =>
    until(
      'the copy',
      async () => {
        await sweep();
        return (await recordOf(backupId))?.copiedAt;
      },
      PATIENCE_SECONDS,
    );

  async function copiesOf(backupId: string): Promise<string[]> {
    const { Versions = [] } = await far.send(new ListObjectVersionsCommand({ Bucket: COPY }));
    return Versions.flatMap(({ Key = '' }) => (Key.includes(backupId) ? Key : []));
  }

  async function ended(workFlowId: unknown) {
    return await until(
      'the end of the workflow',
      async () => {
        const { data } = await world.api(`GET /workflow/${workFlowId}`);
        const { info } = data as unknown as { info: { status: string } };
        return ['Finished', 'Error'].includes(info.status) ? { ...data, status: info.status } : undefined;
      },
      PATIENCE_SECONDS,
    );
  }

  it('sets copiedAt once every file has arrived, and deletes the copy with the backup', async () => {
    const { clusterId } = await prepare();
    held = '.sst';
    const backupId = await backUp(clusterId);
    await expect
      .poll(() => copiesOf(backupId), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/backupmeta$/));
    await sweep();
    expect(await recordOf(backupId)).toMatchObject({
      copyPath: expect.stringMatching(new RegExp(`^s3://${COPY}/backups/${clusterId}/${backupId}/attempt-1$`)),
    });
    expect(await recordOf(backupId)).not.toHaveProperty('copiedAt');
    const early = await world.api(`POST /clusters/${clusterId}/restore`, { backupId, source: 'copy' });
    expect(early).toMatchObject({ status: 400, code: 20610, message: expect.stringContaining('is not complete yet') });
    held = 'none';

    const whole = await backUp(clusterId);
    await untilCopied(whole);
    expect((await copiesOf(whole)).some((key) => key.endsWith('.sst'))).toBe(true);
    await world.api(`DELETE /backups/${whole}`);
    await world.untilGone(whole, PATIENCE_SECONDS);
    expect(await copiesOf(whole)).toEqual([]);
    expect(await world.filesOf(whole)).toEqual([]);
  }, 180_000);

  it('keeps the record of a copy that it may not delete, says so, and continues once it may', async () => {
    const { clusterId } = await prepare();
    const backupId = await backUp(clusterId);
    await untilCopied(backupId);
    mayDelete = false;
    await world.api(`DELETE /backups/${backupId}`);

    const refused = await world.untilRecord(backupId, ({ error }) => error !== undefined, PATIENCE_SECONDS);
    expect(refused).toMatchObject({ status: 'Deleting', copiedAt: expect.any(String) });
    const remains = `its second copy remains: \\d+ files below s3://${COPY}/backups/${clusterId}/${backupId} could not be deleted`;
    expect(refused.error?.message).toMatch(new RegExp(remains));
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
    expect(await world.filesOf(backupId)).toEqual([]);
    // S3 decides per object.
    const kept = await copiesOf(backupId);
    expect(kept).not.toEqual([]);
    expect(kept.filter((key) => !key.endsWith('.sst'))).toEqual([]);
    mayDelete = true;
    await world.api(`DELETE /backups/${backupId}`);
    await world.untilGone(backupId, PATIENCE_SECONDS);
    expect(await copiesOf(backupId)).toEqual([]);
  }, 240_000);

  it('restores and drills from the copy when the first bucket is lost, and deletes the rest', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await backUp(clusterId, { checksums: true });
    await untilCopied(backupId);
    world.cloud.places.loseBucket(world.bucket);
    const databases = (await sql(sandbox, 'SHOW DATABASES')).map(({ Database }) => String(Database));
    const own = databases.filter(
      (name) => !/^(INFORMATION_SCHEMA|PERFORMANCE_SCHEMA|METRICS_SCHEMA|mysql|sys|test)$/i.test(name),
    );
    expect(own).not.toEqual([]);
    await sql(sandbox, ...own.map((name) => `DROP DATABASE \`${name}\``));
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');

    const original = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
    expect(await ended(original.data.workFlowId)).toMatchObject({ status: 'Error' });
    const plan = await world.api(`POST /clusters/${clusterId}/restore?plan=true`, { backupId, source: 'copy' });
    expect(plan.data.plan).toMatchObject({
      source: 'copy',
      chain: [{ path: expect.stringContaining(`s3://${COPY}/`) }],
    });
    const { data } = await world.api(`POST /clusters/${clusterId}/restore`, { backupId, source: 'copy' });
    expect(await ended(data.workFlowId)).toMatchObject({ status: 'Finished' });
    const restored = (await sql(sandbox, 'SHOW DATABASES')).map(({ Database }) => String(Database));
    expect(restored).toEqual(expect.arrayContaining(own));

    const drill = await world.api(`POST /backups/${backupId}/drill`, { source: 'copy' });
    expect(await ended(drill.data.workFlowId)).toMatchObject({ status: 'Finished' });
    expect(await recordOf(backupId)).toMatchObject({ evidence: { result: 'passed', source: 'copy' } });

    await world.api(`DELETE /backups/${backupId}`);
    await world.untilGone(backupId, PATIENCE_SECONDS);
    expect(await copiesOf(backupId)).toEqual([]);
  }, 300_000);
});
