import * as z from 'zod';
import type { PendingAwsCall } from '../../gate.ts';
import { type Access, type Account, arnOf, useOfKey } from './access.ts';

const inputSchema = z.object({
  SecretId: z.string().optional(),
  /** Set for `CreateSecret`. */
  Name: z.string().optional(),
  KmsKeyId: z.string().optional(),
});

/** What each action does with the secret's key on behalf of the caller. */
const KEY_USES: Readonly<Record<string, readonly ('Decrypt' | 'GenerateDataKey')[]>> = {
  CreateSecret: ['GenerateDataKey', 'Decrypt'],
  PutSecretValue: ['GenerateDataKey', 'Decrypt'],
  UpdateSecret: ['GenerateDataKey', 'Decrypt'],
  GetSecretValue: ['Decrypt'],
};

export function secretsManagerAccess({ action, input }: PendingAwsCall, account: Account): Access[] {
  if (action === 'ListSecrets') return [{ action: 'secretsmanager:ListSecrets', resource: '*' }];
  const { SecretId, Name, KmsKeyId } = inputSchema.parse(input);
  const id = SecretId ?? Name ?? '';
  const secret = account.secret(id);
  // AWS appends six characters to a secret's ARN; for a secret that does not exist they are unknown.
  const unknown = id.startsWith('arn:') ? id : arnOf(account, 'secretsmanager', `secret:${id}-000000`);
  return [
    { action: `secretsmanager:${action}`, resource: secret?.arn ?? unknown },
    ...useOfKey(account, KmsKeyId ?? secret?.kmsKeyId, 'secretsmanager', ...(KEY_USES[action] ?? [])),
  ];
}
