import type { Stack } from 'aws-cdk-lib';

type KeyUser = 'dynamodb' | 's3' | 'secretsmanager' | 'sqs';

/** The condition that a key is used only through one of these services in the stack's region. */
export function viaService(stack: Stack, ...services: readonly KeyUser[]): Record<string, string | string[]> {
  // Not always `amazonaws.com`: China's regions have a domain of their own.
  const names = services.map((service) => `${service}.${stack.region}.${stack.urlSuffix}`);
  const [only] = names;
  return { 'kms:ViaService': only !== undefined && names.length === 1 ? only : names };
}

/** The same for S3 in another region. */
export function viaS3In({ urlSuffix }: Stack, region: string): Record<string, string> {
  return { 'kms:ViaService': `s3.${region}.${urlSuffix}` };
}
