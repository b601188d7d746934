import { S3ServiceException } from '@aws-sdk/client-s3';

/**
 * The region in which a store wants to be asked for a bucket; undefined: the error is not about that. AWS's SDK signs for the one
 * region that it is given, where BR asks for the bucket's.
 */
export function regionTold(error: unknown): string | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  const { httpStatusCode = 0 } = error.$metadata;
  if (httpStatusCode !== 400 && (httpStatusCode < 301 || httpStatusCode > 308)) return undefined;
  const inHeader = error.$response?.headers['x-amz-bucket-region'];
  if (inHeader !== undefined) return inHeader;
  // Of the answer's XML, where there is no such header.
  return 'Region' in error && typeof error.Region === 'string' ? error.Region : undefined;
}
