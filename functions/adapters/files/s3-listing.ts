import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../../domain/storage/storage-location.ts';

/** With a trailing slash, so that `…/attempt-1` never includes `…/attempt-10`. */
export function folder({ prefix }: S3Location): string {
  return `${prefix}/`;
}

interface StoredFile {
  key: string;
  size: number;
  /** Milliseconds since 1970. */
  lastWritten: number;
}

/** Page by page; no page is empty. */
export async function* allFiles(client: S3Client, s3: S3Location): AsyncGenerator<StoredFile[]> {
  let after: string | undefined;
  do {
    const page = await listFiles(client, s3, { prefix: folder(s3), after });
    if (page.files.length > 0) yield page.files;
    after = page.next;
  } while (after !== undefined);
}

export async function listFiles(
  client: S3Client,
  { bucket }: S3Location,
  query: { prefix: string; maxKeys?: number; after?: string | undefined },
): Promise<{ files: StoredFile[]; next: string | undefined }> {
  const { Contents, NextContinuationToken } = await client.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: query.prefix,
      MaxKeys: query.maxKeys,
      ContinuationToken: query.after,
    }),
  );
  return {
    files: (Contents ?? []).flatMap(({ Key, Size, LastModified }) =>
      Key === undefined ? [] : { key: Key, size: Size ?? 0, lastWritten: LastModified?.getTime() ?? 0 },
    ),
    next: NextContinuationToken,
  };
}

/** Names of the direct subfolders, by the slashes in keys. */
export async function listFolders(client: S3Client, s3: S3Location): Promise<string[]> {
  const names: string[] = [];
  // A bucket itself can be a storage path, and is only ever read.
  const Prefix = s3.prefix === '' ? '' : folder(s3);
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: s3.bucket, Prefix, Delimiter: '/', ContinuationToken }),
    );
    for (const { Prefix: found = '' } of page.CommonPrefixes ?? []) names.push(found.slice(Prefix.length, -1));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return names;
}

export async function isEmpty(client: S3Client, s3: S3Location): Promise<boolean> {
  return (await listFiles(client, s3, { prefix: folder(s3), maxKeys: 1 })).files.length === 0;
}
