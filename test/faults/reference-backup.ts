import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { FinishedBackup } from '../../functions/domain/backup/backup-record.ts';
import type { BackupStore } from '../../functions/domain/backup/backup-store.ts';
import type { StorageLocation } from '../../functions/domain/storage/storage-location.ts';

/** A real backup, for scenarios that need one. */
export interface ReferenceBackup {
  readonly record: FinishedBackup;
  readonly location: Extract<StorageLocation, { type: 's3' }>;
  /** Contents by key, without the record's folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface Kept {
  readonly clients: { readonly s3: S3Client };
  readonly backups: Pick<BackupStore, 'get'>;
}

export async function referenceOf({ clients, backups }: Kept, backupId: string): Promise<ReferenceBackup> {
  const record = await backups.get(backupId);
  if (record?.status !== 'Finished') throw new Error(`backup ${backupId} is ${record?.status}`);
  const { location } = record;
  if (location.type !== 's3') throw new Error('the local tenant keeps its backups in S3');
  const { bucket: Bucket, prefix } = location;
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix}/` }));
  const files = new Map<string, Uint8Array>();
  for (const { Key = '' } of Contents) {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key }));
    if (Body !== undefined) files.set(Key.slice(prefix.length), await Body.transformToByteArray());
  }
  return { record, location, files };
}
