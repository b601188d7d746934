import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { type Answer, documentAnswer, errorAnswer, xmlAnswer } from './answer.ts';
import { listMultipartUploads } from './list-multipart-uploads.ts';
import { listObjectVersions, onlyVersionsIn, versionsIn } from './list-object-versions.ts';
import { s3Action } from './s3-action.ts';
import { s3Input } from './s3-input.ts';
import type { S3State } from './s3-state.ts';
import { answerOfVersions, LOCK_MODE, missingLockConfiguration } from './versioned-requests.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** @returns the answer to a request that fauxqs would not answer, or answer wrongly. */
export function answerInstead({ method, url, headers, body }: Request, state: S3State): Answer | undefined {
  const action = s3Action(method, url);
  if (action === undefined) {
    const text = 'A header or query you provided implies functionality that is not implemented.';
    return errorAnswer(new AwsError('NotImplemented', text, 501));
  }
  const input = s3Input(url, body);
  const bucket = state.versioned.get(input.bucket);
  const text = action === 'DeleteObjects' && Buffer.isBuffer(body) ? body.toString('utf8') : '';
  const ofVersions = bucket && answerOfVersions(bucket, state.files, { action, input, headers, body: text });
  if (bucket !== undefined && action === 'PutObject') return ofVersions;
  return (
    ofVersions ??
    answerOfAnyBucket({ action, headers }, input.bucket, new URL(url, 'http://localhost').searchParams, state)
  );
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
        const entries = itsVersions === undefined ? onlyVersionsIn(bucket, store) : versionsIn(itsVersions);
        return documentAnswer(listObjectVersions(bucket, entries, query));
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
