import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { SecondCopy } from '../tenant-config.ts';
import { viaS3In, viaService } from './via-service.ts';
import { WildcardStatement } from './wildcard-statement.ts';

/**
 * Our roles' rights on the second copy, whose bucket does not belong to this stack: in another account, its policy must
 * allow the same. No statement if the tenant has none.
 */

interface Copied {
  readonly bucket: IBucket;
  readonly key: IKey;
  readonly secondCopy: SecondCopy | undefined;
}

/** Sees which files exist, and which have arrived. */
export function compareListings({ bucket, secondCopy }: Copied): PolicyStatement[] {
  if (secondCopy === undefined) return [];
  return [
    new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucket.bucketArn, secondCopy.bucketArn] }),
  ];
}

export function listCopies({ secondCopy }: Copied): PolicyStatement[] {
  if (secondCopy === undefined) return [];
  return [new PolicyStatement({ actions: ['s3:ListBucket'], resources: [secondCopy.bucketArn] })];
}

/** @param names patterns of the keys. Default: all */
export function readCopies(storage: Copied & Construct, ...names: readonly string[]): PolicyStatement[] {
  const { secondCopy } = storage;
  if (secondCopy === undefined) return [];
  return [
    new WildcardStatement({
      actions: ['s3:GetObject'],
      resources: (names.length === 0 ? ['*'] : names).map((name) => `${secondCopy.bucketArn}/${name}`),
      because: 'A copy has the name of its file, and the configuration may choose any prefix for that.',
    }),
    ...useKey(storage, secondCopy, 'kms:Decrypt'),
  ];
}

/** Empties a folder, including all versions: S3 does not replicate the deletion of a version. */
export function removeCopies({ secondCopy }: Copied): PolicyStatement[] {
  if (secondCopy === undefined) return [];
  const { bucketArn } = secondCopy;
  return [
    new PolicyStatement({
      actions: ['s3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
      resources: [bucketArn],
    }),
    new WildcardStatement({
      // Of a version that S3 refuses to delete, the service asks for the lock, which the bucket's owner may have set since.
      actions: ['s3:DeleteObjectVersion', 's3:AbortMultipartUpload', 's3:GetObjectRetention'],
      resources: [`${bucketArn}/*`],
      because: 'A copy has the name of its file, and the configuration may choose any prefix for that.',
    }),
  ];
}

/** For the role with which S3 replicates ("Setting up permissions for live replication" in its user guide). */
export function replicateFiles(scope: Construct, { bucket, key, secondCopy }: Copied): PolicyStatement[] {
  if (secondCopy === undefined) return [];
  const { bucketArn, account, objectLock } = secondCopy;
  return [
    new PolicyStatement({
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [bucket.bucketArn],
    }),
    new WildcardStatement({
      actions: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        ...(objectLock ? ['s3:GetObjectRetention', 's3:GetObjectLegalHold'] : []),
      ],
      resources: [bucket.arnForObjects('*')],
      because: 'Every file of the bucket is replicated.',
    }),
    new WildcardStatement({
      // No `s3:ReplicateDelete`: deleting a file here must not delete its copy.
      actions: [
        's3:ReplicateObject',
        's3:ReplicateTags',
        ...(account === undefined ? [] : ['s3:ObjectOwnerOverrideToBucketOwner']),
      ],
      resources: [`${bucketArn}/*`],
      because: 'Every file of the bucket is replicated.',
    }),
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: { StringEquals: viaService(Stack.of(scope), 's3') },
    }),
    ...useKey(scope, secondCopy, 'kms:Encrypt'),
  ];
}

/** The AWS-managed key lets in everyone who may read or write in S3. */
function useKey(scope: Construct, { keyArn, region }: SecondCopy, action: 'kms:Decrypt' | 'kms:Encrypt') {
  if (keyArn === undefined) return [];
  return [
    new PolicyStatement({
      actions: [action],
      resources: [keyArn],
      conditions: { StringEquals: viaS3In(Stack.of(scope), region) },
    }),
  ];
}
