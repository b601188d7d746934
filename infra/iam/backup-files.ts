import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { BackupStorage } from '../constructs/backup-storage.ts';

/** `*` below: the files of all clusters and attempts under the one prefix that the service writes to. */
const allFiles = ({ bucket, prefix }: BackupStorage) => bucket.arnForObjects(`${prefix}/*`);

/** Listing is an action on the bucket; the condition keeps it to the prefix. */
const onlyPrefix = ({ prefix }: BackupStorage) => ({ StringLike: { 's3:prefix': `${prefix}/*` } });

/** Sees which files there are, not what is in them. */
export function listBackupFiles(storage: BackupStorage): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [storage.bucket.bucketArn],
      conditions: onlyPrefix(storage),
    }),
  ];
}

/** Empties the path of an attempt that failed, unfinished uploads included. */
export function removeBackupFiles(storage: BackupStorage): PolicyStatement[] {
  return [
    ...listBackupFiles(storage),
    new PolicyStatement({
      actions: ['s3:ListBucketMultipartUploads'],
      resources: [storage.bucket.bucketArn],
      conditions: onlyPrefix(storage),
    }),
    new PolicyStatement({
      actions: ['s3:DeleteObject', 's3:AbortMultipartUpload'],
      resources: [allFiles(storage)],
    }),
  ];
}

/**
 * TiKV nodes copy the data themselves, with these rights on the bucket (BR's documented minimum) and the key. They are given
 * by the bucket's and the key's own policies: the roles belong to the tenant's cluster, not to this stack.
 */
export function letTikvCopy(storage: BackupStorage, roleArns: readonly string[]): void {
  if (roleArns.length === 0) return;
  const principals = roleArns.map((arn) => new ArnPrincipal(arn));
  const { bucket, key } = storage;
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: onlyPrefix(storage),
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      resources: [allFiles(storage)],
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      // `*` in a key's policy is that key.
      resources: ['*'],
    }),
  );
}
