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

/** How long an operator can take the removal of a secret back; the shortest that Secrets Manager knows. */
const RECOVERY_DAYS = 7;

/**
 * Secrets Manager, written to and never read. A module of its own, imported when a request first needs it. The SDK gives
 * a change, and we give a new secret, a token, so that a call whose answer was lost is not done twice.
 * @param keyArn of the key that encrypts new secrets; absent: the account's default
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
      if (ARN === undefined) throw new Error('Secrets Manager named no ARN for a new secret');
      return ARN;
    },

    async replace(secretArn, value) {
      await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: value }));
    },

    async remove(secretArn) {
      try {
        await client.send(new DeleteSecretCommand({ SecretId: secretArn, RecoveryWindowInDays: RECOVERY_DAYS }));
      } catch (error) {
        // The second is what Secrets Manager answers while an earlier removal waits for its day.
        const gone = error instanceof ResourceNotFoundException || error instanceof InvalidRequestException;
        if (!gone) throw error;
      }
    },
  };
}
