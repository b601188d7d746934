import type { SecretVault } from '../../domain/shared/secret-vault.ts';
import { once } from '../shared/once.ts';

/**
 * The vault, for the few requests that need one; the others do not pay for its import.
 * @param keyArn of the key that encrypts new secrets; unset if nothing will be created
 */
export function createSecretVault(keyArn?: string): SecretVault {
  const secretsManager = once(async () => {
    const { createSecretsManagerVault } = await import('./secrets-manager-client.ts');
    return createSecretsManagerVault(keyArn);
  });
  return {
    create: async (folder, id, value) => await (await secretsManager()).create(folder, id, value),
    replace: async (secretArn, value) => await (await secretsManager()).replace(secretArn, value),
    remove: async (secretArn) => await (await secretsManager()).remove(secretArn),
  };
}
