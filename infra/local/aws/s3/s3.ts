import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import { bindToLoopback, type LoopbackServer } from '../../http/loopback-server.ts';
import type { Stack } from '../../template/stack.ts';
import { type AwsDoor, leaveUnanswered } from '../aws-door.ts';
import type { PendingAwsCall } from '../gate.ts';
import { errorAnswer } from './answer.ts';
import { BodyFiles, bodiesOnDisk } from './bodies-on-disk.ts';
import { bucketSchema } from './bucket-schema.ts';
import { answerInstead } from './completing-answers.ts';
import { fauxqsStores } from './fauxqs-stores.ts';
import { s3Action } from './s3-action.ts';
import { s3Input } from './s3-input.ts';
import type { S3State } from './s3-state.ts';
import { versionHeaders } from './versioned-requests.ts';
import { VersionedBucket } from './versions.ts';

export interface S3Options {
  /** How long a day of Object Lock lasts, in ms. Default: a day; tests have not so long. */
  readonly lockDayMs?: number | undefined;
}

const DAY_MS = 24 * 3_600_000;

export interface S3 extends LoopbackServer {
  /** Creates the buckets of the template. */
  createBuckets(stack: Stack): void;
  /** Creates a bucket that keeps versions. @param lockDays how long each is locked; absent: not at all */
  createVersionedBucket(name: string, lockDays?: number): void;
}

/** Serves S3 (path style) with fauxqs, completed by the actions that it lacks; the objects' bytes are in files in `folder`. */
export async function listenAsS3(folder: string, door: AwsDoor, { lockDayMs = DAY_MS }: S3Options = {}): Promise<S3> {
  const stores = await fauxqsStores();
  const store = stores.s3Store;
  const state: S3State = { store, files: new BodyFiles(folder), uploads: new Map(), versioned: new Map() };
  store.persistence = bodiesOnDisk(state);
  const app = buildApp({ logger: false, stores });
  // By then the body has been read, as what `DeleteObjects` deletes stands in it.
  app.addHook('preHandler', async ({ method, url, headers, raw, body }, reply) => {
    const call = door.pending('s3', s3Action(method, url) ?? 'unknown', raw, s3Input(url, body));
    const admission = await door.admit(call);
    if (admission === 'cut' || admission === 'hang') {
      reply.hijack();
      return leaveUnanswered(raw, admission);
    }
    passOut(door, call, raw, reply.raw);
    const answer = admission === 'go' ? answerInstead({ method, url, headers, body }, state) : errorAnswer(admission);
    if (answer === undefined) return undefined;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
  app.addHook('onSend', async ({ method, url }, reply, payload) => {
    const { bucket, key } = s3Input(url, undefined);
    const versions = state.versioned.get(bucket);
    if (versions !== undefined && reply.statusCode < 300 && !reply.hasHeader('x-amz-version-id')) {
      reply.headers(versionHeaders(versions, s3Action(method, url) ?? '', key));
    }
    return payload;
  });
  await app.ready();
  const server = await bindToLoopback(app.server);

  function createVersionedBucket(name: string, lockDays?: number): void {
    store.createBucket(name);
    const lock = lockDays === undefined ? {} : { lockDays, lockMs: lockDays * lockDayMs };
    state.versioned.set(name, new VersionedBucket(store, name, lock));
  }

  return {
    url: server.url,
    port: server.port,
    createBuckets: (stack) => {
      for (const { ref, properties } of stack.resourcesOf('AWS::S3::Bucket')) {
        const { isVersioned, lockDays } = bucketSchema.parse(properties);
        if (isVersioned) createVersionedBucket(ref, lockDays);
        else store.createBucket(ref);
      }
    },
    createVersionedBucket,
    close: async () => {
      await server.close();
      await app.close();
    },
  };
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
