import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SentRequest } from './authorizer.ts';

/**
 * Verifies AWS Signature Version 4 in the `Authorization` header.
 * Source: IAM user guide, "Create a signed AWS API request".
 */

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** API Gateway accepts a signature five minutes before and after its date. */
const MAX_SKEW_MILLIS = 5 * 60 * 1000;

interface SignedFor {
  readonly region: string;
  readonly service: string;
  readonly secretOf: (accessKeyId: string) => string | undefined;
}

/** @returns the access key that signed the request; `undefined` if the request is unsigned, wrongly signed, or outside its time */
export function signingKeyOf(request: SentRequest, { region, service, secretOf }: SignedFor): string | undefined {
  const claimed = parseAuthorization(request.headers.authorization ?? '');
  const time = request.headers['x-amz-date'] ?? '';
  if (claimed === undefined || !isRecent(time) || !coversWhatMatters(claimed.signedHeaders, request)) return undefined;
  const secret = secretOf(claimed.accessKeyId);
  if (secret === undefined) return undefined;

  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  if (claimed.scope !== scope) return undefined;
  const toSign = [ALGORITHM, time, scope, sha256(canonicalRequest(request, claimed.signedHeaders))].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((parent, part) => hmac(parent, part), `AWS4${secret}`);
  return timingSafeEqual(hmac(key, toSign), claimed.signature) ? claimed.accessKeyId : undefined;
}

interface Claimed {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  /** 32 bytes. */
  readonly signature: Buffer;
}

function parseAuthorization(header: string): Claimed | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (match === null) return undefined;
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(';'), signature: Buffer.from(signature, 'hex') };
}

/** `20260301T070000Z` */
function isRecent(time: string): boolean {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const [year = Number.NaN, month = 1, ...rest] = parts.map(Number);
  return Math.abs(Date.now() - Date.UTC(year, month - 1, ...rest)) <= MAX_SKEW_MILLIS;
}

/** Whoever relays a signed request must not be able to add a host or a header that AWS reads. */
function coversWhatMatters(signedHeaders: readonly string[], { headers }: SentRequest): boolean {
  const needed = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  return needed.every((name) => signedHeaders.includes(name));
}

function canonicalRequest({ method, url, headers, body }: SentRequest, signedHeaders: readonly string[]): string {
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

/** Encoded once more than it was sent (for all services but S3), without `.`, `..` and empty segments. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(uriEncode(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Sorted by name, then by value, both encoded as RFC 3986 says. */
function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter((pair) => pair !== '');
  return pairs
    .map((pair) => pair.split(/=(.*)/s, 2).map((part) => uriEncode(decode(part))))
    .map(([name = '', value = '']) => [name, value] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Encodes all but unreserved characters as `%XY`; `encodeURIComponent` leaves five more unchanged. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A malformed escape stays as it is, so the signature does not match. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
