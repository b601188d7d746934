import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { viaService } from './via-service.ts';
import { WildcardStatement } from './wildcard-statement.ts';

/** The secrets that the service creates. */
export function ownSecrets(stack: Stack, prefix: string): string {
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${prefix}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Stores passwords, without ever being able to read them. */
export function writeSecrets(secretArns: readonly string[]): PolicyStatement {
  return withSecrets(secretArns, 'CreateSecret', 'PutSecretValue', 'DeleteSecret');
}

/** Removes passwords that are no longer used. */
export function removeSecrets(secretArns: readonly string[]): PolicyStatement {
  return withSecrets(secretArns, 'DeleteSecret');
}

export interface ReadableSecrets {
  /** ARN patterns. */
  readonly arns: readonly string[];
  /** Keys with which the tenant encrypts some of them. */
  readonly keyArns: readonly string[];
}

/** The service's own secrets need no right on their key: see `constructs/data/data-key.ts`. */
export function readSecrets(scope: Construct, { arns, keyArns }: ReadableSecrets): PolicyStatement[] {
  const read = withSecrets(arns, 'GetSecretValue');
  if (keyArns.length === 0) return [read];
  const decrypt = new PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: [...keyArns],
    conditions: { StringEquals: viaService(Stack.of(scope), 'secretsmanager') },
  });
  return [read, decrypt];
}

function withSecrets(arns: readonly string[], ...actions: readonly string[]): PolicyStatement {
  return new WildcardStatement({
    actions: actions.map((action) => `secretsmanager:${action}`),
    resources: [...arns],
    because:
      'Of the service: the * is the cluster, and the six characters that AWS adds to a name. Of the tenant: its configuration says which.',
  });
}
