import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Files } from '../../../../functions/adapters/files/s3-files.ts';
import { createS3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import type { S3Location, StorageCredentials } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { type S3WithKeys, type StorageKeys, startS3WithKeys } from '../../../support/s3-with-keys.ts';

const KEYS: StorageKeys = { accessKey: 'KEYONE', secretAccessKey: 'secret-one' };
const FILE = 'backupmeta';

const credentials = (name: string): StorageCredentials => ({
  accessKeySecretArn: name,
  secretAccessKeySecretArn: name,
});

const stores: S3WithKeys[] = [];
beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ROLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'role-secret');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(stores.map((store) => store.stop()));
});

/** A store with a folder of one file. */
async function prepare(keys: StorageKeys = KEYS, options: Parameters<typeof startS3WithKeys>[1] = {}) {
  const store = await startS3WithKeys(keys, options);
  stores.push(store);
  const bucket = await store.createBucket();
  await store.put(bucket, `tidb/${FILE}`);
  const location: S3Location = {
    ...({ type: 's3', bucket, prefix: 'tidb', endpoint: store.endpoint } as const),
    credentials: credentials('own'),
  };
  return { store, location };
}

/** Keys by the name of their credentials; others cannot be read. */
function storesWith(secrets: Record<string, StorageKeys>, candidates?: string[]) {
  return createS3Stores(
    {
      storageKeys: async ({ accessKeySecretArn: name }) => {
        const keys = secrets[name];
        if (keys === undefined) throw new NodeFailure('ConfigInvalid', `the secret of ${name} cannot be read`);
        return keys;
      },
    },
    candidates && (async () => candidates.map(credentials)),
  );
}

describe('the region of a store', () => {
  it.each([
    ['its answers', true],
    ['only the text of its error', false],
  ])('is read from %s, once', async (_, tellsRegion) => {
    const { store, location } = await prepare(KEYS, { region: 'eu-west-1', tellsRegion });
    const files = createS3Files(storesWith({ own: KEYS }));

    expect(await files.exists(location, FILE)).toBe(true);
    expect(await files.contents(location)).toMatchObject({ files: 1 });

    expect(store.requests.map(({ region }) => region)).toEqual(['us-east-1', 'eu-west-1', 'eu-west-1']);
  });

  it('is read even if the first call is about a lock', async () => {
    const { store, location } = await prepare(KEYS, { region: 'eu-west-1' });

    expect(await createS3Files(storesWith({ own: KEYS })).stateOf(location, FILE)).not.toHaveProperty('lockedUntil');

    expect(store.requests).toMatchObject([{ refusal: 'AuthorizationHeaderMalformed' }, { region: 'eu-west-1' }]);
  });

  it('is the configured one', async () => {
    const { store, location } = await prepare(KEYS, { region: 'eu-west-1' });

    await createS3Files(storesWith({ own: KEYS })).removeAll({ ...location, region: 'eu-west-1' });

    expect(new Set(store.requests.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
  });

  it('is reported if another one is configured, since TiDB depends on it too', async () => {
    const { location } = await prepare(KEYS, { region: 'eu-west-1' });
    const files = createS3Files(storesWith({ own: KEYS }));

    await expect(files.isEmpty({ ...location, region: 'eu-west-2' })).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: `s3://${location.bucket}/tidb is in region "eu-west-1", not "eu-west-2": correct BackupS3Region`,
    });
  });

  it("is the bucket's own on AWS too", async () => {
    const { store, location } = await prepare(
      { accessKey: 'ROLE', secretAccessKey: 'role-secret' },
      { region: 'eu-west-1' },
    );
    vi.stubEnv('AWS_ENDPOINT_URL_S3', store.endpoint);
    const onAws: S3Location = { type: 's3', bucket: location.bucket, prefix: 'tidb' };

    expect(await createS3Files(storesWith({})).exists(onAws, FILE)).toBe(true);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', undefined);
  });
});

