import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  ServerSideEncryption,
  StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BrError } from './brie-error.ts';
import type { ExternalStorage } from './external-storage.ts';
import { goS3Error } from './go-s3-error.ts';
import { connectToBucket, findRegion } from './s3-bucket.ts';
import type { ExternalStorageAccess } from './session.ts';
import { locationOfTikv, type S3Location } from './storage-url.ts';

/** Larger files are uploaded in parts of this size (MINIMUM_PART_SIZE in TiKV's components/cloud/aws/src/s3.rs). */
const PART_BYTES = 5 * 1024 * 1024;

/** Objects under a prefix, read and written with the rights that TiKV needs: List, Get, Put, Delete, AbortMultipart, GetBucketObjectLockConfiguration. */
export class S3Storage implements ExternalStorage {
  readonly uri: string;
  readonly #location: S3Location;
  readonly #access: ExternalStorageAccess;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #putOptions: Pick<
    CreateMultipartUploadCommandInput,
    'StorageClass' | 'ServerSideEncryption' | 'SSEKMSKeyId'
  >;
  readonly #signal: AbortSignal;
  readonly #findRegion: () => Promise<string>;
  #region: Promise<string> | undefined;
  #client: Promise<S3Client> | undefined;
  #locks: Promise<boolean> | undefined;

  constructor(
    location: S3Location,
    access: ExternalStorageAccess,
    signal: AbortSignal,
    regionOf = () => findRegion(location, access, signal),
  ) {
    this.#location = location;
    this.#access = access;
    this.#bucket = location.bucket;
    this.#prefix = location.prefix === '' ? '' : `${location.prefix}/`;
    this.uri = `s3://${this.#bucket}/${this.#prefix}`;
    this.#signal = signal;
    this.#findRegion = regionOf;
    this.#putOptions = putOptionsOf(location);
  }

  /** TiDB passes TiKV the region that it has found. */
  asSeenByTikv(sendCredentials: boolean): S3Storage {
    const location = locationOfTikv(this.#location, sendCredentials);
    return new S3Storage(location, this.#access, this.#signal, () => this.#knownRegion());
  }

  async exists(name: string): Promise<boolean> {
    const client = await this.#connected();
    try {
      await client.send(new HeadObjectCommand(this.#object(name)), { abortSignal: this.#signal });
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
      const cause = goS3Error(error, { isHead: true });
      throw annotated(`error occurred when checking ${name} file`, cause);
    }
  }

  async read(name: string): Promise<Uint8Array> {
    const client = await this.#connected();
    try {
      const answer = await client.send(new GetObjectCommand(this.#object(name)), { abortSignal: this.#signal });
      return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      const { Bucket, Key } = this.#object(name);
      const what = `failed to read s3 file, file info: input.bucket='${Bucket}', input.key='${Key}'`;
      throw annotated(what, goS3Error(error));
    }
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    const client = await this.#connected();
    try {
      if (content.length > PART_BYTES) await this.#writeParts(client, name, content);
      else await this.#put(client, name, content);
    } catch (error) {
      throw goS3Error(error);
    }
  }

  async *list(prefix = ''): AsyncIterable<string> {
    const client = await this.#connected();
    let token: string | undefined;
    do {
      const page = await client
        .send(
          new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix + prefix, ContinuationToken: token }),
          { abortSignal: this.#signal },
        )
        .catch((error: unknown) => Promise.reject(goS3Error(error)));
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key.slice(this.#prefix.length);
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async remove(names: readonly string[]): Promise<void> {
    const client = await this.#connected();
    for (const name of names) {
      await client.send(new DeleteObjectCommand(this.#object(name)), { abortSignal: this.#signal });
    }
  }

  close(): void {
    this.#client?.then(
      (client) => client.destroy(),
      () => undefined,
    );
  }

  #connected(): Promise<S3Client> {
    this.#client ??= this.#knownRegion().then((region) => connectToBucket(this.#location, this.#access, region));
    return this.#client;
  }

  #knownRegion(): Promise<string> {
    this.#region ??= this.#findRegion();
    return this.#region;
  }

  async #put(client: S3Client, name: string, content: Uint8Array): Promise<void> {
    const body = await this.#body(client, content);
    await client.send(new PutObjectCommand({ ...this.#object(name), ...this.#putOptions, ...body }), {
      abortSignal: this.#signal,
    });
  }

  /** With a checksum, which S3 requires for locked objects. */
  async #body(client: S3Client, content: Uint8Array): Promise<{ Body: Uint8Array; ContentMD5?: string }> {
    this.#locks ??= this.#asksForChecksums(client);
    if (!(await this.#locks)) return { Body: content };
    return { Body: content, ContentMD5: createHash('md5').update(content).digest('base64') };
  }

  /** BR checks once per task, then TiKV acts on it (checkObjectLockEnabled in br/pkg/storage/s3.go): any error means no. */
  async #asksForChecksums(client: S3Client): Promise<boolean> {
    try {
      const answer = await client.send(new GetObjectLockConfigurationCommand({ Bucket: this.#bucket }), {
        abortSignal: this.#signal,
      });
      return answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
    } catch (error) {
      if (error instanceof S3ServiceException) return false;
      throw error;
    }
  }

  async #writeParts(client: S3Client, name: string, content: Uint8Array): Promise<void> {
    const abortSignal = this.#signal;
    const object = this.#object(name);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...object, ...this.#putOptions }), {
      abortSignal,
    });
    const upload = { ...object, UploadId };
    try {
      const parts: CompletedPart[] = [];
      for (let at = 0; at < content.length; at += PART_BYTES) {
        const body = await this.#body(client, content.subarray(at, at + PART_BYTES));
        const part = { ...upload, PartNumber: parts.length + 1, ...body };
        const { ETag } = await client.send(new UploadPartCommand(part), { abortSignal });
        parts.push({ PartNumber: part.PartNumber, ETag });
      }
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
      await client.send(complete, { abortSignal });
    } catch (error) {
      // Without the signal: a canceled backup has to clean up too.
      await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  #object(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + name };
  }
}

function annotated(what: string, cause: unknown): Error {
  return new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

function putOptionsOf({ storageClass, sse, sseKmsKeyId }: S3Location) {
  return {
    ...(storageClass !== undefined && { StorageClass: known(StorageClass, storageClass, 'storage-class') }),
    ...(sse !== undefined && { ServerSideEncryption: known(ServerSideEncryption, sse, 'sse') }),
    ...(sseKmsKeyId !== undefined && { SSEKMSKeyId: sseKmsKeyId }),
  };
}

function known<Value extends string>(values: Readonly<Record<string, Value>>, text: string, parameter: string): Value {
  const value = Object.values(values).find((candidate) => candidate === text);
  if (value === undefined) {
    throw new BrError(`unknown ${parameter} '${text}'`, 'ExternalStorage:ErrStorageInvalidConfig');
  }
  return value;
}
