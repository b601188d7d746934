import type { ExternalStorage } from './external-storage.ts';
import { LocalStorage } from './local-storage.ts';
import { S3Storage } from './s3-storage.ts';
import type { ExternalStorageAccess } from './session.ts';
import type { StorageLocation } from './storage-url.ts';

export function openStorage(
  location: StorageLocation,
  access: ExternalStorageAccess,
  signal: AbortSignal,
): ExternalStorage {
  return location.kind === 's3'
    ? new S3Storage(location, access, signal)
    : new LocalStorage(location, access.mounts, signal);
}
