import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult, Finding } from '../../../functions/domain/cluster/check.ts';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { type S3WithKeys, type StorageKeys, startS3WithKeys } from '../../support/s3-with-keys.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, running, sql, startAppWorld } from './app-world.ts';

const ALL_ROWS = 'SELECT * FROM shop.orders ORDER BY id';
/** A busy machine takes seconds to start a function, and a workflow needs several. */
const SECONDS = 60;

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
}, 120_000);
afterAll(() => world.stop());

async function configure(values: Record<string, string>): Promise<void> {
  for (const [configKey, configValue] of Object.entries(values)) {
    expect(await world.api('POST /config/update', { configKey, configValue })).toMatchObject({ code: 0 });
  }
}

async function prepare() {
  const [source, target] = [await world.sandbox(), await world.sandbox()];
  await fill(source, 64);
  return { source, target, sourceId: await world.register(source), targetId: await world.register(target) };
}

const isFree = (clusterId: string) =>
  expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');

async function finishedBackup(clusterId: string): Promise<string> {
  const backupId = await world.backUp(clusterId);
  const { status, error } = await world.untilRecord(backupId, isEnded, SECONDS);
  expect({ status, error }).toEqual({ status: 'Finished', error: undefined });
  await isFree(clusterId);
  return backupId;
}

const isEnded = ({ status }: { status: string }) => ['Finished', 'Failed', 'Canceled'].includes(status);

async function restore(clusterId: string, backupId: string): Promise<void> {
  const { data } = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
  const info = await until(
    'the end of the restore',
    async () => {
      const { info } = (await world.api(`GET /workflow/${data.workFlowId}`)).data as { info: { status: string } };
      return ['Finished', 'Error'].includes(info.status) ? info : undefined;
    },
    SECONDS,
  );
  expect(info.status).toBe('Finished');
  await isFree(clusterId);
}

/** The findings of a check that takes a backup, of which nothing is left. */
async function findingsOf(clusterId: string): Promise<Finding[]> {
  const { data } = await world.api(`POST /clusters/${clusterId}/check?scratch=true`);
  const check = await until(
    'the end of the check',
    async () => {
      const { check } = (await world.api(`GET /clusters/${clusterId}`)).data as unknown as { check?: CheckResult };
      const isOver = check?.findings.some(({ check }) => check === 'scratchCleanup');
      return check?.workFlowId === data.workFlowId && isOver ? check : undefined;
    },
    SECONDS,
  );
  await world.untilGone(String(data.workFlowId), SECONDS);
  await isFree(clusterId);
  return check.findings;
}

const SCRATCH = ['scratchBackup', 'scratchRestore', 'scratchCleanup'].map((check) =>
  expect.objectContaining({ check, status: 'passed' }),
);

async function expectSameRows(source: TidbSandbox, target: TidbSandbox): Promise<void> {
  const rows = await sql(source, ALL_ROWS);
  expect(rows.length).toBeGreaterThan(0);
  expect(await sql(target, ALL_ROWS)).toEqual(rows);
}

