import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tikvAccessKeyId } from '../../../infra/local/tikv-role.ts';
import { appOfTenant } from '../support/app-of-tenant.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, sql, startAppWorld } from './app-world.ts';

/** An attacker with the credentials of a TiKV node. */
function intruder(world: AppWorld): S3Client {
  return new S3Client({
    endpoint: world.cloud.endpoints.s3,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: tikvAccessKeyId('test'), secretAccessKey: 'tikv' },
  });
}

async function finishedBackup(world: AppWorld, clusterId: string, wanted: object = {}): Promise<string> {
  const answer = await world.api('POST /backups', { clusterId, backupMode: 'manual', ...wanted });
  const backupId = String(answer.data.backupId);
  await world.untilRecord(backupId, ({ status }) => status === 'Finished', 40);
  await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
  // S3 has whole seconds: the destruction comes later.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  return backupId;
}

async function ended(world: AppWorld, workFlowId: string): Promise<Record<string, unknown>> {
  return await until(
    `workflow ${workFlowId}`,
    async () => {
      const { data } = await world.api(`GET /workflow/${workFlowId}`);
      const { status } = data.info as { status: string };
      return ['Finished', 'Error', 'Canceled'].includes(status) ? data : undefined;
    },
    60,
  );
}

const undelete = async (world: AppWorld, backupId: string) => {
  const answer = await world.api(`POST /backups/${backupId}/undelete`);
  if (answer.code !== 0) throw new Error(answer.message);
  return await ended(world, String(answer.data.workFlowId));
};

/** Restores it into an empty cluster and counts the rows. */
async function restoredRows(world: AppWorld, backupId: string): Promise<number> {
  const target = await world.sandbox();
  const clusterId = await world.register(target);
  const { data } = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
  expect(await ended(world, String(data.workFlowId))).toMatchObject({ info: { status: 'Finished' } });
  const [row] = await sql(target, 'SELECT COUNT(*) AS n FROM shop.orders');
  return Number(row?.n);
}

