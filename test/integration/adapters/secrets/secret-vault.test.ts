import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecretVault } from '../../../../functions/adapters/secrets/secret-vault.ts';
import { startSecretsManager, type TestSecrets } from '../../../support/secrets-manager.ts';

const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';
const FOLDER = 'tidb-backup/test/clusters';
const UNKNOWN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:gone-AbCdEf';

describe('the vault', () => {
  let manager: TestSecrets;
  let client: SecretsManagerClient;
  let days = 0;
  const vault = createSecretVault(KEY_ARN);
  beforeAll(async () => {
    manager = await startSecretsManager(() => Date.now() + days * 86_400_000);
    client = new SecretsManagerClient();
  });
  afterAll(async () => {
    client.destroy();
    await manager.stop();
  });

  it("encrypts a new secret with the customer's key", async () => {
    const arn = await vault.create(FOLDER, randomUUID(), 'hush');

    expect(await client.send(new DescribeSecretCommand({ SecretId: arn }))).toHaveProperty('KmsKeyId', KEY_ARN);
  });

  it('replaces the value of a secret', async () => {
    const arn = await vault.create(FOLDER, randomUUID(), 'old');

    await vault.replace(arn, 'new');

    expect(await client.send(new GetSecretValueCommand({ SecretId: arn }))).toHaveProperty('SecretString', 'new');
  });

  it('removes a secret, which can be restored for a week, however often the removal is repeated', async () => {
    const arn = await vault.create(FOLDER, randomUUID(), 'hush');

    await vault.remove(arn);
    await vault.remove(arn);

    days += 6.9;
    expect(await client.send(new DescribeSecretCommand({ SecretId: arn }))).toHaveProperty('DeletedDate');
    days += 0.2;
    await expect(client.send(new DescribeSecretCommand({ SecretId: arn }))).rejects.toThrow(ResourceNotFoundException);
  });

  it('takes a missing secret as removed', async () => {
    await expect(vault.remove(UNKNOWN)).resolves.toBeUndefined();
  });

  it('rejects if a secret could not be removed', async () => {
    await expect(vault.remove('')).rejects.toThrow();
  });
});
