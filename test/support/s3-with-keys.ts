import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsDoor } from '../../infra/local/aws/aws-door.ts';
import { listenAsS3 } from '../../infra/local/aws/s3/s3.ts';
import { listenOnLoopback } from '../../infra/local/http/loopback-server.ts';

export interface StorageKeys {
  accessKey: string;
  secretAccessKey: string;
  sessionToken?: string;
}

interface StoreRequest {
  method: string;
  /** Percent-encoded, with its query. */
  url: string;
  accessKey: string;
  /** The region that the request was signed for. */
  region: string;
  /** S3's error code if the request was refused. */
  refusal: string | undefined;
}

/**
 * An S3-compatible store beside "AWS": it knows one set of keys, and only accepts requests signed with them. Like older MinIO, it requires
 * the header Content-MD5 for `DeleteObjects`, and accepts no other checksum instead.
 */
export interface S3WithKeys {
  endpoint: string;
  /** All requests, in order. */
  requests: StoreRequest[];
  /** Replaces the accepted keys. */
  accept(keys: StorageKeys): void;
  createBucket(): Promise<string>;
  put(bucket: string, ...keys: string[]): Promise<void>;
  /** All keys in the bucket, up to 1,000. */
  keys(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

interface StoreOptions {
  /** The only region that it accepts signatures for; any by default. */
  region?: string;
  /** Whether its answers name the region in a header, as S3's do, or only in the text of a refusal. */
  tellsRegion?: boolean;
}

export async function startS3WithKeys(
  keys: StorageKeys,
  { region, tellsRegion = true }: StoreOptions = {},
): Promise<S3WithKeys> {
  const folder = await mkdtemp(join(tmpdir(), 'test-s3-with-keys-'));
  const store = await listenAsS3(folder, new AwsDoor());
  const requests: StoreRequest[] = [];
  let known = keys;
  const server = await listenOnLoopback((incoming, outgoing) => {
    const { method = '', url = '/' } = incoming;
    const signed = signatureOf(incoming);
    const refusal = refusalOf(incoming, known, region);
    const { accessKey = '', scope = '' } = signed;
    requests.push({ method, url, accessKey, region: scope.split('/')[1] ?? '', refusal: refusal?.code });
    if (region !== undefined && tellsRegion) outgoing.setHeader('x-amz-bucket-region', region);
    if (refusal === undefined) forward(incoming, outgoing, store.url);
    else refuse(incoming, outgoing, refusal);
  });
  const client = new S3Client({
    endpoint: store.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let buckets = 0;
  return {
    endpoint: server.url,
    requests,
    accept(others) {
      known = others;
    },
    async createBucket() {
      buckets += 1;
      const Bucket = `store-${buckets}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    async put(bucket, ...names) {
      await Promise.all(names.map((Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))));
    },
    async keys(bucket) {
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return (Contents ?? []).flatMap(({ Key }) => Key ?? []);
    },
    async stop() {
      client.destroy();
      await server.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
  const { method, headers, url = '/' } = incoming;
  const forwarded = request(new URL(url, target), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  forwarded.on('error', () => outgoing.destroy());
  incoming.pipe(forwarded);
}

interface Refusal {
  status: 400 | 403;
  code:
    | 'AccessDenied'
    | 'InvalidAccessKeyId'
    | 'SignatureDoesNotMatch'
    | 'ExpiredToken'
    | 'MissingContentMD5'
    | 'AuthorizationHeaderMalformed';
  /** Beside code and message. */
  element?: string;
}

/** The text names the key, as in S3. HEAD has none. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, { status, code, element = '' }: Refusal): void {
  incoming.resume();
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  const text = `<Error><Code>${code}</Code><Message>the request is refused: ${code}</Message>${element}</Error>`;
  outgoing.end(incoming.method === 'HEAD' ? undefined : text);
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKey>.+)\/(?<scope>\d{8}\/[^/]+\/s3\/aws4_request), SignedHeaders=(?<signed>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/;

function signatureOf({
  headers,
}: IncomingMessage): Partial<Record<'accessKey' | 'scope' | 'signed' | 'signature', string>> {
  return AUTHORIZATION.exec(headers.authorization ?? '')?.groups ?? {};
}

/** `undefined` if it is signed with the keys. Signature version 4 ("Authenticating Requests: Using the Authorization Header"). */
function refusalOf(incoming: IncomingMessage, keys: StorageKeys, region: string | undefined): Refusal | undefined {
  const { headers, method, url = '/' } = incoming;
  const { accessKey, scope = '', signed = '', signature = '' } = signatureOf(incoming);
  if (accessKey === undefined) return { status: 403, code: 'AccessDenied' };
  if (accessKey !== keys.accessKey) {
    const element = `<AWSAccessKeyId>${accessKey.replaceAll('&', '&amp;')}</AWSAccessKeyId>`;
    return { status: 403, code: 'InvalidAccessKeyId', element };
  }
  if (headers['x-amz-security-token'] !== keys.sessionToken) return { status: 400, code: 'ExpiredToken' };
  if (region !== undefined && scope.split('/')[1] !== region) {
    return { status: 400, code: 'AuthorizationHeaderMalformed', element: `<Region>${region}</Region>` };
  }
  const [path = '/', query = ''] = url.split('?', 2);
  if (method === 'POST' && /(^|&)delete(=|&|$)/.test(query) && !signed.split(';').includes('content-md5')) {
    return { status: 400, code: 'MissingContentMD5' };
  }
  const canonicalRequest = [
    method,
    path,
    canonicalQuery(query),
    ...signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signed,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonicalRequest)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const isOurs = timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'));
  return isOurs ? undefined : { status: 403, code: 'SignatureDoesNotMatch' };
}

function canonicalQuery(query: string): string {
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  return pairs.sort().join('&');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
