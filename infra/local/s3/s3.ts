import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import * as z from 'zod';
import { type AwsDoor, leaveUnanswered } from '../aws/aws-door.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { PendingAwsCall } from '../aws/gate.ts';
import { bindToLoopback, type LoopbackServer } from '../http/loopback-server.ts';
import type { Stack } from '../template/stack.ts';
import { bodiesOnDisk } from './bodies-on-disk.ts';
import { fauxqsStores, type S3Store } from './fauxqs-stores.ts';
import { listMultipartUploads, type MultipartUpload } from './list-multipart-uploads.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { s3Action } from './s3-action.ts';
import { s3Input } from './s3-input.ts';
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
export async function listenAsS3(folder: string, door: AwsDoor): Promise<S3> {
  const stores = await fauxqsStores();
  const uploads = new Map<string, MultipartUpload>();
  stores.s3Store.persistence = bodiesOnDisk(folder, uploads);
  const app = buildApp({ logger: false, stores });
  // By then the body has been read, as what `DeleteObjects` deletes stands in it.
  app.addHook('preHandler', async ({ method, url, raw, body }, reply) => {
    const call = door.pending('s3', s3Action(method, url) ?? 'unknown', raw, s3Input(url, body));
    const admission = await door.admit(call);
    if (admission === 'cut' || admission === 'hang') {
      reply.hijack();
      return leaveUnanswered(raw, admission);
    }
    passOut(door, call, raw, reply.raw);
    const answer = admission === 'go' ? answerInstead(method, url, stores.s3Store, uploads) : errorAnswer(admission);
    if (answer === undefined) return undefined;
    return reply.code(answer.status).header('content-type', 'application/xml').send(answer.body);
  });
  await app.ready();
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
    const text = 'A header or query you provided implies functionality that is not implemented.';
    return errorAnswer(new AwsError('NotImplemented', text, 501));
  }
  if (action !== 'ListMultipartUploads' && action !== 'ListObjectVersions') return undefined;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const bucket = decodeURIComponent(pathname.split('/')[1] ?? '');
  if (!store.hasBucket(bucket)) {
    return errorAnswer(new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404));
  }
  const body =
    action === 'ListMultipartUploads'
      ? listMultipartUploads(bucket, uploads.values(), searchParams)
      : listObjectVersions(bucket, store, searchParams);
  return { status: 200, body };
}

function errorAnswer({ status, name, message }: AwsError): { status: number; body: string } {
  const children = [
    ['Code', name],
    ['Message', message],
  ] as const;
  return { status, body: xmlDocument('Error', children) };
}

/** Holds the answer, which fauxqs hands over in one piece, until the door lets it out. */
function passOut(door: AwsDoor, call: PendingAwsCall, request: IncomingMessage, response: ServerResponse): void {
  const end = response.end.bind(response);
  const send = async (body?: unknown): Promise<void> => {
    door.answered(call, {
      status: response.statusCode,
      requestBytes: Number(request.headers['content-length'] ?? 0),
      responseBytes: Number(response.getHeader('content-length') ?? 0),
    });
    const release = await door.release(call, response.statusCode);
    if (release === 'send') end(body);
    else leaveUnanswered(request, release);
  };
  response.end = (body?: unknown) => {
    void send(body);
    return response;
  };
}
