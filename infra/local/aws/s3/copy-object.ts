import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import type { S3Input } from '../gate.ts';
import { type Answer, errorAnswer, xmlAnswer } from './answer.ts';
import type { S3State } from './s3-state.ts';

interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** @returns `undefined` if the request is no copy */
export function copySourceOf(headers: IncomingHttpHeaders): CopySource | undefined {
  const header = headers['x-amz-copy-source'];
  if (typeof header !== 'string') return undefined;
  const { pathname, searchParams } = new URL(header.replace(/^\/*/, '/'), 'http://localhost');
  const [, bucket = '', ...keyParts] = pathname.split('/').map(decodeURIComponent);
  return { bucket, key: keyParts.join('/'), versionId: searchParams.get('versionId') ?? undefined };
}

/** `CopyObject`: fauxqs can only copy the source's latest version. The metadata is always the source's. */
export function copyObject(
  { bucket, key }: S3Input,
  headers: IncomingHttpHeaders,
  { store, files, versioned }: S3State,
): Answer {
  const source = copySourceOf(headers);
  if (source === undefined) return errorAnswer(new AwsError('InvalidArgument', 'x-amz-copy-source is missing'));
  const versions = versioned.get(source.bucket);
  const version =
    source.versionId === undefined
      ? versions?.latest(source.key)
      : versions?.versionsOf(source.key).find(({ versionId }) => versionId === source.versionId);
  if (versions !== undefined && version?.object === undefined) {
    return errorAnswer(new AwsError('NoSuchVersion', 'The specified version does not exist.', 404));
  }
  const { contentType, metadata } = version?.object ?? store.headObject(source.bucket, source.key);
  const body = files.read(source.bucket, source.key, version?.versionId);
  const { etag, lastModified } = store.putObject(bucket, key, body, contentType, metadata);
  const answer = xmlAnswer('CopyObjectResult', [
    ['ETag', etag],
    ['LastModified', lastModified.toISOString()],
  ]);
  const written = versioned.get(bucket)?.latest(key)?.versionId;
  const ids = {
    ...(version && { 'x-amz-copy-source-version-id': version.versionId }),
    ...(written !== undefined && { 'x-amz-version-id': written }),
  };
  return { ...answer, headers: { ...answer.headers, ...ids } };
}
