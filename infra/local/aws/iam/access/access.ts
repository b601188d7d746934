import type { StackEnvironment } from '../../../template/template.ts';

/** One thing that a call needs to be allowed. */
export interface Access {
  /** As IAM names it: `s3:GetObject`. */
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  /** Condition keys of this action, beside those that every request has. */
  readonly context?: Readonly<Record<string, string>>;
}

/** What has to be known of the account to tell what a call is about. */
export interface Account {
  readonly environment: StackEnvironment;
  /** ARN of the key that a table, a bucket or a queue is encrypted with, by the ARN of that. */
  readonly keyOf: (arn: string) => string | undefined;
  /** A secret by its ARN or name. */
  readonly secret: (id: string) => { readonly arn: string; readonly kmsKeyId: string | undefined } | undefined;
}

/** @param resource `table/orders`, `stateMachine:backup` */
export function arnOf({ environment }: Account, service: string, resource: string): string {
  return `arn:aws:${service}:${environment.region}:${environment.accountId}:${resource}`;
}

/** The use of a key that a service makes in its caller's name. None, where there is no such key. */
export function useOfKey(
  account: Pick<Account, 'environment'>,
  keyArn: string | undefined,
  service: 'dynamodb' | 's3' | 'secretsmanager' | 'sqs',
  ...actions: readonly ('Decrypt' | 'GenerateDataKey')[]
): Access[] {
  if (keyArn === undefined) return [];
  const { accountId } = account.environment;
  // A service uses keys of its own region alone.
  const [, , , region] = keyArn.split(':');
  const context = { 'kms:ViaService': `${service}.${region}.amazonaws.com`, 'kms:CallerAccount': accountId };
  return actions.map((action) => ({ action: `kms:${action}`, resource: keyArn, context }));
}
