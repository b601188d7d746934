import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cachedConfig } from '../../../functions/adapters/dynamodb/cached-config.ts';
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

it.each([
  ...['BackupS3Endpoint', 'BackupS3Region', 'BackupS3Provider'],
  ...['BackupS3AccessKey', 'BackupS3SecretAccessKey', 'BackupS3SessionToken'],
])('%s is not found until it is set', async (key) => {
  expect(await get(key)).toEqual({
    status: 404,
    code: 20600,
    message: `backup system config not found: ${key} has not been set`,
    data: {},
  });
});

it.each([
  ['BackupStorageType', 'nfs'],
  ['BackupStoragePath', `my-bucket/it's "a" \\ +%#& prefix`],
  ['BackupS3Endpoint', 'https://minio.example.com:9000'],
  ['BackupS3Region', 'eu-central-1'],
  ['BackupS3Provider', 'ceph'],
  ['BackupRateLimit', '128'],
  ['BackupConcurrency', '8'],
  ['RestoreRateLimit', '0'],
  ['RestoreConcurrency', '1000'],
  ['maxConcurrentAutoBackups', '3'],
])('%s is returned as it was set', async (configKey, configValue) => {
  expect(await set(configKey, configValue)).toEqual({ status: 200, code: 0, message: 'OK', data: {} });
  expect((await get(configKey)).data).toEqual({ configKey, configValue });
});

it.each([
  ['BackupStorageType', 'tape'],
  ['BackupStoragePath', 'my-bucket/../other'],
  ['BackupS3Endpoint', 'minio:9000'],
  ['BackupS3AccessKey', 'two\nlines'],
  ['BackupS3Region', 'eu central'],
  ['BackupS3Provider', 'c&e'],
  ['BackupS3SecretAccessKey', 'two\nlines'],
  ['BackupS3SecretAccessKey', 'sevench'],
  ['BackupS3SessionToken', 'short'],
  ['BackupRateLimit', 'fast'],
  ['BackupConcurrency', '1001'],
  ['RestoreRateLimit', '-1'],
  ['RestoreConcurrency', '1.5'],
  ['maxConcurrentAutoBackups', ''],
])('%s rejects an invalid value, and the answer says why: %j', async (key, value) => {
  const refused = await set(key, value);

  const message = expect.stringMatching(`^backup system config invalid: ${key} must be `);
  expect(refused).toEqual({ status: 400, code: 20601, message, data: {} });
  expect(await world.ports.config.read()).toEqual({});
  expect([...world.secrets]).toEqual([]);
});

it('the mask of a secret is not taken for one', async () => {
  await set('BackupS3SecretAccessKey', 'kept-one');
  const { data } = await get('BackupS3SecretAccessKey');

  const refused = await set('BackupS3SecretAccessKey', String(data.configValue));

  expect(refused).toMatchObject({ status: 400, code: 20601 });
  expect([...world.secrets.values()]).toEqual(['kept-one']);
});

it('secret keys are stored only in Secrets Manager, and shown masked', async () => {
  const secrets = {
    BackupS3AccessKey: 'AKIAEXAMPLE',
    BackupS3SecretAccessKey: 'secret+/=',
    BackupS3SessionToken: 'token+/=',
  };
  for (const [key, value] of Object.entries(secrets)) await set(key, value);

  for (const configKey of Object.keys(secrets)) {
    expect((await get(configKey)).data).toEqual({ configKey, configValue: '******' });
  }
  expect([...world.secrets.values()]).toEqual(Object.values(secrets));
  const stored = JSON.stringify(await world.ports.config.read());
  expect(stored).not.toMatch(/AKIAEXAMPLE|secret\+|token\+/);
});

