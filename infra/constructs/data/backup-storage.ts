import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
  type Transition,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StorageTerms } from '../../../functions/domain/storage/storage-class.ts';
import { DEFAULT_PREFIX, type ImportBucket, type SecondCopy } from '../../tenant-config.ts';
import { Replication } from './replication.ts';
import type { SharedFiles } from './shared-files.ts';

interface BackupStorageProps {
  readonly key: IKey;
  /** Absent: the tenant has none. */
  readonly sharedFiles?: SharedFiles | undefined;
  /** How many days nobody can delete new files. Unset if files are not locked. */
  readonly immutableDays?: number | undefined;
  /** How many days S3 keeps what somebody else deleted or overwrote. */
  readonly recoverDeletedDays: number;
  /** The customer's own bucket; by default the stack creates one. */
  readonly bucketName?: string | undefined;
  /** When the bucket moves backups to another storage class; absent: never. */
  readonly transition?: StorageTerms['transition'] | undefined;
  /** Where S3 replicates the bucket to; absent: nowhere. */
  readonly secondCopy?: SecondCopy | undefined;
  /** Default: none. */
  readonly importBuckets?: readonly ImportBucket[];
}

/** The bucket, which holds only backups; and the tenant's file system, if there is one. */
export class BackupStorage extends Construct {
  readonly bucket: IBucket;
  readonly key: IKey;
  readonly sharedFiles: SharedFiles | undefined;
  /** Whether the bucket may lock files; for a customer's bucket, its owner decides. */
  readonly isImmutable: boolean;
  readonly secondCopy: SecondCopy | undefined;
  readonly importBuckets: readonly ImportBucket[];

  constructor(scope: Construct, id: string, props: BackupStorageProps) {
    super(scope, id);
    const { key, sharedFiles, immutableDays, bucketName } = props;
    this.key = key;
    this.sharedFiles = sharedFiles;
    this.secondCopy = props.secondCopy;
    this.importBuckets = props.importBuckets ?? [];
    this.isImmutable = immutableDays !== undefined || bucketName !== undefined;
    this.bucket =
      bucketName === undefined
        ? this.createBucket(props)
        : Bucket.fromBucketAttributes(this, 'Bucket', { bucketName, encryptionKey: key });
  }

  private createBucket({ immutableDays, recoverDeletedDays, transition, secondCopy }: BackupStorageProps): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      // One data key for many objects: a backup is hundreds of thousands of files.
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // The database's roles can delete and overwrite files, but no versions of them. The service's own deletion
      // removes every version at once.
      versioned: true,
      // COMPLIANCE: whoever has enough rights can bypass GOVERNANCE, and they are the threat.
      ...(immutableDays !== undefined && {
        objectLockEnabled: true,
        objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(immutableDays)),
      }),
      // If TiKV is killed while writing a file, it leaves parts that no listing of objects shows. It uploads a file in
      // seconds. S3 dates a multipart upload by its start: one that completes on top of a file shortens how long the
      // file is kept by its own age.
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(recoverDeletedDays),
          expiredObjectDeleteMarker: true,
        },
        ...(transition === undefined ? [] : [{ transitions: [moveOf(transition)] }]),
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        "Server access logs cannot be encrypted with the customer's key, and come late or never. CloudTrail's data events, if the account has them, show who touched a file.",
    });
    if (secondCopy !== undefined) new Replication(this, 'Replication', { bucket, key: this.key, secondCopy });
    return bucket;
  }

  /** Where backups go until `BackupStoragePath` is configured, in the same format: `bucket/prefix`. */
  get defaultPath(): string {
    return `${this.bucket.bucketName}/${DEFAULT_PREFIX}`;
  }
}

function moveOf({ afterDays, storageClass }: NonNullable<StorageTerms['transition']>): Transition {
  return { transitionAfter: Duration.days(afterDays), storageClass: new StorageClass(storageClass) };
}
