import type { IncomingHttpHeaders } from 'node:http';

/**
 * Query parameters that turn a request into another action than its method and path say, by method and target. An action's rights are
 * checked even if it is not implemented here, since the test is whether a role may perform it. Without this list the store would ignore
 * such parameters.
 */
const SUBRESOURCES: Readonly<Record<string, { bucket?: Methods; object?: Methods }>> = {
  versioning: { bucket: { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' } },
  policy: { bucket: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' } },
  replication: { bucket: { PUT: 'PutBucketReplication', DELETE: 'DeleteBucketReplication' } },
  'object-lock': { bucket: { GET: 'GetObjectLockConfiguration', PUT: 'PutObjectLockConfiguration' } },
  retention: { object: { GET: 'GetObjectRetention', PUT: 'PutObjectRetention' } },
  'legal-hold': { object: { PUT: 'PutObjectLegalHold' } },
  acl: { bucket: { PUT: 'PutBucketAcl' }, object: { PUT: 'PutObjectAcl' } },
  publicAccessBlock: { bucket: { PUT: 'PutPublicAccessBlock', DELETE: 'DeletePublicAccessBlock' } },
  ownershipControls: { bucket: { PUT: 'PutBucketOwnershipControls', DELETE: 'DeleteBucketOwnershipControls' } },
  encryption: { bucket: { PUT: 'PutBucketEncryption', DELETE: 'DeleteBucketEncryption' } },
  ...Object.fromEntries(
    [
      ...['accelerate', 'analytics', 'cors', 'intelligent-tiering', 'inventory', 'location', 'logging', 'metrics'],
      ...['notification', 'policyStatus', 'renameObject', 'requestPayment', 'restore', 'select', 'tagging'],
      ...['torrent', 'website'],
    ].map((name) => [name, {}]),
  ),
};

type Methods = Readonly<Partial<Record<string, string>>>;

/** The S3 API's name of a REST request; `undefined` if unknown. */
export function s3Action(method: string, url: string, headers: IncomingHttpHeaders): string | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const [, bucket = '', ...keyParts] = pathname.split('/');
  const isOfBucket = keyParts.join('/') === '';
  const [, subresource] = Object.entries(SUBRESOURCES).find(([name]) => query.has(name)) ?? [];
  if (subresource !== undefined) return (isOfBucket ? subresource.bucket : subresource.object)?.[method];
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined;
  return isOfBucket ? bucketAction(method, query) : objectAction(method, query, headers);
}

function bucketAction(method: string, query: URLSearchParams): string | undefined {
  switch (method) {
    case 'GET':
      if (query.has('uploads')) return 'ListMultipartUploads';
      if (query.has('versions')) return 'ListObjectVersions';
      if (query.has('lifecycle')) return 'GetBucketLifecycleConfiguration';
      return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    case 'HEAD':
      return 'HeadBucket';
    case 'PUT':
      return query.has('lifecycle') ? 'PutBucketLifecycleConfiguration' : 'CreateBucket';
    case 'DELETE':
      return query.has('lifecycle') ? 'DeleteBucketLifecycle' : 'DeleteBucket';
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'PostObject';
    default:
      return undefined;
  }
}

function objectAction(method: string, query: URLSearchParams, headers: IncomingHttpHeaders): string | undefined {
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  switch (method) {
    case 'GET':
      // fauxqs lacks ListParts.
      if (query.has('uploadId')) return undefined;
      return query.has('attributes') ? 'GetObjectAttributes' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      if (query.has('partNumber')) return isCopy ? undefined : 'UploadPart';
      return isCopy ? 'CopyObject' : 'PutObject';
    case 'DELETE':
      return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
    default:
      return undefined;
  }
}
