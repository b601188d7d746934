import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { epochSeconds, secretId } from '../secret-schemas.ts';
import { type SecretStore, versionOf } from '../secret-store.ts';

const inputSchema = z.object({
  SecretId: secretId,
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});

export const getSecretValue = (store: SecretStore) =>
  jsonAction(inputSchema, ({ SecretId, VersionId, VersionStage }) => {
    const secret = store.getLive(SecretId);
    const version = versionOf(secret, VersionId, VersionStage);
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      ...version.value,
      VersionStages: version.stages,
      CreatedDate: epochSeconds(version.createdAt),
    };
  });
