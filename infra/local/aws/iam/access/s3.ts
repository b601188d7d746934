import { AwsError } from '../../aws-error.ts';
import { type PendingAwsCall, type S3Input, s3InputSchema } from '../../gate.ts';
import { copySourceOf } from '../../s3/copy-object.ts';
import { type Access, type Account, useOfKey } from './access.ts';

/** Actions on a bucket, by IAM's names. Source: Service Authorization Reference, "Amazon S3". */
const ON_BUCKET: Readonly<Record<string, string>> = {
  CreateBucket: 'CreateBucket',
  DeleteBucket: 'DeleteBucket',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetBucketVersioning: 'GetBucketVersioning',
  PutBucketVersioning: 'PutBucketVersioning',
  GetBucketPolicy: 'GetBucketPolicy',
  PutBucketPolicy: 'PutBucketPolicy',
  DeleteBucketPolicy: 'DeleteBucketPolicy',
  PutBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutBucketAcl: 'PutBucketAcl',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  PutBucketOwnershipControls: 'PutBucketOwnershipControls',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
};

interface ObjectAction {
  readonly action: string;
  /** For a request that names a version. */
  readonly ofVersion?: string;
  /** What S3 does with an encrypted object's key on behalf of the caller. */
  readonly key?: readonly ('Decrypt' | 'GenerateDataKey')[];
}

const ON_OBJECT: Readonly<Record<string, ObjectAction>> = {
  GetObject: { action: 'GetObject', ofVersion: 'GetObjectVersion', key: ['Decrypt'] },
  HeadObject: { action: 'GetObject', ofVersion: 'GetObjectVersion' },
  GetObjectAttributes: { action: 'GetObjectAttributes', ofVersion: 'GetObjectVersionAttributes' },
  GetObjectRetention: { action: 'GetObjectRetention' },
  PutObjectRetention: { action: 'PutObjectRetention' },
  PutObjectLegalHold: { action: 'PutObjectLegalHold' },
  PutObjectAcl: { action: 'PutObjectAcl', ofVersion: 'PutObjectVersionAcl' },
  PutObject: { action: 'PutObject', key: ['GenerateDataKey'] },
  // Only for what it writes; its reads are accesses of their own.
  CopyObject: { action: 'PutObject', key: ['GenerateDataKey'] },
  // S3 decrypts and re-encrypts the parts when it completes an upload.
  CreateMultipartUpload: { action: 'PutObject', key: ['GenerateDataKey', 'Decrypt'] },
  UploadPart: { action: 'PutObject', key: ['GenerateDataKey', 'Decrypt'] },
  CompleteMultipartUpload: { action: 'PutObject', key: ['GenerateDataKey', 'Decrypt'] },
  AbortMultipartUpload: { action: 'AbortMultipartUpload' },
  DeleteObject: { action: 'DeleteObject', ofVersion: 'DeleteObjectVersion' },
};

/** Throws `NotImplemented` for an unknown action. */
export function s3Access(call: PendingAwsCall, account: Account): Access[] {
  const { action } = call;
  const input = s3InputSchema.parse(call.input);
  const bucketArn = `arn:aws:s3:::${input.bucket}`;
  if (action === 'ListBuckets') return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
  const onBucket = ON_BUCKET[action];
  if (onBucket !== undefined) {
    return [{ action: `s3:${onBucket}`, resource: bucketArn, context: listContext(input.query) }];
  }
  const onObject = ON_OBJECT[action];
  if (onObject === undefined) throw new AwsError('NotImplemented', `the local IAM does not know s3 ${action}`, 501);
  const withVersion = input.query.versionId !== undefined && onObject.ofVersion !== undefined;
  return [
    { action: `s3:${withVersion ? onObject.ofVersion : onObject.action}`, resource: `${bucketArn}/${input.key}` },
    // A lock in the request needs a right of its own (S3 user guide, "Managing Object Lock", "Permissions").
    ...(action === 'PutObject' && call.headers['x-amz-object-lock-mode'] !== undefined
      ? [{ action: 's3:PutObjectRetention', resource: `${bucketArn}/${input.key}` }]
      : []),
    ...useOfKey(account, account.keyOf(bucketArn), 's3', ...(onObject.key ?? [])),
    ...readingOfSource(copySourceOf(call.headers), account),
  ];
}

function readingOfSource(source: ReturnType<typeof copySourceOf>, account: Account): Access[] {
  if (source === undefined) return [];
  const bucketArn = `arn:aws:s3:::${source.bucket}`;
  return [
    {
      action: source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
      resource: `${bucketArn}/${source.key}`,
    },
    ...useOfKey(account, account.keyOf(bucketArn), 's3', 'Decrypt'),
  ];
}

function listContext({ prefix, delimiter }: S3Input['query']): Record<string, string> {
  return {
    ...(prefix === undefined ? {} : { 's3:prefix': prefix }),
    ...(delimiter === undefined ? {} : { 's3:delimiter': delimiter }),
  };
}
