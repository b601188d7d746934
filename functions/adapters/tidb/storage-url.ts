import { assertNever } from '../../domain/shared/assert-never.ts';
import { percentEncode } from '../../domain/shared/percent-encoding.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';

/** Keys of an S3-compatible store without roles. */
export interface StorageKeys {
  accessKey: string;
  secretAccessKey: string;
  /** For temporary keys. */
  sessionToken?: string | undefined;
}

/**
 * The URL for BACKUP and RESTORE. BR reads a bare `+` as a plus sign and everything else like Go's `net/url`, so every
 * part is percent-encoded; the result contains no quote, backslash, space or plus sign. Source:
 * br/pkg/storage/parse.go.
 */
export function storageUrl(location: StorageLocation, keys?: StorageKeys): string {
  switch (location.type) {
    case 's3':
      return `s3://${location.bucket}/${encodePath(location.prefix)}${query({
        endpoint: location.endpoint,
        // BACKUP and RESTORE do so by default, SHOW BACKUP METADATA does not.
        'force-path-style': location.endpoint === undefined ? undefined : 'true',
        region: location.region,
        provider: location.provider,
        'storage-class': location.storageClass,
        'access-key': keys?.accessKey,
        'secret-access-key': keys?.secretAccessKey,
        'session-token': keys?.sessionToken,
      })}`;
    case 'nfs':
      return `local://${encodePath(location.path)}`;
    default:
      return assertNever(location);
  }
}

function query(parameters: Record<string, string | undefined>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${percentEncode(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function encodePath(path: string): string {
  return path.split('/').map(percentEncode).join('/');
}