describe('an attacker with the role of a TiKV node, who destroys every backup in reach', () => {
  let world: AppWorld;
  let thief: S3Client;
  let Bucket: string;
  let clusterId: string;
  beforeAll(async () => {
    world = await startAppWorld({ onDenied: () => undefined });
    Bucket = world.bucket;
    thief = intruder(world);
    const sandbox = await world.sandbox();
    await fill(sandbox, 16);
    clusterId = await world.register(sandbox);
  }, 120_000);
  afterAll(async () => {
    thief.destroy();
    await world.stop();
  });

  const keysOf = async (backupId: string): Promise<string[]> => {
    const listed = await thief.send(new ListObjectsV2Command({ Bucket, Prefix: `backups/${clusterId}/${backupId}/` }));
    return (listed.Contents ?? []).flatMap(({ Key }) => Key ?? []);
  };

  /** Everything that the attacker may write to, which excludes the service's own files. */
  const filesOf = async (backupId: string) =>
    (await keysOf(backupId)).filter((key) => !/tidb-backup-manifest\.json$|\/tables\//.test(key));

  async function deleteAll(backupId: string): Promise<void> {
    const Objects = (await filesOf(backupId)).map((Key) => ({ Key }));
    expect(Objects).not.toEqual([]);
    await thief.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(await filesOf(backupId)).toEqual([]);
  }

  async function overwriteAll(backupId: string): Promise<void> {
    for (const Key of await filesOf(backupId)) {
      await thief.send(new PutObjectCommand({ Bucket, Key, Body: 'garbage' }));
    }
  }

  it('reaches no version, no rule of the bucket, and nothing that the service stores beside a backup', async () => {
    const backupId = await finishedBackup(world, clusterId);
    const [Key = ''] = await filesOf(backupId);
    const listed = await world.clients.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
    const VersionId = listed.Versions?.[0]?.VersionId;
    const folder = `backups/${clusterId}/${backupId}`;
    const Until = new Date(Date.now() + 1_000);
    const attempts: (() => Promise<unknown>)[] = [
      () => thief.send(new ListObjectVersionsCommand({ Bucket })),
      () => thief.send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
      async () => {
        const { Errors: [error] = [] } = await thief.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } }),
        );
        // S3 answers for each object.
        if (error !== undefined) throw Object.assign(new Error(error.Message), { name: error.Code });
      },
      () => thief.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
      () =>
        thief.send(
          new PutBucketLifecycleConfigurationCommand({
            Bucket,
            LifecycleConfiguration: {
              Rules: [{ Status: 'Enabled', Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }],
            },
          }),
        ),
      () => thief.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })),
      () => thief.send(new DeleteBucketPolicyCommand({ Bucket })),
      () =>
        thief.send(
          new PutObjectRetentionCommand({ Bucket, Key, Retention: { Mode: 'COMPLIANCE', RetainUntilDate: Until } }),
        ),
      ...[`${folder}/attempt-1/tidb-backup-manifest.json`, `${folder}/tables/attempt-1.json`].flatMap((own) => [
        () => thief.send(new PutObjectCommand({ Bucket, Key: own, Body: 'garbage' })),
        () => thief.send(new DeleteObjectCommand({ Bucket, Key: own })),
      ]),
    ];

    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await restoredRows(world, backupId)).toBe(16);
  }, 120_000);

  it('loses none of them: each is recovered, complete, and can be restored', async () => {
    const deleted = await finishedBackup(world, clusterId);
    const overwritten = await finishedBackup(world, clusterId);
    await deleteAll(deleted);
    await overwriteAll(overwritten);
    const both = await finishedBackup(world, clusterId);
    await overwriteAll(both);
    await deleteAll(both);

    const { data } = await world.api(`POST /backups/${deleted}/undelete?plan=true`);
    expect(data.plan).toMatchObject({
      action: 'undelete',
      backupId: deleted,
      clusterId,
      recoverDeletedDays: 7,
      conflicts: [],
    });
    expect(await filesOf(deleted)).toEqual([]);
    for (const backupId of [deleted, overwritten, both]) {
      expect(await undelete(world, backupId)).toMatchObject({ info: { status: 'Finished', bizId: clusterId } });
      expect(await restoredRows(world, backupId)).toBe(16);
    }
    expect(await world.maintenanceOf(clusterId)).toBe('');
  }, 180_000);

  it('breaks a chain by its base until that is recovered, and is no longer evidence against it', async () => {
    const base = await finishedBackup(world, clusterId);
    const increment = await finishedBackup(world, clusterId, { backupType: 'incr' });
    await deleteAll(base);
    const target = await world.register(await world.sandbox());
    for (const backupId of [base, increment]) {
      const { data } = await world.api(`POST /clusters/${target}/restore`, { backupId });
      expect(await ended(world, String(data.workFlowId))).toMatchObject({ info: { status: 'Error' } });
    }
    expect(await world.record(base)).toMatchObject({ evidence: { result: 'failed' } });

    expect(await undelete(world, base)).toMatchObject({ info: { status: 'Finished' } });

    expect(await world.record(base)).not.toHaveProperty('evidence');
    expect(await restoredRows(world, increment)).toBe(16);
  }, 180_000);

  it('leaves a backup that can be deleted without a trace', async () => {
    const backupId = await finishedBackup(world, clusterId);
    await overwriteAll(backupId);
    await deleteAll(backupId);

    await world.api(`DELETE /backups/${backupId}`);

    await world.untilGone(backupId, 40);
    const Prefix = `backups/${clusterId}/${backupId}/`;
    const left = await world.clients.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
    expect([...(left.Versions ?? []), ...(left.DeleteMarkers ?? [])]).toEqual([]);
  }, 120_000);

  it('can destroy for good what no one misses in time: the service then says how much is lost, and records the evidence', async () => {
    const backupId = await finishedBackup(world, clusterId);
    const lost = (await filesOf(backupId)).filter((key) => key.endsWith('.sst'));
    // The bucket's rule has removed these versions.
    const { Versions = [] } = await world.clients.s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: `backups/${clusterId}/${backupId}/` }),
    );
    await deleteAll(backupId);
    for (const { Key, VersionId } of Versions) {
      if (lost.includes(Key ?? '')) await world.clients.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }

    const data = await undelete(world, backupId);

    expect(data).toMatchObject({ info: { status: 'Error' } });
    expect(JSON.stringify(data.nodes)).toContain(`${lost.length} of `);
    expect(JSON.stringify(data.nodes)).toContain('files cannot be recovered');
    expect(await world.record(backupId)).toMatchObject({ evidence: { result: 'failed' } });
    // What could be recovered was.
    expect((await filesOf(backupId)).some((key) => key.endsWith('backupmeta'))).toBe(true);
    expect(await world.maintenanceOf(clusterId)).toBe('');
  }, 120_000);
});

describe('a tenant whose backups are locked', () => {
  let world: AppWorld;
  beforeAll(async () => {
    world = await startAppWorld({ template: await appOfTenant({ immutableDays: 1 }), onDenied: () => undefined });
  }, 120_000);
  afterAll(() => world.stop());

  it('recovers overwritten files although no one can remove the garbage, and again after another attack', async () => {
    const sandbox = await world.sandbox();
    await fill(sandbox, 16);
    const clusterId = await world.register(sandbox);
    const backupId = await finishedBackup(world, clusterId);
    const thief = intruder(world);
    const Bucket = world.bucket;
    const overwriteAll = async () => {
      const Prefix = `backups/${clusterId}/${backupId}/attempt-1/`;
      const { Contents = [] } = await thief.send(new ListObjectsV2Command({ Bucket, Prefix }));
      for (const { Key = '' } of Contents) {
        if (!Key.endsWith('manifest.json')) await thief.send(new PutObjectCommand({ Bucket, Key, Body: 'garbage' }));
      }
    };

    for (const attack of ['first', 'second']) {
      await overwriteAll();
      expect(await undelete(world, backupId), attack).toMatchObject({ info: { status: 'Finished' } });
      expect(await restoredRows(world, backupId), attack).toBe(16);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    }
    thief.destroy();
  }, 180_000);
});
