import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { requestToken, secretId, valueFields } from '../secret-schemas.ts';
import type { SecretStore } from '../secret-store.ts';

const inputSchema = z.object({
  SecretId: secretId,
  ClientRequestToken: requestToken,
  Description: z.string().max(2048).optional(),
  KmsKeyId: z.string().max(2048).optional(),
  ...valueFields,
});

export const updateSecret = (store: SecretStore) =>
  jsonAction(inputSchema, ({ SecretId, ClientRequestToken, Description, KmsKeyId, SecretString, SecretBinary }) => {
    const secret = store.getLive(SecretId);
    secret.description = Description ?? secret.description;
    secret.kmsKeyId = KmsKeyId ?? secret.kmsKeyId;
    const answer = { ARN: secret.arn, Name: secret.name };
    if (SecretString === undefined && SecretBinary === undefined) return answer;
    const version = store.putVersion(secret, { SecretString, SecretBinary }, ClientRequestToken);
    return { ...answer, VersionId: version.id };
  });
