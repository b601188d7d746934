import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import type { OnAwsCall } from '../aws/aws-call.ts';
import type { Callers } from '../aws/callers.ts';
import { bindToLoopback, type LoopbackServer } from '../http/loopback-server.ts';
import type { Stack } from '../template/stack.ts';
import { bodiesOnDisk } from './bodies-on-disk.ts';
import { fauxqsStores } from './fauxqs-stores.ts';
import { OpenUploads } from './open-uploads.ts';
import { s3Action } from './s3-action.ts';

export interface S3 extends LoopbackServer {
  /** Creates the buckets of the template. */
  createBuckets(stack: Stack): void;
}

/** Serves S3 (path style) with fauxqs; the objects' bytes are in files in `folder`. */
export async function listenAsS3(folder: string, callers: Callers, onAwsCall: OnAwsCall): Promise<S3> {
  const stores = await fauxqsStores();
  const uploads = new OpenUploads();
  stores.s3Store.persistence = uploads.watch(bodiesOnDisk(folder));
  const app = buildApp({ logger: false, stores });
  app.addHook('onRequest', async (request, reply) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (request.method !== 'GET' || !searchParams.has('uploads')) return;
    const bucket = decodeURIComponent(pathname.split('/')[1] ?? '');
    // A bucket that is not there is fauxqs's to refuse.
    if (!stores.s3Store.hasBucket(bucket)) return;
    await reply.type('application/xml').send(uploads.list(bucket, searchParams.get('prefix') ?? ''));
  });
  await app.ready();
  app.server.prependListener('request', (request, response) => observe(request, response, callers, onAwsCall));
  const server = await bindToLoopback(app.server);
  return {
    url: server.url,
    port: server.port,
    createBuckets: (stack) => {
      for (const { ref } of stack.resourcesOf('AWS::S3::Bucket')) stores.s3Store.createBucket(ref);
    },
    close: async () => {
      await server.close();
      await app.close();
    },
  };
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
