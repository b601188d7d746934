import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsDoor } from '../../infra/local/aws/aws-door.ts';
import { listenOnLoopback } from '../../infra/local/http/loopback-server.ts';
import { listenAsS3 } from '../../infra/local/s3/s3.ts';

export interface StorageKeys {
  accessKey: string;
  secretAccessKey: string;
}

/** An S3-compatible store beside "AWS": it knows one pair of keys, and carries out only what is signed with it. */
export interface S3WithKeys {
  endpoint: string;
  createBucket(): Promise<string>;
  put(bucket: string, ...keys: string[]): Promise<void>;
  /** All keys in the bucket, up to 1,000. */
  keys(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startS3WithKeys(keys: StorageKeys): Promise<S3WithKeys> {
  const folder = await mkdtemp(join(tmpdir(), 'test-s3-with-keys-'));
  const store = await listenAsS3(folder, new AwsDoor());
  const server = await listenOnLoopback((incoming, outgoing) => {
    const refusal = refusalOf(incoming, keys);
    if (refusal === undefined) forward(incoming, outgoing, store.url);
    else refuse(incoming, outgoing, refusal);
  });
  const client = new S3Client({
    endpoint: server.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretAccessKey },
  });
  let buckets = 0;
  return {
    endpoint: server.url,
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

type Refusal = 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch';

/** The text names the key, as that of S3 does. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, code: Refusal): void {
  incoming.resume();
  const accessKey = AUTHORIZATION.exec(incoming.headers.authorization ?? '')?.groups?.accessKey ?? '';
  const element = `<AWSAccessKeyId>${accessKey.replaceAll('&', '&amp;')}</AWSAccessKeyId>`;
  outgoing.writeHead(403, { 'content-type': 'application/xml' });
  outgoing.end(`<Error><Code>${code}</Code><Message>the request is refused: ${code}</Message>${element}</Error>`);
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKey>.+)\/(?<scope>\d{8}\/[^/]+\/s3\/aws4_request), SignedHeaders=(?<signed>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/;

/** Undefined: it is signed with the keys. Signature version 4 ("Authenticating Requests: Using the Authorization Header"). */
function refusalOf({ headers, method, url = '/' }: IncomingMessage, keys: StorageKeys): Refusal | undefined {
  const {
    accessKey,
    scope = '',
    signed = '',
    signature = '',
  } = AUTHORIZATION.exec(headers.authorization ?? '')?.groups ?? {};
  if (accessKey === undefined) return 'AccessDenied';
  if (accessKey !== keys.accessKey) return 'InvalidAccessKeyId';
  const [path = '/', query = ''] = url.split('?', 2);
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
  return isOurs ? undefined : 'SignatureDoesNotMatch';
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
