import { describe, expect, it } from 'vitest';
import type { ConfigKey, StoredConfig } from '../../../../functions/domain/config/system-config.ts';
import type { StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { withFormerPlace } from '../../../../functions/domain/storage/storage-places.ts';
import { type UpdateConfigDeps, updateConfig } from '../../../../functions/operations/config/update-config.ts';
import { CREATED } from '../../../support/records.ts';

const KEYS = { BackupS3AccessKey: { secretArn: 'arn:key' }, BackupS3SecretAccessKey: { secretArn: 'arn:secret' } };

/** @param former places, newest first */
function prepare(stored: StoredConfig = {}, former: readonly StorageLocation[] = []) {
  const calls: unknown[][] = [];
  const deps: UpdateConfigDeps = {
    config: {
      readLatest: async () => stored,
      write: async (...call) => void calls.push(['write', ...call]),
    },
    formerPlaces: {
      add: async (place, at) => {
        calls.push(['leave', place, at]);
        return { before: [...former], after: withFormerPlace(place, former) };
      },
    },
    secrets: {
      create: async (...call) => {
        calls.push(['create', ...call]);
        return 'arn:new';
      },
      remove: async (arn) => void calls.push(['remove', arn]),
    },
    secretsPrefix: 'tidb-backup',
    attempt: { newId: () => 'id-1', createTime: () => CREATED, isRepeated: false },
    clock: { now: () => Date.parse(CREATED) },
    defaultStoragePath: 'own-bucket/tidb',
  };
  return { calls, deps, update: (key: ConfigKey, value: string) => updateConfig(key, value, deps) };
}

const OWN = { type: 's3', bucket: 'own-bucket', prefix: 'tidb' };

describe('updateConfig', () => {
  it('saves the former place before leaving it', async () => {
    const { update, calls } = prepare();

    await update('BackupStoragePath', 'other/b');

    expect(calls).toEqual([
      ['leave', expect.objectContaining(OWN), CREATED],
      ['write', 'BackupStoragePath', 'other/b', CREATED],
    ]);
  });

  it('changes nothing if that place cannot be saved', async () => {
    const { update, deps, calls } = prepare();
    const throttled = new Error('throttled');
    deps.formerPlaces = { add: async () => Promise.reject(throttled) };

    await expect(update('BackupStoragePath', 'other/b')).rejects.toBe(throttled);
    expect(calls).toEqual([]);
  });

  it.each<[string, StoredConfig, ConfigKey, string, unknown]>([
    ['a value that has nothing to do with places', {}, 'BackupRateLimit', '5', '5'],
    ['the same path again', { BackupStoragePath: 'other/b' }, 'BackupStoragePath', 'other/b', 'other/b'],
    [
      'a place where no backup can go',
      { BackupS3AccessKey: { secretArn: 'arn:key' } },
      'BackupS3Region',
      'eu-1',
      'eu-1',
    ],
  ])('keeps its place with %s', async (_, stored, key, value, written) => {
    const { update, calls } = prepare(stored);

    await update(key, value);

    expect(calls).toEqual([['write', key, written, CREATED]]);
  });

  it('removes a key that is set to an empty value', async () => {
    const endpoint = 'https://minio.example.com';
    const store = prepare({ BackupS3Endpoint: endpoint });
    await store.update('BackupS3Endpoint', '');
    expect(store.calls).toEqual([
      ['leave', expect.objectContaining({ endpoint }), CREATED],
      ['write', 'BackupS3Endpoint', undefined, CREATED],
    ]);

    const secret = prepare(KEYS);
    await secret.update('BackupS3AccessKey', '');
    expect(secret.calls).toEqual([
      ['leave', expect.objectContaining({ credentials: expect.anything() }), CREATED],
      ['write', 'BackupS3AccessKey', undefined, CREATED],
    ]);
  });

  it('stores a key as a new secret, since earlier backups may need the old one', async () => {
    const { update, calls } = prepare(KEYS);

    await update('BackupS3SecretAccessKey', 'new-secret');

    const credentials = { accessKeySecretArn: 'arn:key', secretAccessKeySecretArn: 'arn:secret' };
    expect(calls).toEqual([
      ['create', 'tidb-backup/config/BackupS3SecretAccessKey', 'id-1', 'new-secret'],
      ['leave', expect.objectContaining({ credentials }), CREATED],
      ['write', 'BackupS3SecretAccessKey', { secretArn: 'arn:new' }, CREATED],
    ]);
  });

  it('removes the secrets of a forgotten place, unless another place needs them', async () => {
    const place = (accessKey: string, secretKey: string): StorageLocation => ({
      ...{ type: 's3', bucket: 'own-bucket', prefix: 'tidb' },
      credentials: { accessKeySecretArn: accessKey, secretAccessKeySecretArn: secretKey },
    });
    // The maximum number for one place: the oldest makes room.
    const former = Array.from({ length: 8 }, (_, at) => place('arn:key', `arn:secret-${8 - at}`));
    const { update, calls } = prepare(KEYS, former);

    await update('BackupS3SecretAccessKey', 'new-secret');

    expect(calls.filter(([call]) => call === 'remove')).toEqual([['remove', 'arn:secret-1']]);
  });
});
