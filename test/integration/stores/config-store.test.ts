import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConfigStore } from '../../../functions/adapters/config-store.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { later } from '../../support/records.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

it('the configuration is empty at first, and holds each key apart from the others', async () => {
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
