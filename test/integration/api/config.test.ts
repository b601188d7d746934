import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { cachedConfig } from '../../../functions/adapters/cached-config.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(() => {
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
});
beforeEach(async () => {
  await world?.stop();
  world = await startApiWorld();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

const get = (configKey: string) => world.api(`GET /config?configKey=${configKey}`);
const set = (configKey: string, configValue: string) => world.api('POST /config/update', { configKey, configValue });

it('a deployment works without any configuration: its own bucket, and limits left to TiDB', async () => {
  const values = [];
  for (const key of [
    'BackupStorageType',
    'BackupStoragePath',
    'BackupRateLimit',
    'BackupConcurrency',
    'RestoreRateLimit',
    'RestoreConcurrency',
  ]) {
    values.push((await get(key)).data);
  }

  expect(values).toEqual([
    { configKey: 'BackupStorageType', configValue: 's3' },
    { configKey: 'BackupStoragePath', configValue: 'own-bucket/tidb' },
    { configKey: 'BackupRateLimit', configValue: '0' },
    { configKey: 'BackupConcurrency', configValue: '0' },
    { configKey: 'RestoreRateLimit', configValue: '0' },
    { configKey: 'RestoreConcurrency', configValue: '0' },
  ]);
});

it.each(['BackupS3Endpoint', 'BackupS3AccessKey', 'BackupS3SecretAccessKey'])(
  '%s is not found until it is set',
  async (key) => {
    expect(await get(key)).toEqual({
      status: 404,
      code: 20600,
      message: `backup system config not found: ${key} has not been set`,
      data: {},
    });
  },
);

it.each([
  ['BackupStorageType', 'nfs'],
  ['BackupStoragePath', `my-bucket/it's "a" \\ +%#& prefix`],
  ['BackupS3Endpoint', 'https://minio.example.com:9000'],
  ['BackupRateLimit', '128'],
  ['BackupConcurrency', '8'],
  ['RestoreRateLimit', '0'],
  ['RestoreConcurrency', '1000'],
  ['maxConcurrentAutoBackups', '3'],
])('%s is answered as it was set', async (configKey, configValue) => {
  expect(await set(configKey, configValue)).toEqual({ status: 200, code: 0, message: 'OK', data: {} });
  expect((await get(configKey)).data).toEqual({ configKey, configValue });
});

it.each([
  ['BackupStorageType', 'tape'],
  ['BackupStoragePath', 'my-bucket/../other'],
  ['BackupS3Endpoint', 'minio:9000'],
  ['BackupS3AccessKey', 'two\nlines'],
  ['BackupS3SecretAccessKey', 'two\nlines'],
  ['BackupRateLimit', 'fast'],
  ['BackupConcurrency', '1001'],
  ['RestoreRateLimit', '-1'],
  ['RestoreConcurrency', '1.5'],
  ['maxConcurrentAutoBackups', ''],
])('%s is not set to what it cannot be, and the answer says why: %j', async (key, value) => {
  const refused = await set(key, value);

  const message = expect.stringMatching(`^backup system config invalid: ${key} must be `);
  expect(refused).toEqual({ status: 400, code: 20601, message, data: {} });
  expect(await world.ports.config.read()).toEqual({});
  expect([...world.secrets]).toEqual([]);
});

it('what is answered of a secret is not taken for one', async () => {
  await set('BackupS3SecretAccessKey', 'kept');
  const { data } = await get('BackupS3SecretAccessKey');

  const refused = await set('BackupS3SecretAccessKey', String(data.configValue));

  expect(refused).toMatchObject({ status: 400, code: 20601 });
  expect([...world.secrets.values()]).toEqual(['kept']);
});

it('secret keys are kept in Secrets Manager alone, and answered masked', async () => {
  await set('BackupS3AccessKey', 'AKIAEXAMPLE');
  await set('BackupS3SecretAccessKey', 'first+/=');
  await set('BackupS3SecretAccessKey', 'second+/=');

  expect((await get('BackupS3AccessKey')).data).toEqual({ configKey: 'BackupS3AccessKey', configValue: '******' });
  expect((await get('BackupS3SecretAccessKey')).data.configValue).toBe('******');
  expect([...world.secrets.values()]).toEqual(['AKIAEXAMPLE', 'second+/=']);
  const stored = JSON.stringify(await world.ports.config.read());
  expect(stored).not.toMatch(/AKIAEXAMPLE|second/);
});

it('a backup names the secrets of its keys, not the keys', async () => {
  await set('BackupS3Endpoint', 'https://minio.example.com:9000');
  await set('BackupS3AccessKey', 'AKIAEXAMPLE');
  await set('BackupS3SecretAccessKey', 'hidden');
  await world.register('c1');

  const { data } = await world.api('POST /backups', { clusterId: 'c1' });

  const [accessKeySecretArn, secretAccessKeySecretArn] = [...world.secrets.keys()].filter((arn) =>
    arn.includes('/config/'),
  );
  const record = await world.ports.backups.get(String(data.backupId));
  expect(record?.location).toEqual({
    type: 's3',
    bucket: 'own-bucket',
    prefix: `tidb/c1/${data.backupId}`,
    endpoint: 'https://minio.example.com:9000',
    credentials: { accessKeySecretArn, secretAccessKeySecretArn },
  });
});

it('an empty value removes what may be absent', async () => {
  await set('BackupS3Endpoint', 'https://minio.example.com:9000');
  await set('BackupS3AccessKey', 'AKIAEXAMPLE');

  await set('BackupS3Endpoint', '');
  await set('BackupS3AccessKey', '');

  expect(await get('BackupS3Endpoint')).toMatchObject({ code: 20600 });
  expect(await get('BackupS3AccessKey')).toMatchObject({ code: 20600 });
});

it('a configuration that is remembered costs no call, sees its own change at once and others within seconds', async () => {
  const { config } = world.ports;
  let now = 0;
  const remembered = cachedConfig(config, { now: () => now });
  await remembered.read();
  world.calls.length = 0;
  await remembered.read();
  expect(world.calls).toEqual([]);

  await remembered.write('BackupRateLimit', '5', new Date().toISOString());
  expect(await remembered.read()).toMatchObject({ BackupRateLimit: '5' });

  await config.write('BackupRateLimit', '6', new Date().toISOString());
  now += 5_001;
  expect(await remembered.read()).toMatchObject({ BackupRateLimit: '6' });
});

it('a configuration that could not be read is read again', async () => {
  const { config } = world.ports;
  vi.spyOn(config, 'read').mockRejectedValueOnce(new Error('down'));
  const remembered = cachedConfig(config, { now: () => 0 });

  await expect(remembered.read()).rejects.toThrow('down');
  expect(await remembered.read()).toEqual({});
});
