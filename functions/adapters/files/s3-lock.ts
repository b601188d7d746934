import {
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { FileState } from '../../domain/storage/backup-files.ts';
import { lacksAction, regionInError } from './s3-dialects.ts';

/** An object, or one version of it. */
interface ObjectName {
  Bucket: string;
  Key: string | undefined;
  VersionId?: string | undefined;
}

/**
 * Until when S3 lets nobody delete a file (Object Lock), and which version it is; nothing of both: there is no such file. S3 tells the
 * lock by the way: in a bucket without locks nothing is refused. Rights: `s3:GetObject`; without `s3:GetObjectRetention` it tells no lock.
 */
export async function stateOfFile(client: S3Client, file: ObjectName): Promise<FileState> {
  const state = await unlessRefused(async () => {
    const { ObjectLockRetainUntilDate: lock, ETag, VersionId } = await client.send(new HeadObjectCommand(file));
    // Whatever is written while versioning is suspended has the same id.
    const versionId = VersionId === 'null' ? undefined : VersionId;
    return {
      ...(lock && { lockedUntil: lock.toISOString() }),
      ...(ETag && { version: { eTag: ETag, ...(versionId && { versionId }) } }),
    };
  });
  return state ?? {};
}

/**
 * Until when S3 lets nobody delete a version that it has refused to delete, RFC 3339; undefined: a legal hold keeps it, which has no end. Right:
 * `s3:GetObjectRetention`, with which nothing can be read.
 */
export async function lockOfVersion(client: S3Client, version: ObjectName): Promise<string | undefined> {
  return await unlessRefused(async () => {
    const { Retention } = await client.send(new GetObjectRetentionCommand(version));
    return Retention?.RetainUntilDate?.toISOString();
  });
}

/**
 * How many days a bucket locks each new file by default; `undefined` if it does not. Right:
 * `s3:GetBucketObjectLockConfiguration`.
 */
export async function lockDaysOf(client: S3Client, { bucket }: { bucket: string }): Promise<number | undefined> {
  try {
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
    const { Days, Years } = ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
    return Days ?? (Years === undefined ? undefined : 365 * Years);
  } catch (error) {
    const hasNone = error instanceof S3ServiceException && error.name === 'ObjectLockConfigurationNotFoundError';
    if (hasNone || lacksAction(error)) return undefined;
    throw error;
  }
}

/**
 * Whatever a store refuses here (no lock, no such file, no right, no such action) counts as no lock, except for a wrong
 * region.
 */
async function unlessRefused<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (regionInError(error) !== undefined) throw error;
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status !== undefined && ((status >= 400 && status < 500) || status === 501)) return undefined;
    throw error;
  }
}
