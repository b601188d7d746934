/**
 * Query parameters that make a request another action than its method and path say, none of which is run here. Without this list
 * the store would answer them as if the parameter were not there. Of some, what is in {@link READ_SUBRESOURCES} is run.
 */
const FOREIGN_SUBRESOURCES = [
  ...[
    'accelerate',
    'acl',
    'analytics',
    'cors',
    'encryption',
    'intelligent-tiering',
    'inventory',
    'legal-hold',
    'location',
  ],
  ...[
    'logging',
    'metrics',
    'notification',
    'object-lock',
    'ownershipControls',
    'policy',
    'policyStatus',
    'publicAccessBlock',
  ],
  ...['replication', 'requestPayment', 'restore', 'retention', 'select', 'tagging', 'torrent', 'versioning', 'website'],
];

/** What can be asked of a bucket, or of an object, and not be changed here. */
const READ_SUBRESOURCES: Readonly<Record<string, string>> = {
  versioning: 'GetBucketVersioning',
  'object-lock': 'GetObjectLockConfiguration',
  retention: 'GetObjectRetention',
};

/** The S3 API's name of a REST request, or `undefined` for one that is not run here. */
export function s3Action(method: string, url: string): string | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const subresource = FOREIGN_SUBRESOURCES.find((name) => query.has(name));
  if (subresource !== undefined) return method === 'GET' ? READ_SUBRESOURCES[subresource] : undefined;
  const [, bucket = '', ...keyParts] = pathname.split('/');
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined;
  return keyParts.join('/') === '' ? bucketAction(method, query) : objectAction(method, query);
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

function objectAction(method: string, query: URLSearchParams): string | undefined {
  switch (method) {
    case 'GET':
      // fauxqs has no ListParts.
      if (query.has('uploadId')) return undefined;
      return query.has('attributes') ? 'GetObjectAttributes' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      return query.has('partNumber') ? 'UploadPart' : 'PutObject';
    case 'DELETE':
      return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
    default:
      return undefined;
  }
}
