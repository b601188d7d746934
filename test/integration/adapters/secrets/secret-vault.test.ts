import { randomUUID } from 'node:crypto';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecretVault } from '../../../../functions/adapters/secrets/secret-vault.ts';
import { startSecretsManager, type TestSecrets } from '../../../support/secrets-manager.ts';

const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';

describe('a new secret', () => {
  let manager: TestSecrets;
  beforeAll(async () => {
    manager = await startSecretsManager();
  });
  afterAll(() => manager.stop());

  it("is encrypted with the customer's key", async () => {
    const arn = await createSecretVault(KEY_ARN).create('tidb-backup/test/clusters', randomUUID(), 'hush');

    const client = new SecretsManagerClient();
    expect(await client.send(new DescribeSecretCommand({ SecretId: arn }))).toHaveProperty('KmsKeyId', KEY_ARN);
    client.destroy();
  });
});