describe('backups in a shared file system', () => {
  let root: string;
  beforeAll(async () => {
    await configure({ BackupStorageType: 'nfs' });
    root = world.cloud.mounts[0]?.directory ?? '';
  });
  afterAll(() => configure({ BackupStorageType: 's3' }));

  /** Files of a backup, as the functions also see them. */
  const filesOf = (clusterId: string, backupId: string) =>
    readdir(join(root, clusterId, backupId), { recursive: true }).catch(() => undefined);

  it('are written by TiDB, restored, and deleted without touching a neighbour', { timeout: 180_000 }, async () => {
    const { source, target, sourceId, targetId } = await prepare();

    const backupId = await finishedBackup(sourceId);

    const path = `/nfs/backups/${sourceId}/${backupId}/attempt-1`;
    expect(await world.record(backupId)).toMatchObject({ storageType: 'nfs', filePath: path });
    expect(await sql(source, 'SHOW BACKUPS')).toMatchObject([{ Destination: `local://${path}` }]);
    expect(await filesOf(sourceId, backupId)).toContain('attempt-1/backupmeta');
    expect(await world.filesOf(backupId)).toEqual([]);

    await restore(targetId, backupId);
    await expectSameRows(source, target);

    await mkdir(join(root, sourceId, `${backupId}b`));
    await writeFile(join(root, sourceId, `${backupId}b`, 'backupmeta'), 'x');
    await symlink(join(root, sourceId, `${backupId}b`), join(root, sourceId, backupId, 'attempt-1', 'link'));
    expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
    await world.untilGone(backupId, SECONDS);

    expect(await readdir(join(root, sourceId), { recursive: true })).toEqual([
      `${backupId}b`,
      `${backupId}b/backupmeta`,
    ]);
    await isFree(sourceId);
  });

  it('pass a check, which leaves nothing there', { timeout: 120_000 }, async () => {
    const { sourceId } = await prepare();

    const findings = await findingsOf(sourceId);

    expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(findings).toEqual(expect.arrayContaining(SCRATCH));
    expect(await readdir(join(root, sourceId))).toEqual([]);
    expect(await readdir(join(root, 'check'), { recursive: true })).toEqual([]);
  });

  it('that are canceled leave no file', { timeout: 120_000 }, async () => {
    const { source, sourceId } = await prepare();
    source.setFaults([{ throttleMiBPerSecond: 0.01 }]);
    const backupId = await world.backUp(sourceId);
    await expect
      .poll(async () => (await filesOf(sourceId, backupId))?.length ?? 0, { timeout: SECONDS * 1_000 })
      .toBeGreaterThan(1);

    expect(await world.api('POST /backups/cancel', { clusterId: sourceId, backupId })).toMatchObject({ code: 0 });

    expect(await world.untilRecord(backupId, isEnded, SECONDS)).toMatchObject({ status: 'Canceled' });
    await isFree(sourceId);
    expect(await filesOf(sourceId, backupId)).toBeUndefined();
    expect(await running(source, 'BACKUP')).toEqual([]);
  });

  it('are not deleted through a symbolic link, and the record says so', { timeout: 180_000 }, async () => {
    const { sourceId } = await prepare();
    const backupId = await finishedBackup(sourceId);
    const elsewhere = join(root, `elsewhere-${backupId}`);
    await rename(join(root, sourceId), elsewhere);
    await symlink(elsewhere, join(root, sourceId));

    await world.api(`DELETE /backups/${backupId}`);

    const { error } = await world.untilRecord(backupId, (record) => record.error !== undefined, SECONDS);
    expect(error).toEqual({
      code: 20608,
      message: `FolderNotOwned: /nfs/backups/${sourceId}/${backupId} is behind a symbolic link, which is not followed`,
    });
    expect(await readdir(join(elsewhere, backupId, 'attempt-1'))).toContain('backupmeta');
  });

  it.each([
    ['/etc/backups', 'BackupStoragePath must be /nfs/backups, where this deployment mounts a file system'],
    ['/nfs/backups-of-others', 'BackupStoragePath must be /nfs/backups, where this deployment'],
    ['some-bucket/backups', 'BackupStoragePath must be an absolute path while BackupStorageType is "nfs"'],
  ])('are not started if no function could delete them: %s', async (path, message) => {
    const clusterId = await world.register(await world.sandbox());
    await configure({ BackupStoragePath: path });

    const refused = await world.api('POST /backups', { clusterId });

    expect(refused).toMatchObject({ status: 400, code: 20601, message: expect.stringContaining(message) });
    expect(await world.maintenanceOf(clusterId)).toBe('');
    await configure({ BackupStoragePath: '/nfs/backups' });
  });
});

