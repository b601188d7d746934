import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFormerPlaceStore } from '../../../functions/adapters/dynamodb/former-place-store.ts';
import { createStoresOfBackups } from '../../../functions/adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../../functions/adapters/secrets/secret-reader.ts';
import { createSecretVault } from '../../../functions/adapters/secrets/secret-vault.ts';
import { configKey, storageBase } from '../../../functions/domain/config/system-config.ts';
import { below } from '../../../functions/domain/storage/storage-location.ts';
import { updateConfig } from '../../../functions/operations/config/update-config.ts';
import { contextWith, type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { CREATED } from '../../support/records.ts';
import { type S3WithKeys, type StorageKeys, startS3WithKeys } from '../../support/s3-with-keys.ts';

const FIRST: StorageKeys = { accessKey: 'KEYONE', secretAccessKey: 'secret-one' };
const ROTATED: StorageKeys = { accessKey: 'KEYONE-2', secretAccessKey: 'secret-one-2' };
const SECOND: StorageKeys = { accessKey: 'KEYTWO', secretAccessKey: 'secret-two' };
const ALL_ROWS = 'SELECT * FROM shop.orders ORDER BY id';

let world: NodeWorld;
let source: TestCluster;
let one: S3WithKeys;
let two: S3WithKeys;
beforeAll(async () => {
  world = await startNodeWorld();
  [one, two] = [await startS3WithKeys(FIRST), await startS3WithKeys(SECOND, { region: 'eu-west-1' })];
});
beforeEach(async () => {
  one.accept(FIRST);
  two.accept(SECOND);
  for (const { requests } of [one, two]) requests.length = 0;
  source = await world.cluster();
  await source.sql('CREATE DATABASE shop');
  await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
  await source.sql('INSERT INTO shop.orders VALUES (1), (2)');
});
afterAll(async () => {
  await Promise.all([one.stop(), two.stop()]);
  await world.stop();
});

async function configure(values: Record<string, string>): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    await updateConfig(configKey.parse(key), value, {
      config: world.config,
      formerPlaces: createFormerPlaceStore(world.tables.table('config')),
      secrets: createSecretVault(),
      secretsPrefix: 'tidb-backup/test',
      attempt: { newId: () => randomUUID(), createTime: () => CREATED, isRepeated: false },
      clock: Date,
      defaultStoragePath: world.bucket,
    });
  }
}

const keysOf = ({ accessKey, secretAccessKey, sessionToken = '' }: StorageKeys) => ({
  BackupS3AccessKey: accessKey,
  BackupS3SecretAccessKey: secretAccessKey,
  BackupS3SessionToken: sessionToken,
});
const placeOf = async (store: S3WithKeys) => ({
  BackupS3Endpoint: store.endpoint,
  BackupStoragePath: `${await store.createBucket()}/b`,
});

/** Like `POST /backups` and its workflow: it writes where the configuration says. */
async function backUp(): Promise<string> {
  const backupId = randomUUID();
  const base = storageBase(await world.config.readLatest(), { defaultStoragePath: world.bucket });
  const location = below(base, source.clusterId, backupId);
  if (location.type !== 's3') throw new Error('the configuration names an S3 store');
  const input = await world.accepted(source.clusterId, backupId, location);
  const backup = await world.handlers.backup(input, contextWith());
  await world.handlers.updateBackupRecord({ ...input, backup });
  await world.handlers.backupEnd({ ...input, backup });
  return backupId;
}

/** For newly started functions: those of this process have cached which keys work. */
async function expectReachable(backupId: string): Promise<void> {
  const { client, names } = world.tables;
  const variables = { CONFIG_TABLE: names.config, DEFAULT_STORAGE_PATH: world.bucket };
  const stores = createStoresOfBackups(createSecretReader(), client, variables);
  const { location } = (await world.backups.get(backupId)) ?? expect.unreachable('there is a record');
  if (location.type !== 's3') throw new Error('the backup is in an S3 store');
  expect(await stores.keysOf(location)).toBeDefined();
}

async function expectRestorable(backupId: string): Promise<void> {
  await expectReachable(backupId);
  const target = await world.cluster();
  const input = await world.acceptedRestore(target.clusterId, backupId, `restore-${randomUUID()}`);
  const restore = await world.handlers.restoreFromSrcCluster(input, contextWith());
  await world.handlers.restoreEnd({ ...input, restore });
  expect(await target.sql(ALL_ROWS)).toEqual(await source.sql(ALL_ROWS));
}

