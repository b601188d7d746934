import * as z from 'zod';
import { AwsError } from '../../aws-error.ts';
import { jsonAction } from '../../json-service.ts';
import { requestToken, secretId, valueFields } from '../secret-schemas.ts';
import type { SecretStore } from '../secret-store.ts';

const inputSchema = z.object({
  SecretId: secretId,
  ClientRequestToken: requestToken,
  VersionStages: z.array(z.string()).min(1).max(20).optional(),
  ...valueFields,
});

export const putSecretValue = (store: SecretStore) =>
  jsonAction(inputSchema, ({ SecretId, ClientRequestToken, VersionStages, SecretString, SecretBinary }) => {
    const secret = store.getLive(SecretId);
    if ((SecretString === undefined) === (SecretBinary === undefined)) {
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    }
    const version = store.putVersion(secret, { SecretString, SecretBinary }, ClientRequestToken, VersionStages);
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
  });
