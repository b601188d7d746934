import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import { bindToLoopback, type LoopbackServer } from '../../http/loopback-server.ts';
import type { Stack } from '../../template/stack.ts';
import { type AwsDoor, leaveUnanswered } from '../aws-door.ts';
import type { PendingAwsCall } from '../gate.ts';
import { errorAnswer } from './answer.ts';
import { bodiesOnDisk } from './bodies-on-disk.ts';
import { BodyFiles } from './body-files.ts';
import { BucketPlaces } from './bucket-places.ts';
import { bucketSchema, type DaysOfBucket } from './bucket-schema.ts';
import { answerInstead } from './completing-answers.ts';
import { fauxqsStores } from './fauxqs-stores.ts';
import { type MayReplicate, Replication, type ReplicationDeps } from './replication.ts';
import type { ReplicationConfiguration } from './replication-rules.ts';
import { s3Action } from './s3-action.ts';
import { s3Input } from './s3-input.ts';
import type { S3State } from './s3-state.ts';
import { versionHeaders } from './versioned-requests.ts';
import { VersionedBucket } from './versions.ts';

export interface S3Options {
  /** Length of a day in locks and lifecycle rules, in ms. Defaults to a real day; tests shorten it. */
  readonly dayMs?: number | undefined;
  /** Region of buckets without an explicit one. Default: us-east-1. */
  readonly region?: string | undefined;
  /** Delay of a replica, in ms. Default: between 0.5 and 1.5 s. */
  readonly replicationMs?: ((key: string) => number) | undefined;
  /** Default: everything is allowed. */
  readonly mayReplicate?: MayReplicate | undefined;
  /** Key of a bucket's default encryption. */
  readonly keyOf?: ReplicationDeps['keyOf'] | undefined;
}

/** Creates a versioned bucket. */
export interface VersionedBucketSettings extends DaysOfBucket {
  /** Region whose endpoint alone reaches the bucket; if unset, every endpoint does. */
  readonly region?: string | undefined;
}

const DAY_MS = 24 * 3_600_000;

export interface S3 extends LoopbackServer {
  /** Creates the template's buckets. Their replication destinations must exist. */
  createBuckets(stack: Stack): void;
  createVersionedBucket(name: string, settings?: VersionedBucketSettings): void;
  /** Like `PutBucketReplication`. */
  replicate(bucket: string, configuration: ReplicationConfiguration): void;
  /** Makes buckets, or regions with all their buckets, unavailable. */
  readonly places: Pick<BucketPlaces, 'loseBucket' | 'loseRegion' | 'regainRegion'>;
}

const halfASecondToOneAndAHalf = () => 500 + Math.random() * 1_000;

/** Serves S3 (path style) with fauxqs, plus the actions that it lacks; object bytes lie in files in `folder`. */
export async function listenAsS3(folder: string, door: AwsDoor, options: S3Options = {}): Promise<S3> {
  const { dayMs = DAY_MS, region = 'us-east-1', replicationMs = halfASecondToOneAndAHalf } = options;
  const stores = await fauxqsStores();
  const store = stores.s3Store;
  const state: S3State = { store, files: new BodyFiles(folder), uploads: new Map(), versioned: new Map() };
  store.persistence = bodiesOnDisk(state);
  const places = new BucketPlaces(region);
  const replications: Replication[] = [];
  const app = buildApp({ logger: false, stores });
  // By then the body has been read; `DeleteObjects` names its objects there.
  app.addHook('preHandler', async ({ method, url, headers, raw, body }, reply) => {
    const input = s3Input(url, body);
    const call = door.pending('s3', s3Action(method, url, headers) ?? 'unknown', raw, input);
    const admission = await door.admit(call);
    if (admission === 'cut' || admission === 'hang') {
      reply.hijack();
      return leaveUnanswered(raw, admission);
    }
    passOut(door, call, raw, reply.raw);
    const answer =
      admission === 'go'
        ? (places.refusal(input.bucket, headers) ??
          answerInstead({ method, url, headers, body, refused: await door.refusedObjects(call, input) }, state))
        : errorAnswer(admission);
    if (answer === undefined) return undefined;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
  app.addHook('onSend', async ({ method, url, headers }, reply, payload) => {
    const { bucket, key } = s3Input(url, undefined);
    const versions = state.versioned.get(bucket);
    if (versions !== undefined && reply.statusCode < 300 && !reply.hasHeader('x-amz-version-id')) {
      reply.headers(versionHeaders(versions, s3Action(method, url, headers) ?? '', key));
    }
    reply.headers(places.headers(bucket));
    return payload;
  });
  await app.ready();
  const server = await bindToLoopback(app.server);

  function createVersionedBucket(name: string, settings: VersionedBucketSettings = {}): void {
    const { lockDays, noncurrentDays, bareMarkerDays, region: of } = settings;
    store.createBucket(name);
    const ms = (days: number | undefined) => days && days * dayMs;
    const times = { lockMs: ms(lockDays), noncurrentMs: ms(noncurrentDays), bareMarkerMs: ms(bareMarkerDays) };
    state.versioned.set(name, new VersionedBucket(store, name, { lockDays, ...times }));
    if (of !== undefined) places.put(name, of);
  }

  function replicate(bucket: string, configuration: ReplicationConfiguration): void {
    const source = state.versioned.get(bucket);
    if (source === undefined) throw new Error(`Versioning must be Enabled on the bucket ${bucket}`);
    const replication = new Replication(source, configuration, {
      files: state.files,
      bucket: (name) => state.versioned.get(name),
      isLost: (name) => places.isLost(name),
      regionOf: (name) => places.regionOf(name),
      delayOf: replicationMs,
      mayReplicate: options.mayReplicate ?? (async () => true),
      keyOf: options.keyOf ?? (() => undefined),
    });
    replications.push(replication);
  }

  return {
    url: server.url,
    port: server.port,
    createBuckets: (stack) => {
      for (const { ref, properties } of stack.resourcesOf('AWS::S3::Bucket')) {
        const { isVersioned, days, replication } = bucketSchema.parse(properties);
        if (isVersioned) createVersionedBucket(ref, days);
        else store.createBucket(ref);
        if (replication !== undefined) replicate(ref, replication);
      }
    },
    createVersionedBucket,
    replicate,
    places,
    close: async () => {
      for (const replication of replications) replication.stop();
      await server.close();
      await app.close();
    },
  };
}

/** Holds the answer, which fauxqs delivers in one piece, until the door releases it. */
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
