import * as z from 'zod';
import { AwsError } from '../../aws-error.ts';
import { jsonAction } from '../../json-service.ts';
import { requestToken, valueFields } from '../secret-schemas.ts';
import type { SecretStore } from '../secret-store.ts';

const inputSchema = z.object({
  Name: z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/),
  ClientRequestToken: requestToken,
  Description: z.string().max(2048).optional(),
  KmsKeyId: z.string().max(2048).optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
  ...valueFields,
});

/** A repeated request with the same name, token and value gets the same answer, not an error. */
export const createSecret = (store: SecretStore) =>
  jsonAction(inputSchema, ({ Name, ClientRequestToken, Description, KmsKeyId, Tags, SecretString, SecretBinary }) => {
    const existing = store.find(Name);
    if (existing?.deletion !== undefined) {
      throw new AwsError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    const isRepeat = ClientRequestToken !== undefined && existing?.versions.has(ClientRequestToken);
    if (existing !== undefined && !isRepeat) {
      throw new AwsError('ResourceExistsException', `The operation failed because the secret ${Name} already exists.`);
    }
    const secret = existing ?? store.create(Name, { description: Description, kmsKeyId: KmsKeyId, tags: Tags });
    const answer = { ARN: secret.arn, Name };
    if (SecretString === undefined && SecretBinary === undefined) return answer;
    const version = store.putVersion(secret, { SecretString, SecretBinary }, ClientRequestToken);
    return { ...answer, VersionId: version.id };
  });
