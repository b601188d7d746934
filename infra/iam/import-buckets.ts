import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ImportBucket } from '../tenant-config.ts';
import { WildcardStatement } from './wildcard-statement.ts';

/**
 * Our roles' rights on the buckets that the tenant imports backups from. They do not belong to this stack: in another
 * account, the bucket's policy must allow the same. No statement if the tenant names none.
 */

interface Importing {
  readonly importBuckets: readonly ImportBucket[];
}

export function listImports({ importBuckets }: Importing): PolicyStatement[] {
  return onBuckets(importBuckets, 's3:ListBucket');
}

/** @param names patterns of the keys. Default: all */
export function readImports({ importBuckets }: Importing, ...names: readonly string[]): PolicyStatement[] {
  const keyArns = importBuckets.flatMap(({ keyArn }) => keyArn ?? []);
  return [
    ...onFiles(importBuckets, ['s3:GetObject', 's3:GetObjectRetention'], names.length === 0 ? ['*'] : names),
    ...(keyArns.length === 0 ? [] : [new PolicyStatement({ actions: ['kms:Decrypt'], resources: keyArns })]),
  ];
}

/** Empties a folder, including all versions. */
export function removeImports({ importBuckets }: Importing): PolicyStatement[] {
  return [
    ...onBuckets(importBuckets, 's3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'),
    ...onFiles(
      importBuckets,
      ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:AbortMultipartUpload', 's3:GetObjectRetention'],
      ['*'],
    ),
  ];
}

/** @param name of the only kind of file */
export function writeImports({ importBuckets }: Importing, name: string): PolicyStatement[] {
  const keyArns = importBuckets.flatMap(({ keyArn }) => keyArn ?? []);
  return [
    ...onBuckets(importBuckets, 's3:ListBucketVersions'),
    ...onFiles(
      importBuckets,
      ['s3:PutObject', 's3:PutObjectRetention', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObjectRetention'],
      [name],
    ),
    ...(keyArns.length === 0 ? [] : [new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: keyArns })]),
  ];
}

function onBuckets(buckets: readonly ImportBucket[], ...actions: readonly string[]): PolicyStatement[] {
  if (buckets.length === 0) return [];
  return [new PolicyStatement({ actions: [...actions], resources: buckets.map(({ bucketArn }) => bucketArn) })];
}

function onFiles(
  buckets: readonly ImportBucket[],
  actions: readonly string[],
  names: readonly string[],
): PolicyStatement[] {
  if (buckets.length === 0) return [];
  return [
    new WildcardStatement({
      actions: [...actions],
      resources: buckets.flatMap(({ bucketArn }) => names.map((name) => `${bucketArn}/${name}`)),
      because: 'A backup may lie in any folder of a bucket that the tenant imports from.',
    }),
  ];
}
