import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { epochSeconds, secretId } from '../secret-schemas.ts';
import type { Secret, SecretStore } from '../secret-store.ts';

export const describeSecret = (store: SecretStore) =>
  jsonAction(z.object({ SecretId: secretId }), ({ SecretId }) => {
    const secret = store.get(SecretId);
    return { ...summaryOf(secret), VersionIdsToStages: stagesByVersion(secret) };
  });

/** What lists also show of a secret: everything but its value. */
export function summaryOf(secret: Secret): Record<string, unknown> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    Tags: secret.tags,
    CreatedDate: epochSeconds(secret.createdAt),
    LastChangedDate: epochSeconds(secret.changedAt),
    DeletedDate: secret.deletion && epochSeconds(secret.deletion.requestedAt),
  };
}

/** Versions without a label are deprecated; AWS no longer shows them. */
export function stagesByVersion(secret: Secret): Record<string, readonly string[]> {
  return Object.fromEntries(
    [...secret.versions.values()].filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
  );
}
