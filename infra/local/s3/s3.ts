import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import * as z from 'zod';
import type { OnAwsCall } from '../aws/aws-call.ts';
import type { Callers } from '../aws/callers.ts';
import { bindToLoopback, type LoopbackServer } from '../http/loopback-server.ts';
import type { Stack } from '../template/stack.ts';
import { bodiesOnDisk } from './bodies-on-disk.ts';
import { fauxqsStores, type S3Store } from './fauxqs-stores.ts';
import { listMultipartUploads, type MultipartUpload } from './list-multipart-uploads.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { s3Action } from './s3-action.ts';
import { xmlDocument } from './xml.ts';

const bucketSchema = z.object({
  VersioningConfiguration: z.object({ Status: z.literal('Suspended', 'the local S3 keeps no versions') }).optional(),
  ObjectLockEnabled: z.literal(false, 'the local S3 locks no objects').optional(),
});

export interface S3 extends LoopbackServer {
  /** Creates the buckets of the template. Encryption, access and life cycle (days) have no meaning here; versions would have. */
  createBuckets(stack: Stack): void;
}

/** Serves S3 (path style) with fauxqs, completed by the actions that it lacks; the objects' bytes are in files in `folder`. */
export async function listenAsS3(folder: string, callers: Callers, onAwsCall: OnAwsCall): Promise<S3> {
  const stores = await fauxqsStores();
  const uploads = new Map<string, MultipartUpload>();
  stores.s3Store.persistence = bodiesOnDisk(folder, uploads);
  const app = buildApp({ logger: false, stores });
  app.addHook('onRequest', (request, reply, next) => {
    const answer = answerInstead(request.method, request.url, stores.s3Store, uploads);
    if (answer === undefined) next();
    else reply.code(answer.status).header('content-type', 'application/xml').send(answer.body);
  });
  await app.ready();
  app.server.prependListener('request', (request, response) => observe(request, response, callers, onAwsCall));
  const server = await bindToLoopback(app.server);
  return {
    url: server.url,
    port: server.port,
    createBuckets: (stack) => {
      for (const { ref, properties } of stack.resourcesOf('AWS::S3::Bucket')) {
        bucketSchema.parse(properties);
        stores.s3Store.createBucket(ref);
      }
    },
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}

/** @returns the answer to a request that fauxqs would not answer, or answer wrongly. */
function answerInstead(
  method: string,
  url: string,
  store: S3Store,
  uploads: ReadonlyMap<string, MultipartUpload>,
): { status: number; body: string } | undefined {
  const action = s3Action(method, url);
  if (action === undefined) {
    return errorAnswer(
      501,
      'NotImplemented',
      'A header or query you provided implies functionality that is not implemented.',
    );
  }
  if (action !== 'ListMultipartUploads' && action !== 'ListObjectVersions') return undefined;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const bucket = decodeURIComponent(pathname.split('/')[1] ?? '');
  if (!store.hasBucket(bucket)) return errorAnswer(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const body =
    action === 'ListMultipartUploads'
      ? listMultipartUploads(bucket, uploads.values(), searchParams)
      : listObjectVersions(bucket, store, searchParams);
  return { status: 200, body };
}

function errorAnswer(status: number, code: string, message: string): { status: number; body: string } {
  const children = [
    ['Code', code],
    ['Message', message],
  ] as const;
  return { status, body: xmlDocument('Error', children) };
}

function observe(request: IncomingMessage, response: ServerResponse, callers: Callers, onAwsCall: OnAwsCall): void {
  const action = s3Action(request.method ?? 'GET', request.url ?? '/') ?? 'unknown';
  response.once('finish', () => {
    onAwsCall({
      service: 's3',
      action,
      caller: callers.of(request.headers),
      status: response.statusCode,
      requestBytes: Number(request.headers['content-length'] ?? 0),
      responseBytes: Number(response.getHeader('content-length') ?? 0),
    });
  });
}
