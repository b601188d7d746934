import {
  CreateSecretCommand,
  DeleteSecretCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';
import { answerWithin } from '../shared/answer-within.ts';

/** How long an operator can undo the removal of a secret: the minimum that Secrets Manager allows. */
const RECOVERY_DAYS = 7;

/**
 * Secrets Manager, write-only. A separate module, imported on first use. The SDK gives each change a token, and we give
 * one to each new secret, so that a call whose answer was lost is not done twice.
 * @param keyArn of the key that encrypts new secrets; defaults to the account's
 */
export function createSecretsManagerVault(keyArn?: string): SecretVault {
  const client = new SecretsManagerClient({ requestHandler: answerWithin(5_000) });
  return {
    async create(folder, id, value) {
      const { ARN } = await client.send(
        new CreateSecretCommand({
          Name: `${folder}/${id}`,
          ClientRequestToken: id,
          SecretString: value,
          KmsKeyId: keyArn,
        }),
      );
      if (ARN === undefined) throw new Error('Secrets Manager returned no ARN for a new secret');
      return ARN;
    },

    async replace(secretArn, value) {
      await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: value }));
    },

    async remove(secretArn) {
      try {
        await client.send(new DeleteSecretCommand({ SecretId: secretArn, RecoveryWindowInDays: RECOVERY_DAYS }));
      } catch (error) {
        // The second is Secrets Manager's answer while an earlier removal is pending.
        const gone = error instanceof ResourceNotFoundException || error instanceof InvalidRequestException;
        if (!gone) throw error;
      }
    },
  };
}
