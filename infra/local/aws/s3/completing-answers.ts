import type { IncomingHttpHeaders } from 'node:http';
import type { RefusedObject } from '../aws-door.ts';
import { AwsError } from '../aws-error.ts';
import { type Answer, documentAnswer, errorAnswer, xmlAnswer } from './answer.ts';
import { copyObject } from './copy-object.ts';
import { listMultipartUploads } from './list-multipart-uploads.ts';
import { listObjectVersions, onlyVersionsIn, versionsIn } from './list-object-versions.ts';
import { s3Action } from './s3-action.ts';
import { s3Input } from './s3-input.ts';
import type { S3State } from './s3-state.ts';
import {
  answerOfVersions,
  type Deletion,
  deletionsAnswer,
  LOCK_MODE,
  missingLockConfiguration,
  remove,
} from './versioned-requests.ts';
import { VersionedBucket } from './versions.ts';
import { textsOf } from './xml.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Objects that a `DeleteObjects` must leave alone. */
  readonly refused: readonly RefusedObject[];
}

/** @returns the answer to a request that fauxqs would not answer, or would answer wrongly. */
export function answerInstead({ method, url, headers, body, refused }: Request, state: S3State): Answer | undefined {
  const action = s3Action(method, url, headers);
  if (action === undefined || JUDGED_ONLY.has(action)) {
    const text = 'A header or query you provided implies functionality that is not implemented.';
    return errorAnswer(new AwsError('NotImplemented', text, 501));
  }
  const input = s3Input(url, body);
  const bucket = state.versioned.get(input.bucket);
  for (const { key, versionId } of bucket?.expire() ?? []) state.files.remove(input.bucket, key, versionId);
  const text = TEXT_BODIES.has(action) && Buffer.isBuffer(body) ? body.toString('utf8') : '';
  if (action === 'DeleteObjects' && !isXml(text)) {
    const why = 'The XML you provided was not well-formed or did not validate against our published schema';
    return errorAnswer(new AwsError('MalformedXML', why));
  }
  const storageClass = headers['x-amz-storage-class'];
  if ((action === 'PutObject' || action === 'CopyObject') && typeof storageClass === 'string') {
    bucket?.classNext(input.key, storageClass);
  }
  if (action === 'PutBucketVersioning') return putVersioning(input.bucket, text, state);
  if (action === 'CopyObject') return copyObject(input, headers, state);
  if (action === 'DeleteObjects' && state.store.hasBucket(input.bucket)) {
    const deletions = input.objects.map(
      ({ key, versionId }) =>
        refusalOf(refused, key, versionId) ?? removeFrom(bucket, input.bucket, { key, versionId }, state),
    );
    return deletionsAnswer(deletions, text);
  }
  const ofVersions = bucket && answerOfVersions(bucket, state.files, { action, input, headers });
  if (bucket !== undefined && action === 'PutObject') return ofVersions;
  return (
    ofVersions ??
    answerOfAnyBucket({ action, headers }, input.bucket, new URL(url, 'http://localhost').searchParams, state)
  );
}

function refusalOf(
  refused: readonly RefusedObject[],
  key: string,
  versionId: string | undefined,
): Deletion | undefined {
  const found = refused.find((each) => each.key === key && each.versionId === versionId);
  return found && { key, versionId, outcome: 'refused', error: found.error };
}

/** An object of a bucket without versions has the version "null". */
function removeFrom(
  versioned: VersionedBucket | undefined,
  bucket: string,
  object: { key: string; versionId: string | undefined },
  { store, files }: S3State,
): Deletion {
  if (versioned !== undefined) return remove(versioned, files, object);
  store.deleteObject(bucket, object.key);
  return { ...object, outcome: 'deleted' };
}

/** XML 1.0 allows these characters neither literally nor as references ("Char"). */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

function isXml(text: string): boolean {
  const references = [...text.matchAll(/&#(?:x([0-9a-f]+)|(\d+));/gi)];
  const referred = references.map(([, hex, decimal]) =>
    Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16),
  );
  return (
    !NOT_IN_XML.test(text) && !referred.some((code) => code > 0x10ffff || NOT_IN_XML.test(String.fromCodePoint(code)))
  );
}

const TEXT_BODIES: ReadonlySet<string> = new Set(['DeleteObjects', 'PutBucketVersioning']);

/** Callers with these rights get a 501: nothing here is protected by what they would change. */
const JUDGED_ONLY: ReadonlySet<string> = new Set([
  ...['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketReplication', 'DeleteBucketReplication'],
  ...['PutObjectLockConfiguration', 'PutObjectRetention', 'PutObjectLegalHold', 'PutBucketAcl', 'PutObjectAcl'],
  ...['PutPublicAccessBlock', 'DeletePublicAccessBlock', 'PutBucketOwnershipControls'],
  ...['DeleteBucketOwnershipControls', 'PutBucketEncryption', 'DeleteBucketEncryption'],
]);

/** The existing object becomes the version "null" of its key. */
function putVersioning(name: string, request: string, { store, versioned }: S3State): Answer {
  const [status] = textsOf(request, 'Status');
  const bucket = versioned.get(name) ?? new VersionedBucket(store, name);
  if (bucket.options.lockMs !== undefined && status !== 'Enabled') {
    const text = 'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.';
    return errorAnswer(new AwsError('InvalidBucketState', text, 409));
  }
  if (!versioned.has(name)) {
    const { objects } = store.listObjects(name, { maxKeys: Number.POSITIVE_INFINITY });
    bucket.adopt(objects.map(({ key }) => store.headObject(name, key)));
    versioned.set(name, bucket);
  }
  bucket.suspend(status === 'Suspended');
  return { status: 200, headers: {} };
}

function answerOfAnyBucket(
  { action, headers }: { action: string; headers: IncomingHttpHeaders },
  bucket: string,
  query: URLSearchParams,
  { store, uploads, versioned }: S3State,
): Answer | undefined {
  const ofBucket = (answer: () => Answer): Answer =>
    store.hasBucket(bucket)
      ? answer()
      : errorAnswer(new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404));
  switch (action) {
    case 'ListMultipartUploads':
      return ofBucket(() => documentAnswer(listMultipartUploads(bucket, uploads.values(), query)));
    case 'ListObjectVersions':
      return ofBucket(() => {
        const itsVersions = versioned.get(bucket);
        const entriesOf = (prefix: string) =>
          itsVersions === undefined ? onlyVersionsIn(bucket, store, prefix) : versionsIn(itsVersions, prefix);
        return documentAnswer(listObjectVersions(bucket, entriesOf, query));
      });
    case 'GetBucketVersioning':
      return ofBucket(() => xmlAnswer('VersioningConfiguration', []));
    case 'GetObjectLockConfiguration':
      return ofBucket(() => {
        const text = 'Object Lock configuration does not exist for this bucket';
        return errorAnswer(new AwsError('ObjectLockConfigurationNotFoundError', text, 404));
      });
    case 'GetObjectRetention':
      return ofBucket(missingLockConfiguration);
    case 'PutObject':
      return headers[LOCK_MODE] === undefined ? undefined : ofBucket(missingLockConfiguration);
    default:
      return undefined;
  }
}
