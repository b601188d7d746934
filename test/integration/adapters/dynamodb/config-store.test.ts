import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConfigStore } from '../../../../functions/adapters/dynamodb/config-store.ts';
import { createFormerPlaceStore } from '../../../../functions/adapters/dynamodb/former-place-store.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { later } from '../../../support/records.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

it('the configuration is empty at first, and keeps its keys separate', async () => {
  const config = createConfigStore(tables.table('config'));
  expect(await config.read()).toEqual({});

  await Promise.all([
    config.write('BackupRateLimit', '100', later(1)),
    config.write('BackupS3AccessKey', { secretArn: 'arn:a' }, later(1)),
    config.write('BackupS3Endpoint', 'https://s3.example.com', later(1)),
  ]);
  await config.write('BackupS3Endpoint', undefined, later(2));

  expect(await config.read()).toEqual({ BackupRateLimit: '100', BackupS3AccessKey: { secretArn: 'arn:a' } });
});

it('former places are kept newest first, and none is lost when several are left at once', async () => {
  const places = createFormerPlaceStore(tables.table('config'));
  expect(await places.read()).toEqual([]);
  const nfs = (name: string) => ({ type: 'nfs', path: `/nfs/${name}` }) as const;
  const store = {
    ...({ type: 's3', bucket: 'b', prefix: 'p', endpoint: 'https://s3.example.com', region: 'eu-west-1' } as const),
    credentials: { accessKeySecretArn: 'arn:a', secretAccessKeySecretArn: 'arn:s', sessionTokenSecretArn: 'arn:t' },
  };

  expect(await places.add(nfs('a'), later(1))).toEqual({ before: [], after: [nfs('a')] });
  await Promise.all(['b', 'c', 'd', 'e'].map((name) => places.add(nfs(name), later(2))));
  await places.add(store, later(3));

  const kept = await places.read();
  expect(kept[0]).toEqual(store);
  expect(kept.at(-1)).toEqual(nfs('a'));
  expect(new Set(kept.slice(1).map((place) => place.type === 'nfs' && place.path))).toEqual(
    new Set(['a', 'b', 'c', 'd', 'e'].map((name) => `/nfs/${name}`)),
  );
});