async function expectDeletable(backupId: string): Promise<void> {
  await expectReachable(backupId);
  await world.deletions.begin(backupId, CREATED);
  const workFlowId = `${backupId}-delete-1`;
  const input = { workFlowId, clusterId: source.clusterId, backupId, maintenanceStatusChange: true };
  const deletion = { input, executionArn: `arn:${workFlowId}`, startTime: CREATED };
  const files = await world.handlers.deleteBackupFiles(deletion, contextWith());
  expect(files).toEqual({ areGone: true });
  await world.handlers.deletionEnd({ ...input, files });
}

const bucketOf = async (backupId: string) => {
  const record = await world.backups.get(backupId);
  return record?.location.type === 's3' ? record.location.bucket : '';
};

describe('a backup of an earlier configuration', () => {
  it.each([
    ['the endpoint first', (place: object, keys: object) => ({ ...place, ...keys })],
    ['the keys first', (place: object, keys: object) => ({ ...keys, ...place })],
  ])('is restored from, and deleted in, the former store: %s', async (_, inOrder) => {
    await configure({ ...(await placeOf(one)), ...keysOf(FIRST) });
    const [kept, deleted] = [await backUp(), await backUp()];

    await configure(inOrder(await placeOf(two), keysOf(SECOND)));
    const inSecond = await backUp();

    for (const backupId of [kept, inSecond]) await expectRestorable(backupId);
    await expectDeletable(deleted);
    expect((await one.keys(await bucketOf(kept))).every((key) => key.includes(kept))).toBe(true);
  });

  it('is found while the configuration is half-way to another store', async () => {
    await configure({ ...(await placeOf(one)), ...keysOf(FIRST) });
    const backupId = await backUp();

    await configure({ BackupS3AccessKey: SECOND.accessKey });
    await expectRestorable(backupId);
    await configure({ BackupS3AccessKey: '' });
    await expectRestorable(backupId);
    await configure({ BackupS3SecretAccessKey: '' });
    await expectDeletable(backupId);
  });

  it('is found in both stores after the return to the first', async () => {
    const [inOne, inTwo] = [await placeOf(one), await placeOf(two)];
    await configure({ ...inOne, ...keysOf(FIRST) });
    const first = await backUp();
    await configure({ ...inTwo, ...keysOf(SECOND) });
    const second = await backUp();
    await configure({ ...keysOf(FIRST), ...inOne });

    for (const backupId of [first, second, await backUp()]) await expectRestorable(backupId);
    await expectDeletable(second);
  });

  it('is opened with the new keys of its store once the old ones are invalid, even after a move', async () => {
    await configure({ ...(await placeOf(one)), ...keysOf(FIRST) });
    const [first, second] = [await backUp(), await backUp()];
    await configure(keysOf(ROTATED));
    one.accept(ROTATED);
    await expectRestorable(first);
    await expectDeletable(first);

    await configure({ ...keysOf(SECOND), ...(await placeOf(two)) });

    await expectRestorable(second);
    await expectDeletable(second);
  });

  it('is opened with the temporary keys that have replaced its own', async () => {
    const temporary = (token: string) => ({
      accessKey: `ASIA-${token}`,
      secretAccessKey: 'temporary',
      sessionToken: token,
    });
    one.accept(temporary('token-one'));
    await configure({ ...(await placeOf(one)), ...keysOf(temporary('token-one')) });
    const backupId = await backUp();

    for (const token of ['token-two', 'token-three']) {
      await configure(keysOf(temporary(token)));
      one.accept(temporary(token));
      await expectRestorable(backupId);
    }
    await expectDeletable(backupId);
  });

  it('is never opened with keys of another endpoint, nor a new one with keys that are no longer configured', async () => {
    await configure({ ...(await placeOf(one)), ...keysOf(FIRST) });
    await backUp();
    await configure({ ...(await placeOf(two)), ...keysOf(SECOND) });
    await backUp();
    await configure({ BackupS3SecretAccessKey: 'not-the-secret' });

    await expect(backUp()).rejects.toMatchObject({ name: 'BackupPathUnusable' });

    expect(one.requests.some(({ accessKey }) => accessKey === SECOND.accessKey)).toBe(false);
    expect(two.requests.some(({ accessKey }) => accessKey === FIRST.accessKey)).toBe(false);
  });
});
