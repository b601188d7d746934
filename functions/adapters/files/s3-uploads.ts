import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import { folder } from './s3-listing.ts';

/** How many aborts run at once. */
const CONCURRENCY = 16;

/**
 * Aborts the unfinished uploads of a folder, so that none of them becomes an object later.
 * Rights: `s3:ListBucketMultipartUploads`, `s3:AbortMultipartUpload`.
 */
export async function abortUploads(client: S3Client, location: S3Location, signal?: AbortSignal): Promise<void> {
  const Bucket = location.bucket;
  let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  do {
    signal?.throwIfAborted();
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: folder(location), ...next }),
    );
    const uploads = (page.Uploads ?? []).values();
    const abortRest = async () => {
      for (const { Key, UploadId } of uploads) {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(unlessEnded);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, abortRest));
    // The last page may have a marker too, or an empty one, which would restart the listing forever.
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  } while (next !== undefined);
}

/** Whoever began the upload has completed or aborted it meanwhile. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof S3ServiceException && error.name === 'NoSuchUpload')) throw error;
}
