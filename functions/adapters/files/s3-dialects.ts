import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';

/** How S3-compatible stores differ from AWS, and old ones from new. */

/**
 * Their buckets are only reachable by their own host names; BR knows them too (`S3BackendOptions.Apply` in
 * br/pkg/storage/s3.go).
 */
const HOST_STYLE_PROVIDERS: readonly string[] = ['alibaba', 'netease'];

export function needsHostStyle(provider: string | undefined): boolean {
  return provider !== undefined && HOST_STYLE_PROVIDERS.includes(provider);
}

/**
 * The region in which a store expects requests for a bucket; `undefined` if the error has another cause. AWS's SDK
 * signs for a given region only, whereas BR asks for the bucket's.
 */
export function regionInError(error: unknown): string | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  const { httpStatusCode = 0 } = error.$metadata;
  if (httpStatusCode !== 400 && (httpStatusCode < 301 || httpStatusCode > 308)) return undefined;
  const inHeader = error.$response?.headers['x-amz-bucket-region'];
  if (inHeader !== undefined) return inHeader;
  // From the XML of the answer, if there is no such header.
  return 'Region' in error && typeof error.Region === 'string' ? error.Region : undefined;
}

/** The store does not support the action at all. */
export function lacksAction(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    (['NotImplemented', 'MethodNotAllowed'].includes(error.name) || error.$metadata.httpStatusCode === 501)
  );
}

/**
 * Protects the body of `DeleteObjects` with Content-MD5, which AWS required before it had other checksums, and which
 * older stores (MinIO before 2025) still require: `MissingContentMD5`. They do not know the CRC32 that the SDK sends.
 */
export function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { request } = args;
        if (commandName === 'DeleteObjectsCommand' && hasHeadersAndText(request)) {
          for (const name of Object.keys(request.headers)) {
            if (/^x-amz-(sdk-)?checksum-/i.test(name)) delete request.headers[name];
          }
          request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
        }
        return await next(args);
      },
    // After the SDK has added its checksum, before it signs.
    { step: 'build', priority: 'low', name: 'sendContentMd5' },
  );
}

function hasHeadersAndText(
  request: unknown,
): request is { headers: Record<string, string>; body: string | Uint8Array } {
  if (typeof request !== 'object' || request === null || !('headers' in request) || !('body' in request)) return false;
  return typeof request.body === 'string' || request.body instanceof Uint8Array;
}

interface ObjectVersion {
  Key: string | undefined;
  VersionId?: string | undefined;
}

export interface RefusedDeletion extends ObjectVersion {
  Code: string | undefined;
}

/** Number of concurrent single deletions. */
const CONCURRENCY = 16;

/** XML 1.0 cannot contain these, so S3 rejects a whole list with such a file: `MalformedXML`. */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** Codes of refusals that pass: the store could not delete the object just now. */
const PASSING: readonly (string | undefined)[] = ['SlowDown', 'InternalError', 'ServiceUnavailable', 'RequestTimeout'];

const TRIES = 6;
const FIRST_PAUSE_MS = 100;

/**
 * Deletes up to 1,000 versions with one call, and again those that the store could not delete just now; one by one in a store that
 * cannot delete several, and files whose names no list can hold, which somebody else has written.
 * @returns those that it refuses to delete
 * @throws S3ServiceException the store keeps throttling
 */
export async function deleteVersions(
  client: S3Client,
  bucket: string,
  versions: readonly ObjectVersion[],
): Promise<RefusedDeletion[]> {
  const refused: RefusedDeletion[] = [];
  let left = versions;
  for (let attempt = 1; ; attempt += 1) {
    const { passing = [], final = [] } = Object.groupBy(await deleteOnce(client, bucket, left), ({ Code }) =>
      PASSING.includes(Code) ? 'passing' : 'final',
    );
    refused.push(...final);
    const [first] = passing;
    if (first === undefined) return refused;
    if (attempt === TRIES) throw stillThrottled(passing.length, first);
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    left = passing;
  }
}

function stillThrottled(count: number, { Code = '' }: RefusedDeletion): S3ServiceException {
  return new S3ServiceException({
    ...{ name: Code, $fault: 'server', $metadata: { httpStatusCode: 503 } },
    message: `the store still refuses to delete ${count} files: ${Code}`,
  });
}

async function deleteOnce(
  client: S3Client,
  bucket: string,
  versions: readonly ObjectVersion[],
): Promise<RefusedDeletion[]> {
  const { single = [], listed = [] } = Object.groupBy(versions, ({ Key = '' }) =>
    NOT_IN_XML.test(Key) ? 'single' : 'listed',
  );
  const refused = await deleteOneByOne(client, bucket, single);
  return listed.length === 0 ? refused : [...refused, ...(await deleteListed(client, bucket, listed))];
}

async function deleteListed(
  client: S3Client,
  bucket: string,
  versions: readonly ObjectVersion[],
): Promise<RefusedDeletion[]> {
  const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
  try {
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    return Errors.map(({ Key, VersionId, Code }) => ({ Key, VersionId, Code }));
  } catch (error) {
    if (!lacksAction(error)) throw error;
    return await deleteOneByOne(client, bucket, versions);
  }
}

async function deleteOneByOne(
  client: S3Client,
  bucket: string,
  versions: readonly ObjectVersion[],
): Promise<RefusedDeletion[]> {
  const refused: RefusedDeletion[] = [];
  const rest = versions.values();
  const deleteRest = async () => {
    for (const { Key, VersionId } of rest) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
      } catch (error) {
        if (!(error instanceof S3ServiceException)) throw error;
        const { httpStatusCode = 0 } = error.$metadata;
        // Problems of the whole store (throttling, 5xx, the wrong region) do not concern this object.
        if (httpStatusCode < 400 || httpStatusCode >= 500 || regionInError(error) !== undefined) throw error;
        // For a missing object, AWS returns 204, others 404.
        if (httpStatusCode !== 404) refused.push({ Key, VersionId, Code: error.name });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, deleteRest));
  return refused;
}
