/** The S3 API's name of a REST request, or `undefined` for one that S3 has not. */
export function s3Action(method: string, url: string): string | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, bucket = '', ...keyParts] = pathname.split('/');
  const key = keyParts.join('/');
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined;
  return key === '' ? bucketAction(method, searchParams) : objectAction(method, searchParams);
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
      if (query.has('uploadId')) return 'ListParts';
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
