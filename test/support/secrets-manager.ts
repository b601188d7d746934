import { randomUUID } from 'node:crypto';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { vi } from 'vitest';
import { AwsDoor } from '../../infra/local/aws/aws-door.ts';
import { SecretStore } from '../../infra/local/aws/secrets-manager/secret-store.ts';
import { listenAsSecretsManager } from '../../infra/local/aws/secrets-manager/secrets-manager.ts';

export interface TestSecrets {
  /** Stores a text and returns its ARN. */
  keep(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** The local cloud's Secrets Manager. Clients made afterwards find it through the environment. */
export async function startSecretsManager(now = Date.now): Promise<TestSecrets> {
  const server = await listenAsSecretsManager(
    new SecretStore({ accountId: '111122223333', region: 'us-east-1', stackName: 'test' }, now),
    new AwsDoor(),
  );
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const client = new SecretsManagerClient();
  return {
    async keep(text) {
      const { ARN } = await client.send(new CreateSecretCommand({ Name: `test/${randomUUID()}`, SecretString: text }));
      if (ARN === undefined) throw new Error('a new secret has an ARN');
      return ARN;
    },
    async stop() {
      client.destroy();
      await server.close();
      vi.unstubAllEnvs();
    },
  };
}
