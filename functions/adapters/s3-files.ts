import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { addFile, type BackupFiles } from '../domain/backup-files.ts';
import { NodeFailure } from '../domain/node-failure.ts';
import { displayPath } from '../domain/storage-location.ts';
import { answerWithin } from './answer-within.ts';
import { allFiles, folder, isEmpty, listFiles, listFolders, type S3Location } from './s3-listing.ts';
import { lockDaysOf, lockOfFile } from './s3-lock.ts';
import { removeFolder } from './s3-removal.ts';
import type { SecretReader } from './secret-reader.ts';

/**
 * S3, and stores that speak its protocol. A page of S3 holds 1,000 names, as many as one call deletes.
 * Rights: `s3:ListBucket`; to read, `s3:GetObject`; to write, `s3:PutObject`; to see locks, those of {@link lockOfFile}; to remove, those of {@link removeFolder}.
 */
export function createS3Files(secrets: SecretReader): BackupFiles<S3Location> {
  const clients = createClientCache(secrets);

  /** Works on a location with its store's client. */
  async function onStore<Result>(
    s3: S3Location,
    work: (client: S3Client, s3: S3Location) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(await clients.of(s3), s3);
    } catch (error) {
      if (s3.credentials === undefined || !refusesKeys(error)) throw explained(error, s3);
    }
    // The keys may have been changed since they were read.
    clients.forget(s3);
    try {
      return await work(await clients.of(s3), s3);
    } catch (error) {
      throw explained(error, s3);
    }
  }

  return {
    /** By a listing: it needs no right to read, and tells "not there" from "not allowed". */
    exists: (location, name) =>
      onStore(location, async (client, s3) => {
        const key = folder(s3) + name;
        const { files } = await listFiles(client, s3, { prefix: key, maxKeys: 1 });
        return files[0]?.key === key;
      }),

    isEmpty: (location) => onStore(location, isEmpty),

    read: (location, name) =>
      onStore(location, async (client, s3) => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: folder(s3) + name }));
          return Body?.transformToWebStream();
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined;
          throw error;
        }
      }),

    /** With a checksum, which the SDK adds by itself: a bucket with Object Lock takes nothing without one. */
    write: (location, name, text) =>
      onStore(location, async (client, s3) => {
        const Key = folder(s3) + name;
        await client.send(
          new PutObjectCommand({ Bucket: s3.bucket, Key, Body: text, ContentType: 'application/json' }),
        );
      }),

    makeFolder: async () => {},

    lockDays: (location) => onStore(location, lockDaysOf),

    dataBytes: (location) =>
      onStore(location, async (client, s3) => {
        let bytes = 0n;
        for await (const page of allFiles(client, s3)) {
          for (const { key, size } of page) if (key.endsWith('.sst')) bytes += BigInt(size);
        }
        return bytes;
      }),

    folders: (location) => onStore(location, listFolders),

    contents: (location) =>
      onStore(location, async (client, s3) => {
        const contents = { files: 0, bytes: 0n, lastWritten: 0 };
        for await (const page of allFiles(client, s3)) for (const file of page) addFile(contents, file);
        return contents.files === 0 ? undefined : contents;
      }),

    lockedUntil: (location, name) =>
      onStore(location, (client, s3) => lockOfFile(client, { Bucket: s3.bucket, Key: folder(s3) + name })),

    removeAll: (location, signal) => onStore(location, (client, s3) => removeFolder(client, s3, signal)),
  };
}

const KEY_NAMES = 'BackupS3AccessKey, BackupS3SecretAccessKey';

/** S3 and its likes answer so to a key that they do not know, a wrong signature, and what a key may not do. */
function refusesKeys(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
}

/** What AWS says of a refusal names accounts, and keys: only its name is kept. */
function explained(error: unknown, s3: S3Location): unknown {
  if (!(error instanceof S3ServiceException)) return error;
  if (s3.credentials !== undefined && refusesKeys(error)) {
    const message = `${displayPath(s3)} cannot be used with the configured keys (${KEY_NAMES}): ${error.name}`;
    return new NodeFailure('ConfigInvalid', message, { cause: error });
  }
  return new Error(`${displayPath(s3)} cannot be used: ${error.name}`, { cause: error });
}

/** One client per store: each keeps its connections open for the next call. */
function createClientCache(secrets: SecretReader) {
  const clients = new Map<string, Promise<S3Client>>();
  const storeOf = ({ endpoint, credentials }: S3Location) => JSON.stringify([endpoint, credentials]);
  return {
    of(location: S3Location): Promise<S3Client> {
      const store = storeOf(location);
      const client = clients.get(store) ?? createClient(location, secrets);
      clients.set(store, client);
      // A failure (a secret that cannot be read) is not kept.
      client.catch(() => clients.delete(store));
      return client;
    },
    forget(location: S3Location): void {
      clients.delete(storeOf(location));
    },
  };
}

async function createClient({ endpoint, credentials }: S3Location, secrets: SecretReader): Promise<S3Client> {
  const keys = credentials && (await secrets.storageKeys(credentials));
  return new S3Client({
    requestHandler: answerWithin(20_000),
    // Removing many files meets S3's throttling.
    maxAttempts: 6,
    // Buckets of other stores, and of the local cloud, rarely have a host name of their own.
    forcePathStyle: endpoint !== undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined,
    ...(endpoint !== undefined && { endpoint }),
    ...(keys && { credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretAccessKey } }),
  });
}
