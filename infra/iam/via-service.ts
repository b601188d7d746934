import type { Stack } from 'aws-cdk-lib';

type KeyUser = 'dynamodb' | 's3' | 'secretsmanager' | 'sqs';

/** The condition that a key is used through one of these services of the stack's region alone, and not by itself. */
export function viaService(stack: Stack, ...services: readonly KeyUser[]): Record<string, string | string[]> {
  // Not `amazonaws.com` everywhere: China's regions have a domain of their own.
  const names = services.map((service) => `${service}.${stack.region}.${stack.urlSuffix}`);
  const [only] = names;
  return { 'kms:ViaService': only !== undefined && names.length === 1 ? only : names };
}

/** The same of S3 in another region. */
export function viaS3In({ urlSuffix }: Stack, region: string): Record<string, string> {
  return { 'kms:ViaService': `s3.${region}.${urlSuffix}` };
}