describe('a store that the configuration leaves', () => {
  const STORE = {
    BackupS3Endpoint: 'https://one.example.com',
    BackupStoragePath: 'bucket-1/b',
    BackupS3AccessKey: 'KEYONE',
    BackupS3SecretAccessKey: 'secret-one',
  };
  const configure = async (values: Record<string, string>) => {
    for (const [key, value] of Object.entries(values)) expect(await set(key, value)).toMatchObject({ code: 0 });
  };
  /** Endpoints and keys of the former places. */
  const former = async () =>
    (await world.ports.formerPlaces.read()).map((place) => {
      if (place.type !== 's3') return place.path;
      const { accessKeySecretArn, secretAccessKeySecretArn } = place.credentials ?? {};
      const keys = [accessKeySecretArn, secretAccessKeySecretArn].map((arn) => arn && world.secrets.get(arn));
      return [place.endpoint, place.bucket, ...keys].join(' ');
    });

  it.each([
    ['the endpoint first', ['BackupS3Endpoint', 'BackupStoragePath', 'BackupS3AccessKey', 'BackupS3SecretAccessKey']],
    ['the keys first', ['BackupS3SecretAccessKey', 'BackupS3AccessKey', 'BackupStoragePath', 'BackupS3Endpoint']],
    ['one of the keys last', ['BackupS3AccessKey', 'BackupS3Endpoint', 'BackupStoragePath', 'BackupS3SecretAccessKey']],
  ])('is recorded with its keys: %s', async (_, order) => {
    const other: Record<string, string> = {
      BackupS3Endpoint: 'https://two.example.com',
      BackupStoragePath: 'bucket-2/b',
      BackupS3AccessKey: 'KEYTWO',
      BackupS3SecretAccessKey: 'secret-two',
    };
    await configure(STORE);
    await configure(Object.fromEntries(order.map((key) => [key, other[key] ?? ''])));

    expect(await former()).toContain('https://one.example.com bucket-1 KEYONE secret-one');
  });

  it('is recorded even if its keys are removed first', async () => {
    await configure(STORE);
    await configure({ BackupS3AccessKey: '', BackupS3SecretAccessKey: '' });

    expect(await former()).toContain('https://one.example.com bucket-1 KEYONE secret-one');
  });

  it('is not recorded again if nothing about it has changed', async () => {
    await configure(STORE);
    const before = await former();

    await configure({ BackupRateLimit: '5', BackupS3Endpoint: STORE.BackupS3Endpoint });

    expect(await former()).toEqual(before);
  });

  it('keeps eight sets of keys, and no more secrets', async () => {
    await configure(STORE);
    for (let change = 1; change <= 20; change += 1) await configure({ BackupS3SecretAccessKey: `secret-${change}` });

    const secrets = [...world.secrets.values()].filter((value) => value.startsWith('secret-'));
    expect(secrets).toEqual(Array.from({ length: 9 }, (_, at) => `secret-${at + 12}`));
  });
});

it('a backup names the secrets of its keys, not the keys', async () => {
  await set('BackupS3Endpoint', 'https://minio.example.com:9000');
  await set('BackupS3AccessKey', 'AKIAEXAMPLE');
  await set('BackupS3SecretAccessKey', 'hidden-one');
  await set('BackupS3SessionToken', 'token-one');
  await set('BackupS3Region', 'eu-west-1');
  await set('BackupS3Provider', 'ceph');
  await world.register('c1');

  const { data } = await world.api('POST /backups', { clusterId: 'c1' });

  const [accessKeySecretArn, secretAccessKeySecretArn, sessionTokenSecretArn] = [...world.secrets.keys()].filter(
    (arn) => arn.includes('/config/'),
  );
  const record = await world.ports.backups.get(String(data.backupId));
  expect(record?.location).toEqual({
    type: 's3',
    bucket: 'own-bucket',
    prefix: `tidb/c1/${data.backupId}`,
    endpoint: 'https://minio.example.com:9000',
    region: 'eu-west-1',
    provider: 'ceph',
    credentials: { accessKeySecretArn, secretAccessKeySecretArn, sessionTokenSecretArn },
  });
});

it('an empty value removes an optional key', async () => {
  await set('BackupS3Endpoint', 'https://minio.example.com:9000');
  await set('BackupS3AccessKey', 'AKIAEXAMPLE');

  await set('BackupS3Endpoint', '');
  await set('BackupS3AccessKey', '');

  expect(await get('BackupS3Endpoint')).toMatchObject({ code: 20600 });
  expect(await get('BackupS3AccessKey')).toMatchObject({ code: 20600 });
});

it('a cached configuration costs no call, shows its own change at once and others within seconds', async () => {
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

it('returns every key at once, secrets masked, without unset ones', async () => {
  await set('BackupS3AccessKey', 'AKIAIOSFODNN7EXAMPLE');

  const { data } = await world.api('GET /config/all');

  expect(data.config).toContainEqual({ configKey: 'BackupStoragePath', configValue: 'own-bucket/tidb' });
  expect(data.config).toContainEqual({ configKey: 'BackupS3AccessKey', configValue: '******' });
  expect(data.config).toContainEqual({ configKey: 'BackupS3Endpoint' });
});
