import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { quoteInput } from '../../domain/shared/errors.ts';
import { FileRefused } from '../../domain/storage/backup-files.ts';
import { displayPath, type S3Location, type StorageCredentials } from '../../domain/storage/storage-location.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { SecretReader } from '../secrets/secret-reader.ts';
import { answerWithin } from '../shared/answer-within.ts';
import type { StorageKeys } from '../tidb/storage-url.ts';
import { needsHostStyle, regionInError, sendContentMd5 } from './s3-dialects.ts';
import { isEmpty } from './s3-listing.ts';

/** The sets of keys that may open a location, most likely first. */
export type CredentialsSource = (location: S3Location) => Promise<readonly StorageCredentials[]>;

/** S3 and stores with the same protocol, each with its endpoint, region and keys. */
export interface S3Stores {
  /** Works on a location; retries if the store names another region, or rejects the keys and others are known. */
  at<Result>(location: S3Location, work: Work<Result>): Promise<Result>;
  /**
   * The keys that the store accepts. `undefined` if roles open it.
   * @throws NodeFailure ConfigInvalid if it accepts none of the known keys
   */
  keysOf(location: S3Location): Promise<StorageKeys | undefined>;
}

type Work<Result> = (client: S3Client, location: S3Location, keys: StorageKeys | undefined) => Promise<Result>;

/** A client for the bucket of a location, kept with its open connections. */
interface OpenStore {
  client: S3Client;
  keys: StorageKeys | undefined;
  region: string | undefined;
  /** Its keys, and those to try if they are rejected; empty if roles open it. */
  candidates: readonly StorageCredentials[];
}

/** @param credentialsFor defaults to the location's own keys */
export function createS3Stores(
  secrets: Pick<SecretReader, 'storageKeys'>,
  credentialsFor: CredentialsSource = async ({ credentials }) => (credentials === undefined ? [] : [credentials]),
): S3Stores {
  const opened = new Map<string, Promise<OpenStore>>();
  /** By endpoint and bucket name. */
  const regions = new Map<string, string>();

  async function open(s3: S3Location, candidates: readonly StorageCredentials[]): Promise<OpenStore> {
    const region = s3.region ?? regions.get(bucketOf(s3));
    const [credentials, ...others] = candidates;
    try {
      const keys = credentials && (await secrets.storageKeys(credentials));
      return { client: createClient(s3, keys, region), keys, region, candidates };
    } catch (error) {
      if (!(error instanceof NodeFailure) || others.length === 0) throw error;
      return await open(s3, others);
    }
  }

  const begin = async (s3: S3Location) => await open(s3, await credentialsFor(s3));

  function remember(store: string, opening: Promise<OpenStore>): Promise<OpenStore> {
    opened.set(store, opening);
    return opening.catch((error: unknown) => {
      opened.delete(store);
      throw error;
    });
  }

  /** `undefined` if there is nothing else to try. */
  function openOtherwise(s3: S3Location, store: OpenStore, error: unknown): Promise<OpenStore> | undefined {
    const region = regionInError(error);
    if (region !== undefined && store.region === undefined) {
      regions.set(bucketOf(s3), region);
      return open(s3, store.candidates);
    }
    return refusesKeys(error) && store.candidates.length > 1 ? open(s3, store.candidates.slice(1)) : undefined;
  }

  async function at<Result>(s3: S3Location, work: Work<Result>): Promise<Result> {
    const id = JSON.stringify([bucketOf(s3), s3.region, s3.provider, s3.credentials]);
    let known = opened.get(id);
    let store = await (known ?? remember(id, begin(s3)));
    let refusal: unknown;
    for (;;) {
      try {
        return await work(store.client, s3, store.keys);
      } catch (error) {
        const isRefused = s3.credentials !== undefined && refusesKeys(error);
        // The keys may have changed since an earlier call.
        const otherwise = known !== undefined && isRefused ? begin(s3) : openOtherwise(s3, store, error);
        if (known === undefined && isRefused) refusal ??= error;
        if (otherwise === undefined) throw explained(refusal ?? error, s3);
        known = undefined;
        store = await remember(id, otherwise);
      }
    }
  }

  return {
    at,
    keysOf: (location) =>
      at(location, async (client, s3, keys) => {
        if (keys !== undefined) await isEmpty(client, s3);
        return keys;
      }),
  };
}

function bucketOf({ endpoint, bucket }: S3Location): string {
  return JSON.stringify([endpoint, bucket]);
}

function createClient(
  { endpoint, provider }: S3Location,
  keys: StorageKeys | undefined,
  region: string | undefined,
): S3Client {
  const client = new S3Client({
    requestHandler: answerWithin(20_000),
    // Removing many files runs into S3's throttling.
    maxAttempts: 6,
    // Buckets of most other stores, and of the local cloud, have no host name of their own.
    forcePathStyle: endpoint === undefined ? process.env.AWS_ENDPOINT_URL_S3 !== undefined : !needsHostStyle(provider),
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(keys && {
      credentials: {
        accessKeyId: keys.accessKey,
        secretAccessKey: keys.secretAccessKey,
        ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
      },
    }),
  });
  if (endpoint !== undefined) sendContentMd5(client);
  return client;
}

const KEY_NAMES = 'BackupS3AccessKey, BackupS3SecretAccessKey';

const TOKEN_REFUSALS = new Set(['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired']);

/** S3 reads an archived object only after it was restored. */
const ARCHIVED = 'InvalidObjectState';

/** How S3 and similar stores answer to an unknown key, a wrong signature, or a missing right. */
function refusesKeys(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === ARCHIVED) return false;
  return error.$metadata.httpStatusCode === 403 || TOKEN_REFUSALS.has(error.name);
}

/** `Forbidden` answers HEAD. Others of KMS, such as throttling, pass. */
const FILE_REFUSALS = /^(AccessDenied|Forbidden|InvalidObjectState|KMS\.(Disabled|NotFound|KMSInvalidState)Exception)$/;

/** AWS's message names accounts and keys: only the error's name is kept. */
function explained(error: unknown, s3: S3Location): unknown {
  if (!(error instanceof S3ServiceException)) return error;
  if (s3.credentials !== undefined && refusesKeys(error)) {
    const names = s3.credentials.sessionTokenSecretArn === undefined ? KEY_NAMES : `${KEY_NAMES}, BackupS3SessionToken`;
    const message = `${displayPath(s3)} cannot be used with the configured keys (${names}): ${error.name}`;
    return new NodeFailure('ConfigInvalid', message, { cause: error });
  }
  const region = regionInError(error);
  if (region !== undefined && s3.region !== undefined) {
    const message = `${displayPath(s3)} is in region ${quoteInput(region)}, not ${quoteInput(s3.region)}: correct BackupS3Region`;
    return new NodeFailure('ConfigInvalid', message, { cause: error });
  }
  return new (FILE_REFUSALS.test(error.name) ? FileRefused : Error)(
    `${displayPath(s3)} cannot be used: ${error.name}`,
    { cause: error },
  );
}