describe('backups in a store with its own keys', () => {
  const KEYS: StorageKeys = { accessKey: 'AKIA+EXAMPLE%&', secretAccessKey: `s3cr3t+/=&#%'"\\é` };
  /** Legal as a path, but special everywhere else: SQL, a URL, a key of S3. */
  const PREFIX = `it's; DROP DATABASE shop; -- /"?access-key=x&y#%27+é/..x`;
  let store: S3WithKeys;
  let bucket: string;
  beforeAll(async () => {
    store = await startS3WithKeys(KEYS);
  });
  beforeEach(async () => {
    bucket = await store.createBucket();
    await configure({
      BackupStorageType: 's3',
      BackupStoragePath: `${bucket}/${PREFIX}`,
      BackupS3Endpoint: store.endpoint,
      BackupS3AccessKey: KEYS.accessKey,
      BackupS3SecretAccessKey: KEYS.secretAccessKey,
    });
  });
  afterAll(() => store.stop());

  /** Everything that users and operators can see of it. */
  async function visibleOf(backupId: string): Promise<string> {
    const workflow = await world.api(`GET /workflow/${backupId}`);
    const keys = await Promise.all(
      Object.keys(KEYS).map((name) =>
        world.api(`GET /config?configKey=BackupS3${name[0]?.toUpperCase()}${name.slice(1)}`),
      ),
    );
    return JSON.stringify([await world.record(backupId), workflow, keys, world.cloud.logs]);
  }

  function expectNoKey(text: string, keys: StorageKeys): void {
    for (const key of Object.values(keys)) {
      for (const spelling of [key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)]) {
        expect(text).not.toContain(spelling);
      }
    }
  }

  it('are written, restored and deleted there, and the keys appear nowhere', { timeout: 180_000 }, async () => {
    const { source, target, sourceId, targetId } = await prepare();

    const backupId = await finishedBackup(sourceId);

    const folder = `${PREFIX}/${sourceId}/${backupId}/attempt-1`;
    expect(await world.record(backupId)).toMatchObject({ storageType: 's3', filePath: `s3://${bucket}/${folder}` });
    expect(await store.keys(bucket)).toContain(`${folder}/backupmeta`);
    expect(await world.filesOf(backupId)).toEqual([]);
    await restore(targetId, backupId);
    await expectSameRows(source, target);
    expectNoKey(await visibleOf(backupId), KEYS);

    expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
    await world.untilGone(backupId, SECONDS);
    expect(await store.keys(bucket)).toEqual([]);
  });

  it('pass a check, which leaves nothing there and shows no key', { timeout: 120_000 }, async () => {
    const { sourceId } = await prepare();

    const findings = await findingsOf(sourceId);

    expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(findings).toEqual(expect.arrayContaining(SCRATCH));
    expect(await store.keys(bucket)).toEqual([]);
    expectNoKey(JSON.stringify([findings, world.cloud.logs]), KEYS);
  });

  it.each([
    ['an unknown key', { ...KEYS, accessKey: 'AKIA+WRONG%&' }],
    ['another secret', { ...KEYS, secretAccessKey: `wr0ng+/=&#%'"\\é` }],
  ])(
    'fail with %s: the record says why, without it; with the correct ones it can be deleted',
    { timeout: 180_000 },
    async (_, keys) => {
      const { sourceId } = await prepare();
      await configure({ BackupS3AccessKey: keys.accessKey, BackupS3SecretAccessKey: keys.secretAccessKey });

      const backupId = await world.backUp(sourceId);

      const { status, error } = await world.untilRecord(backupId, isEnded, SECONDS);
      expect(status).toBe('Failed');
      expect(error).toMatchObject({
        code: 20609,
        message: expect.stringMatching(/^BackupPathUnusable: .*failed to get region of bucket .*: Forbidden/),
      });
      await isFree(sourceId);
      expectNoKey(await visibleOf(backupId), keys);

      // The functions are warm: they have read the wrong ones.
      await configure({ BackupS3AccessKey: KEYS.accessKey, BackupS3SecretAccessKey: KEYS.secretAccessKey });
      expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
      await world.untilGone(backupId, SECONDS);
    },
  );

  it('are not started with incomplete keys', async () => {
    const clusterId = await world.register(await world.sandbox());
    await configure({ BackupS3SecretAccessKey: '' });

    expect(await world.api('POST /backups', { clusterId })).toMatchObject({
      status: 400,
      code: 20601,
      message: expect.stringContaining('set BackupS3AccessKey and BackupS3SecretAccessKey both or neither'),
    });
    expect(await world.maintenanceOf(clusterId)).toBe('');
  });
});
