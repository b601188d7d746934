import type { StackEnvironment } from '../../../template/template.ts';

/** One action on one resource that a call needs. */
export interface Access {
  /** As IAM names it: `s3:GetObject`. */
  readonly action: string;
  /** An ARN, or `*` for an action without resource types. */
  readonly resource: string;
  /** Condition keys of this action, beside those of every request. */
  readonly context?: Readonly<Record<string, string>>;
}

/** What one has to know about the account to find the resources of a call. */
export interface Account {
  readonly environment: StackEnvironment;
  /** ARN of the key that encrypts a table, bucket or queue, by the ARN of that resource. */
  readonly keyOf: (arn: string) => string | undefined;
  /** A secret by its ARN or name. */
  readonly secret: (id: string) => { readonly arn: string; readonly kmsKeyId: string | undefined } | undefined;
}

/** @param resource `table/orders`, `stateMachine:backup` */
export function arnOf({ environment }: Account, service: string, resource: string): string {
  return `arn:aws:${service}:${environment.region}:${environment.accountId}:${resource}`;
}

/** The use of a key by a service on behalf of its caller. Empty without such a key. */
export function useOfKey(
  account: Pick<Account, 'environment'>,
  keyArn: string | undefined,
  service: 'dynamodb' | 's3' | 'secretsmanager' | 'sqs',
  ...actions: readonly ('Decrypt' | 'GenerateDataKey')[]
): Access[] {
  if (keyArn === undefined) return [];
  const { accountId } = account.environment;
  // A service uses only keys of its own region.
  const [, , , region] = keyArn.split(':');
  const context = { 'kms:ViaService': `${service}.${region}.amazonaws.com`, 'kms:CallerAccount': accountId };
  return actions.map((action) => ({ action: `kms:${action}`, resource: keyArn, context }));
}
