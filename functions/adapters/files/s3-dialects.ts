import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';

/** Where S3-compatible stores differ from AWS, and old ones from new. */

/** Their buckets have hosts of their own and nothing else; BR knows them too (`S3BackendOptions.Apply` in br/pkg/storage/s3.go). */
const HOST_STYLE_PROVIDERS: readonly string[] = ['alibaba', 'netease'];

export function needsHostStyle(provider: string | undefined): boolean {
  return provider !== undefined && HOST_STYLE_PROVIDERS.includes(provider);
}

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

/** The store does not know the action at all. */
export function lacksAction(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    (['NotImplemented', 'MethodNotAllowed'].includes(error.name) || error.$metadata.httpStatusCode === 501)
  );
}

/**
 * Protects the body of `DeleteObjects` with Content-MD5, which AWS demanded before it had other checksums and which older stores
 * (MinIO before 2025) still demand: `MissingContentMD5`. They do not know the CRC32 that the SDK sends.
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

/** As many single deletions as are under way at once. */
const CONCURRENCY = 16;

/** XML 1.0 has no way to write these, so S3 refuses the whole list that names such a file: `MalformedXML`. */
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
        // Whole-store troubles (throttling, 5xx, the wrong region) are not about this object.
        if (httpStatusCode < 400 || httpStatusCode >= 500 || regionTold(error) !== undefined) throw error;
        // AWS answers 204 for what is not there, others 404.
        if (httpStatusCode !== 404) refused.push({ Key, VersionId, Code: error.name });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, deleteRest));
  return refused;
}
