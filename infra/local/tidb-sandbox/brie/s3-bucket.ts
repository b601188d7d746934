import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { GoS3Error, goS3Error } from './go-s3-error.ts';
import type { ExternalStorageAccess } from './session.ts';
import type { S3Location } from './storage-url.ts';

/** Where BR first looks for a bucket, and the region of a bucket that reports none. */
const DEFAULT_REGION = 'us-east-1';

const REGION_HEADER = 'x-amz-bucket-region';

/** @throws GoS3Error if the bucket's host has no address */
export async function connectToBucket(
  location: S3Location,
  access: ExternalStorageAccess,
  region: string,
): Promise<S3Client> {
  await assertHostIsKnown(location);
  const endpoint = location.endpoint ?? access.s3Endpoint;
  const credentials = location.credentials ?? access.s3Credentials;
  return new S3Client({
    region,
    // The sandbox's own endpoint stands for AWS, which has a host for every bucket.
    forcePathStyle: location.endpoint === undefined || location.forcePathStyle,
    // The files carry their own SHA-256 sums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
  });
}

/**
 * The region of a bucket, which TiDB finds first of all (NewS3Storage in br/pkg/storage/s3.go): S3 reports it even to callers in the wrong
 * region or without rights. For another provider the URL must name it.
 */
export async function findRegion(
  location: S3Location,
  access: ExternalStorageAccess,
  abortSignal: AbortSignal,
): Promise<string> {
  const { bucket, region, provider = 'aws' } = location;
  if (provider !== 'aws') return region ?? DEFAULT_REGION;
  const real = await realRegion(location, access, abortSignal);
  if (region === undefined || region === real) return real;
  throw new GoS3Error(
    `s3 bucket and region are not matched, bucket=${bucket}, input region=${region}, real region=${real}`,
  );
}

async function realRegion(
  location: S3Location,
  access: ExternalStorageAccess,
  abortSignal: AbortSignal,
): Promise<string> {
  const { bucket, region = DEFAULT_REGION } = location;
  let client: S3Client | undefined;
  try {
    client = await connectToBucket(location, access, region);
    return await toldRegion(client, bucket, abortSignal);
  } catch (error) {
    const cause = goS3Error(error, { isHead: true });
    if (!(cause instanceof GoS3Error)) throw cause;
    throw new Error(`failed to get region of bucket ${bucket}: ${cause.message}`, { cause });
  } finally {
    client?.destroy();
  }
}

async function toldRegion(client: S3Client, Bucket: string, abortSignal: AbortSignal): Promise<string> {
  try {
    return (await client.send(new HeadBucketCommand({ Bucket }), { abortSignal })).BucketRegion ?? DEFAULT_REGION;
  } catch (error) {
    const region = error instanceof S3ServiceException ? error.$response?.headers[REGION_HEADER] : undefined;
    if (region === undefined) throw error;
    return region;
  }
}

/** Without path style TiDB's SDK puts the bucket before any host, even an IP address; ours would not. TiDB retries for three minutes. */
async function assertHostIsKnown({ endpoint, bucket, forcePathStyle }: S3Location): Promise<void> {
  if (endpoint === undefined || forcePathStyle) return;
  const { hostname } = new URL(endpoint);
  const host = `${bucket}.${hostname}`;
  const isKnown = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 && (await lookup(host).catch(() => undefined));
  if (!isKnown) {
    throw new GoS3Error(`RequestError: send request failed\ncaused by: dial tcp: lookup ${host}: no such host`);
  }
}
