import * as z from 'zod';
import { AwsError } from '../../aws-error.ts';
import { jsonAction } from '../../json-service.ts';
import { epochSeconds, secretId } from '../secret-schemas.ts';
import type { SecretStore } from '../secret-store.ts';

const DEFAULT_RECOVERY_DAYS = 30;

const inputSchema = z.object({
  SecretId: secretId,
  RecoveryWindowInDays: z.int().min(7).max(30).optional(),
  ForceDeleteWithoutRecovery: z.boolean().default(false),
});

/** With force, it also succeeds for a secret that does not exist. */
export const deleteSecret = (store: SecretStore) =>
  jsonAction(inputSchema, ({ SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }) => {
    if (ForceDeleteWithoutRecovery) {
      if (RecoveryWindowInDays !== undefined) {
        throw new AwsError(
          'InvalidParameterException',
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        );
      }
      const secret = store.find(SecretId);
      if (secret !== undefined) store.deleteNow(secret);
      return { ARN: secret?.arn, Name: secret?.name ?? SecretId, DeletionDate: epochSeconds(store.now()) };
    }
    const secret = store.getLive(SecretId);
    store.scheduleDeletion(secret, RecoveryWindowInDays ?? DEFAULT_RECOVERY_DAYS);
    return {
      ARN: secret.arn,
      Name: secret.name,
      DeletionDate: epochSeconds(secret.deletion?.purgeAt ?? store.now()),
    };
  });
