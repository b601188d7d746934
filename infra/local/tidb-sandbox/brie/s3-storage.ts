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
  S3Client,
  S3ServiceException,
  ServerSideEncryption,
  StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BrError } from './brie-error.ts';
import type { ExternalStorage } from './external-storage.ts';
import type { ExternalStorageAccess } from './session.ts';
import type { S3Location } from './storage-url.ts';

/** Larger files go up in parts of this size (MINIMUM_PART_SIZE in TiKV's components/cloud/aws/src/s3.rs). */
const PART_BYTES = 5 * 1024 * 1024;

/** Objects under a prefix, read and written with the rights that TiKV needs: List, Get, Put, Delete, AbortMultipart, GetBucketObjectLockConfiguration. */
export class S3Storage implements ExternalStorage {
  readonly uri: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #putOptions: Pick<
    CreateMultipartUploadCommandInput,
    'StorageClass' | 'ServerSideEncryption' | 'SSEKMSKeyId'
  >;
  readonly #signal: AbortSignal;
  #locks: Promise<boolean> | undefined;

  constructor(location: S3Location, access: ExternalStorageAccess, signal: AbortSignal) {
    const endpoint = location.endpoint ?? access.s3Endpoint;
    const credentials = location.credentials ?? access.s3Credentials;
    this.#bucket = location.bucket;
    this.#prefix = location.prefix === '' ? '' : `${location.prefix}/`;
    this.uri = `s3://${this.#bucket}/${this.#prefix}`;
    this.#signal = signal;
    this.#client = new S3Client({
      region: location.region ?? process.env.AWS_REGION ?? 'us-east-1',
      forcePathStyle: location.forcePathStyle,
      // The files carry SHA-256 sums of their own.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials !== undefined && { credentials }),
    });
    this.#putOptions = putOptionsOf(location);
  }

  async exists(name: string): Promise<boolean> {
    try {
      await this.#client.send(new HeadObjectCommand(this.#object(name)), { abortSignal: this.#signal });
      return true;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false;
      throw this.#failed('head', name, error);
    }
  }

  async read(name: string): Promise<Uint8Array> {
    try {
      const answer = await this.#client.send(new GetObjectCommand(this.#object(name)), { abortSignal: this.#signal });
      return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      throw this.#failed('read', name, error);
    }
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    try {
      if (content.length > PART_BYTES) await this.#writeParts(name, content);
      else await this.#put(name, content);
    } catch (error) {
      throw this.#failed('write', name, error);
    }
  }

  async *list(prefix = ''): AsyncIterable<string> {
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix + prefix, ContinuationToken: token }),
        { abortSignal: this.#signal },
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key.slice(this.#prefix.length);
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#client.send(new DeleteObjectCommand(this.#object(name)), { abortSignal: this.#signal });
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #put(name: string, content: Uint8Array): Promise<void> {
    const body = await this.#body(content);
    await this.#client.send(new PutObjectCommand({ ...this.#object(name), ...this.#putOptions, ...body }), {
      abortSignal: this.#signal,
    });
  }

  /** With a checksum, without which S3 takes nothing that it locks. */
  async #body(content: Uint8Array): Promise<{ Body: Uint8Array; ContentMD5?: string }> {
    this.#locks ??= this.#asksForChecksums();
    if (!(await this.#locks)) return { Body: content };
    return { Body: content, ContentMD5: createHash('md5').update(content).digest('base64') };
  }

  /** As BR asks once a task and TiKV then does (checkObjectLockEnabled in br/pkg/storage/s3.go): whatever is refused means no. */
  async #asksForChecksums(): Promise<boolean> {
    try {
      const answer = await this.#client.send(new GetObjectLockConfigurationCommand({ Bucket: this.#bucket }), {
        abortSignal: this.#signal,
      });
      return answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
    } catch (error) {
      if (error instanceof S3ServiceException) return false;
      throw error;
    }
  }

  async #writeParts(name: string, content: Uint8Array): Promise<void> {
    const abortSignal = this.#signal;
    const object = this.#object(name);
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand({ ...object, ...this.#putOptions }), {
      abortSignal,
    });
    const upload = { ...object, UploadId };
    try {
      const parts: CompletedPart[] = [];
      for (let at = 0; at < content.length; at += PART_BYTES) {
        const body = await this.#body(content.subarray(at, at + PART_BYTES));
        const part = { ...upload, PartNumber: parts.length + 1, ...body };
        const { ETag } = await this.#client.send(new UploadPartCommand(part), { abortSignal });
        parts.push({ PartNumber: part.PartNumber, ETag });
      }
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
      await this.#client.send(complete, { abortSignal });
    } catch (error) {
      // Without the signal: a canceled backup has to clean up as well.
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  #object(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + name };
  }

  #failed(verb: 'head' | 'read' | 'write', name: string, cause: unknown): Error {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const { Bucket, Key } = this.#object(name);
    return new Error(`failed to ${verb} s3 file, file info: input.bucket='${Bucket}', input.key='${Key}': ${reason}`, {
      cause,
    });
  }
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
