import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { addFile, type BackupFiles, type FolderContents } from '../../domain/storage/backup-files.ts';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import { allFiles, folder, isEmpty, listFiles, listFolders } from './s3-listing.ts';
import { lockDaysOf, stateOfFile } from './s3-lock.ts';
import { removeFile, removeFolder } from './s3-removal.ts';
import { keepsVersions, rewindFolder } from './s3-rewind.ts';
import type { S3Stores } from './s3-stores.ts';
import { abortUploads } from './s3-uploads.ts';

/**
 * S3, and stores that speak its protocol. A page of S3 holds 1,000 names, as many as one call deletes.
 * Rights: `s3:ListBucket`; to read, `s3:GetObject`; to write, `s3:PutObject`; to see locks, those of {@link stateOfFile}; to remove, those of {@link removeFolder}.
 */
export function createS3Files(stores: S3Stores): BackupFiles<S3Location> {
  return {
    /** By a listing, which needs no right to read and distinguishes "missing" from "forbidden". */
    exists: (location, name) =>
      stores.at(location, async (client, s3) => {
        const key = folder(s3) + name;
        const { files } = await listFiles(client, s3, { prefix: key, maxKeys: 1 });
        return files[0]?.key === key;
      }),

    isEmpty: (location) => stores.at(location, isEmpty),

    read: (location, name) =>
      stores.at(location, async (client, s3) => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: folder(s3) + name }));
          return Body?.transformToWebStream();
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined;
          throw error;
        }
      }),

    /** The SDK adds a checksum, which a bucket with Object Lock requires. */
    write: (location, name, text, lock) =>
      stores.at(location, async (client, s3) => {
        await client.send(
          new PutObjectCommand({
            Bucket: s3.bucket,
            Key: folder(s3) + name,
            Body: text,
            ContentType: 'application/json',
            ...(lock && {
              ObjectLockMode: 'COMPLIANCE',
              ObjectLockRetainUntilDate: new Date(lock.lockedUntil),
            }),
          }),
        );
      }),

    remove: (location, name) => stores.at(location, (client, s3) => removeFile(client, s3, name)),

    makeFolder: async () => {},

    lockDays: (location) => stores.at(location, lockDaysOf),

    dataBytes: (location) =>
      stores.at(location, async (client, s3) => {
        let bytes = 0n;
        for await (const page of allFiles(client, s3)) {
          for (const { key, size } of page) if (key.endsWith('.sst')) bytes += BigInt(size);
        }
        return bytes;
      }),

    folders: (location) => stores.at(location, listFolders),

    contents: (location) =>
      stores.at(location, async (client, s3) => {
        const contents: FolderContents = { files: 0, bytes: 0n, lastWritten: 0 };
        for await (const page of allFiles(client, s3)) {
          for (const file of page) addFile(contents, { ...file, path: file.key.slice(folder(s3).length) });
        }
        return contents.files === 0 ? undefined : contents;
      }),

    stateOf: (location, name) =>
      stores.at(location, (client, s3) => stateOfFile(client, { Bucket: s3.bucket, Key: folder(s3) + name })),

    abortUploads: (location) => stores.at(location, (client, s3) => abortUploads(client, s3)),

    keepsVersions: (location) => stores.at(location, keepsVersions),

    rewind: (location, rewind) => stores.at(location, (client, s3) => rewindFolder(client, s3, rewind)),

    removeAll: (location, signal) => stores.at(location, (client, s3) => removeFolder(client, s3, signal)),
  };
}