describe('the keys of a store', () => {
  const DEAD: StorageKeys = { accessKey: 'DEAD', secretAccessKey: 'secret-dead' };

  it('are tried one after another until one is accepted, which is remembered', async () => {
    const { store, location } = await prepare();
    const s3 = storesWith({ current: DEAD, former: { ...KEYS, secretAccessKey: 'another' }, own: KEYS }, [
      ...['current', 'gone', 'former', 'own'],
    ]);

    expect(await createS3Files(s3).exists(location, FILE)).toBe(true);
    expect(await s3.keysOf(location)).toEqual(KEYS);

    const answers = store.requests.map(({ accessKey, refusal }) => [accessKey, refusal]);
    expect(answers).toEqual([
      ['DEAD', 'InvalidAccessKeyId'],
      ['KEYONE', 'SignatureDoesNotMatch'],
      ['KEYONE', undefined],
      ['KEYONE', undefined],
    ]);
  });

  it('are looked up again once they are refused', async () => {
    const { store, location } = await prepare();
    const secrets: Record<string, StorageKeys> = { own: KEYS };
    const candidates = ['own'];
    const s3 = storesWith(secrets, candidates);
    expect(await s3.keysOf(location)).toEqual(KEYS);

    const rotated = { accessKey: 'KEYTWO', secretAccessKey: 'secret-two' };
    store.accept(rotated);
    secrets.new = rotated;
    candidates.unshift('new');

    expect(await createS3Files(s3).isEmpty(location)).toBe(false);
    expect(await s3.keysOf(location)).toEqual(rotated);
  });

  it('are reported as refused if none is accepted, with the reason for the first', async () => {
    const { location } = await prepare();
    const s3 = storesWith({ own: DEAD, former: { ...KEYS, secretAccessKey: 'another' } }, ['own', 'former']);
    const failure = {
      name: 'ConfigInvalid',
      message: expect.stringMatching(
        /the configured keys \(BackupS3AccessKey, BackupS3SecretAccessKey\): InvalidAccessKeyId$/,
      ),
    };

    await expect(s3.keysOf(location)).rejects.toMatchObject(failure);
    await expect(createS3Files(s3).removeAll(location)).rejects.toMatchObject(failure);
  });

  it('are reported as unreadable if none can be read', async () => {
    const { location } = await prepare();

    await expect(storesWith({}, ['a', 'b']).keysOf(location)).rejects.toThrow('the secret of b cannot be read');
  });

  it('are sent with their session token, and others are tried once that has expired', async () => {
    const temporary = { ...KEYS, sessionToken: 'token+/=' };
    const { location } = await prepare(temporary);

    expect(await storesWith({ own: temporary }).keysOf(location)).toEqual(temporary);
    const s3 = storesWith({ own: { ...KEYS, sessionToken: 'expired' }, new: temporary }, ['own', 'new']);
    expect(await createS3Files(s3).exists(location, FILE)).toBe(true);
  });

  it('are not looked up if a role gives access, which is tried once', async () => {
    const { store, location } = await prepare();
    const s3 = storesWith({});
    const withRole = { ...location, credentials: undefined };

    expect(await s3.keysOf(withRole)).toBeUndefined();
    expect(store.requests).toEqual([]);
    for (const _ of [1, 2]) await expect(createS3Files(s3).isEmpty(withRole)).rejects.toThrow('InvalidAccessKeyId');
    expect(store.requests).toHaveLength(2);
  });
});

describe('the address of a bucket', () => {
  it.each(['alibaba', 'netease'])('has the bucket in its host if the provider is %s', async (provider) => {
    const { store, location } = await prepare();
    const endpoint = store.endpoint.replace('127.0.0.1', 'store.invalid');

    const files = createS3Files(storesWith({ own: KEYS }));
    const asked = files
      .isEmpty({ ...location, endpoint, provider })
      .catch((error: Error) => String(error.cause ?? error));

    expect(await asked).toContain(`${location.bucket}.store.invalid`);
  });
});
