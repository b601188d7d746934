import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import type { S3Input } from '../gate.ts';
import { type Answer, errorAnswer, xmlAnswer } from './answer.ts';
import type { BodyFiles } from './body-files.ts';
import type { Version, VersionedBucket } from './versions.ts';
import type { XmlChild } from './xml.ts';

export interface VersionedRequest {
  readonly action: string;
  readonly input: S3Input;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The answer of S3 for a versioned bucket, where fauxqs, which has no versions, would answer differently or not at all.
 * @returns `undefined` if the bucket's versioning makes no difference
 */
export function answerOfVersions(
  bucket: VersionedBucket,
  files: BodyFiles,
  { action, input, headers }: VersionedRequest,
): Answer | undefined {
  const { key, query } = input;
  switch (action) {
    case 'PutObject':
      return refusedUpload(bucket, headers) ?? refusedLock(bucket, key, headers);
    case 'UploadPart':
      return refusedUpload(bucket, headers);
    case 'DeleteObject':
      return deletionAnswer(remove(bucket, files, { key, versionId: query.versionId }));
    case 'GetObject':
    case 'HeadObject':
      return query.versionId === undefined ? undefined : versionAnswer(bucket, files, key, query.versionId);
    case 'GetObjectRetention':
      return retentionAnswer(bucket, key, query.versionId);
    case 'GetBucketVersioning':
      return xmlAnswer('VersioningConfiguration', [['Status', bucket.isSuspended ? 'Suspended' : 'Enabled']]);
    case 'GetObjectLockConfiguration':
      return lockConfigurationAnswer(bucket);
    default:
      return undefined;
  }
}

/** The version headers that fauxqs' answers lack. */
export function versionHeaders(bucket: VersionedBucket, action: string, key: string): Record<string, string> {
  const version = bucket.latest(key);
  if (version?.object === undefined) return {};
  switch (action) {
    case 'PutObject':
    case 'CompleteMultipartUpload':
      return { 'x-amz-version-id': version.versionId };
    case 'GetObject':
    case 'HeadObject':
      return headersOf(version);
    default:
      return {};
  }
}

function headersOf({ versionId, lockedUntil, replication }: Version): Record<string, string> {
  return {
    'x-amz-version-id': versionId,
    ...(replication && { 'x-amz-replication-status': replication }),
    ...(lockedUntil && {
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': lockedUntil.toISOString(),
    }),
  };
}

const CHECKSUM_HEADERS = /^(content-md5|x-amz-checksum-.+|x-amz-trailer)$/;

/** With a default retention, S3 only accepts uploads whose integrity it can check (PutObject, "Content-MD5"). */
function refusedUpload({ options }: VersionedBucket, headers: IncomingHttpHeaders): Answer | undefined {
  if (options.lockMs === undefined || Object.keys(headers).some((name) => CHECKSUM_HEADERS.test(name)))
    return undefined;
  const text =
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
  return errorAnswer(new AwsError('InvalidRequest', text));
}

/** Headers by which a request locks its own object (S3 user guide, "Retention periods"). */
export const LOCK_MODE = 'x-amz-object-lock-mode';
const LOCK_DATE = 'x-amz-object-lock-retain-until-date';

/** Applies the object's own lock, if the request has a valid one. */
function refusedLock(bucket: VersionedBucket, key: string, headers: IncomingHttpHeaders): Answer | undefined {
  const [mode, date] = [headers[LOCK_MODE], headers[LOCK_DATE]];
  if (mode === undefined && date === undefined) return undefined;
  if (bucket.options.lockMs === undefined) return missingLockConfiguration();
  if (mode !== 'COMPLIANCE' || typeof date !== 'string') {
    return errorAnswer(new AwsError('NotImplemented', 'Locks here must have COMPLIANCE mode and a date.', 501));
  }
  const until = new Date(date);
  if (!(until.getTime() > Date.now())) {
    return errorAnswer(new AwsError('InvalidArgument', 'The retain until date must be in the future!'));
  }
  bucket.lockNext(key, until);
  return undefined;
}

export function missingLockConfiguration(): Answer {
  return errorAnswer(new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration'));
}

export type Deletion = { key: string; versionId?: string | undefined } & (
  | { outcome: 'deleted' }
  | { outcome: 'marked'; marker: Version }
  | { outcome: 'refused'; error: AwsError }
);

/** As in S3: without a version a delete marker is added; deleting a version that does not exist succeeds. */
export function remove(
  bucket: VersionedBucket,
  files: BodyFiles,
  { key, versionId }: { key: string; versionId?: string | undefined },
): Deletion {
  if (versionId === undefined) return { key, outcome: 'marked', marker: bucket.mark(key) };
  const version = bucket.find(key, versionId);
  if (version !== undefined && bucket.isLocked(version)) {
    const error = new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
    return { key, versionId, outcome: 'refused', error };
  }
  if (version !== undefined) {
    bucket.remove(key, version);
    files.remove(bucket.name, key, versionId);
  }
  return { key, versionId, outcome: 'deleted' };
}

function deletionAnswer(deletion: Deletion): Answer {
  switch (deletion.outcome) {
    case 'refused':
      return errorAnswer(deletion.error);
    case 'marked':
      return {
        status: 204,
        headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': deletion.marker.versionId },
      };
    case 'deleted':
      return { status: 204, headers: { 'x-amz-version-id': deletion.versionId ?? '' } };
  }
}

/** A quiet request learns only of failures. */
export function deletionsAnswer(deletions: readonly Deletion[], request: string): Answer {
  const isQuiet = /<Quiet>\s*true\s*<\/Quiet>/i.test(request);
  const told = deletions.filter(({ outcome }) => !isQuiet || outcome === 'refused');
  return xmlAnswer('DeleteResult', told.map(deletionElement));
}

function deletionElement(deletion: Deletion): XmlChild {
  const named: XmlChild[] = [
    ['Key', deletion.key],
    ...(deletion.versionId === undefined ? [] : [['VersionId', deletion.versionId] as const]),
  ];
  switch (deletion.outcome) {
    case 'refused':
      return ['Error', [...named, ['Code', deletion.error.name], ['Message', deletion.error.message]]];
    case 'marked':
      return ['Deleted', [...named, ['DeleteMarker', true], ['DeleteMarkerVersionId', deletion.marker.versionId]]];
    case 'deleted':
      return ['Deleted', named];
  }
}

function versionAnswer(bucket: VersionedBucket, files: BodyFiles, key: string, versionId: string): Answer {
  const version = bucket.find(key, versionId);
  if (version === undefined) return errorAnswer(noSuchVersion());
  if (version.object === undefined) {
    const text = 'The specified method is not allowed against this resource.';
    return errorAnswer(new AwsError('MethodNotAllowed', text, 405));
  }
  const { contentType, etag, lastModified } = version.object;
  return {
    status: 200,
    headers: { 'content-type': contentType, etag, 'last-modified': lastModified.toUTCString(), ...headersOf(version) },
    body: files.read(bucket.name, key, versionId),
  };
}

function retentionAnswer(bucket: VersionedBucket, key: string, versionId: string | undefined): Answer | undefined {
  if (bucket.options.lockMs === undefined) return undefined;
  const version = versionId === undefined ? bucket.latest(key) : bucket.find(key, versionId);
  if (version?.lockedUntil === undefined) return errorAnswer(noSuchVersion());
  return xmlAnswer('Retention', [
    ['Mode', 'COMPLIANCE'],
    ['RetainUntilDate', version.lockedUntil.toISOString()],
  ]);
}

function lockConfigurationAnswer({ options }: VersionedBucket): Answer | undefined {
  if (options.lockDays === undefined) return undefined;
  const rule: XmlChild = [
    'DefaultRetention',
    [
      ['Mode', 'COMPLIANCE'],
      ['Days', options.lockDays],
    ],
  ];
  return xmlAnswer('ObjectLockConfiguration', [
    ['ObjectLockEnabled', 'Enabled'],
    ['Rule', [rule]],
  ]);
}

function noSuchVersion(): AwsError {
  return new AwsError('NoSuchVersion', 'The specified version does not exist.', 404);
}
