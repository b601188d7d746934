import type { S3Input } from '../gate.ts';
import { textsOf, unescaped } from './xml.ts';

/** Parses a path-style request. */
export function s3Input(url: string, body: unknown): S3Input {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, bucket = '', ...keyParts] = pathname.split('/').map(decodeURIComponent);
  const objects = searchParams.has('delete') && Buffer.isBuffer(body) ? objectsOf(body.toString('utf8')) : [];
  return { bucket, key: keyParts.join('/'), query: Object.fromEntries(searchParams), objects };
}

/** The objects that a `DeleteObjects` names. */
function objectsOf(xml: string): S3Input['objects'] {
  return textsOf(xml, 'Object').map((object) => {
    const [key = ''] = textsOf(object, 'Key').map(unescaped);
    const [versionId] = textsOf(object, 'VersionId');
    return { key, ...(versionId === undefined ? {} : { versionId }) };
  });
}
