import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  S3Location,
  StorageCredentials,
  StorageLocation,
} from '../../../../functions/domain/storage/storage-location.ts';
import {
  credentialsFor,
  currentPlace,
  distinctPlaces,
  secretArnsOf,
  withFormerPlace,
} from '../../../../functions/domain/storage/storage-places.ts';

const keys = (name: string): StorageCredentials => ({
  accessKeySecretArn: `${name}-access`,
  secretAccessKeySecretArn: `${name}-secret`,
});

function place(name: string | undefined, change: Partial<S3Location> = {}): S3Location {
  return {
    ...{ type: 's3', endpoint: 'https://one.example.com', bucket: 'bucket-1', prefix: 'tidb' },
    ...(name !== undefined && { credentials: keys(name) }),
    ...change,
  };
}

const TWO = { endpoint: 'https://two.example.com' };

describe('the keys of a location', () => {
  it('are its own if nothing else is known about its store', () => {
    expect(credentialsFor(place('own'), place('new', TWO), [place('old', TWO)])).toEqual([keys('own')]);
  });

  it('are first those now configured for its store, then its own, then former ones, newest first', () => {
    const location = place('own', { prefix: 'tidb/cluster-1/backup-1' });
    const former = [place('newer'), place('own'), place('older', { prefix: 'other' })];

    expect(credentialsFor(location, place('current'), former)).toEqual(['current', 'own', 'newer', 'older'].map(keys));
  });

  it('are finally those of other buckets at the same endpoint: one account may have both', () => {
    const bucket = 'bucket-2';

    const found = credentialsFor(place('own'), place('current', { bucket }), [place('a', { bucket }), place('b')]);

    expect(found).toEqual(['own', 'b', 'current', 'a'].map(keys));
  });

  it('are empty if a role gives access', () => {
    expect(credentialsFor(place(undefined), place('current'), [place('former')])).toEqual([]);
  });

  it('are the same whether or not the endpoint ends in a slash', () => {
    const current = place('current', { endpoint: 'https://one.example.com/' });

    expect(credentialsFor(place('own'), current, [])).toEqual(['current', 'own'].map(keys));
  });

  it('always include its own, never those of another endpoint, and none twice', () => {
    const anyPlace = fc
      .record({
        name: fc.constantFrom('a', 'b', 'c', undefined),
        endpoint: fc.constantFrom(undefined, 'https://one.example.com', 'https://two.example.com'),
        bucket: fc.constantFrom('bucket-1', 'bucket-2'),
      })
      // So that a set of keys identifies its endpoint.
      .map(({ name, endpoint, bucket }) => place(name && `${name}@${endpoint}`, { endpoint, bucket }));
    fc.assert(
      fc.property(
        anyPlace,
        fc.option(anyPlace, { nil: undefined }),
        fc.array(anyPlace),
        (location, current, former) => {
          const found = credentialsFor(location, current, former).map(({ accessKeySecretArn }) => accessKeySecretArn);

          const own = location.credentials?.accessKeySecretArn;
          expect(found).toEqual(own === undefined ? [] : expect.arrayContaining([own]));
          expect(new Set(found).size).toBe(found.length);
          expect(found.filter((name) => !name.endsWith(`@${location.endpoint}-access`))).toEqual([]);
        },
      ),
    );
  });
});

describe('former places', () => {
  it('are kept newest first, and once per set of keys', () => {
    const first = withFormerPlace(place('a'), []);
    const second = withFormerPlace(place('b'), first);

    expect(withFormerPlace(place('a', { region: 'eu-west-1' }), second)).toEqual([
      place('a', { region: 'eu-west-1' }),
      place('b'),
    ]);
  });

  it('keep the last eight sets of keys each, however often these change', () => {
    let former: StorageLocation[] = [place('kept', TWO), { type: 'nfs', path: '/nfs' }];
    for (let change = 1; change <= 50; change += 1) former = withFormerPlace(place(`key-${change}`), former);

    expect(former).toHaveLength(10);
    expect(former.slice(0, 2)).toEqual([place('key-50'), place('key-49')]);
    expect(former.slice(8)).toEqual([place('kept', TWO), { type: 'nfs', path: '/nfs' }]);
  });

  it('are at most a hundred', () => {
    let former: StorageLocation[] = [];
    for (let change = 1; change <= 150; change += 1)
      former = withFormerPlace(place('a', { prefix: `p${change}` }), former);

    expect(former).toHaveLength(100);
    expect(former[0]).toHaveProperty('prefix', 'p150');
  });

  it('are distinguished only by endpoint, bucket and prefix', () => {
    const places = [
      ...[place('a'), place('b'), place('a', TWO), place('a', { bucket: 'bucket-2' }), place('a', { prefix: 'other' })],
      ...[place(undefined, { region: 'eu-west-1' }), { type: 'nfs', path: '/nfs' } as const],
    ];

    expect(distinctPlaces(places)).toEqual([places[0], ...places.slice(2, 5), places[6]]);
  });

  it('name the secrets of their keys', () => {
    const temporary = place('a', { credentials: { ...keys('a'), sessionTokenSecretArn: 'a-token' } });

    expect([...secretArnsOf([temporary, place(undefined), { type: 'nfs', path: '/nfs' }])]).toEqual([
      ...['a-access', 'a-secret', 'a-token'],
    ]);
  });
});

describe('the current place', () => {
  const deployment = { defaultStoragePath: 'own-bucket/tidb' };
  const secret = (secretArn: string) => ({ secretArn });

  it("has its store's endpoint, region, provider and all keys", () => {
    const stored = {
      ...{ BackupStoragePath: 'bucket-1/tidb', BackupS3Endpoint: 'https://one.example.com' },
      ...{ BackupS3Region: 'eu-west-1', BackupS3Provider: 'ceph' },
      ...{ BackupS3AccessKey: secret('a'), BackupS3SecretAccessKey: secret('s'), BackupS3SessionToken: secret('t') },
    };

    expect(currentPlace(stored, deployment)).toEqual({
      ...{ type: 's3', bucket: 'bucket-1', prefix: 'tidb', endpoint: 'https://one.example.com' },
      ...{ region: 'eu-west-1', provider: 'ceph' },
      credentials: { accessKeySecretArn: 'a', secretAccessKeySecretArn: 's', sessionTokenSecretArn: 't' },
    });
  });

  it.each([
    ['half of the keys', { BackupS3AccessKey: secret('a') }],
    ['a session token without keys', { BackupS3SessionToken: secret('t') }],
    ['an invalid path', { BackupStoragePath: '/nfs' }],
  ])('is undefined with %s', (_, stored) => {
    expect(currentPlace(stored, deployment)).toBeUndefined();
  });
});
