import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { secretId } from '../secret-schemas.ts';
import type { SecretStore } from '../secret-store.ts';

export const restoreSecret = (store: SecretStore) =>
  jsonAction(z.object({ SecretId: secretId }), ({ SecretId }) => {
    const secret = store.get(SecretId);
    secret.deletion = undefined;
    return { ARN: secret.arn, Name: secret.name };
  });
