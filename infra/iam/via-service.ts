import type { Stack } from 'aws-cdk-lib';

/** The condition that a key is used through one service of the stack's region alone, and not by itself. */
export function viaService(
  stack: Stack,
  service: 'dynamodb' | 's3' | 'secretsmanager' | 'sqs',
): Record<string, string> {
  // Not `amazonaws.com` everywhere: China's regions have a domain of their own.
  return { 'kms:ViaService': `${service}.${stack.region}.${stack.urlSuffix}` };
}
