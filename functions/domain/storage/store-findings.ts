import type { CheckName, Finding } from '../cluster/check.ts';
import { displayPath, type StorageLocation } from './storage-location.ts';

/** Turns checks of the backup store, as the service itself reaches it, into findings. */

const RIGHTS = {
  storeReach: 's3:ListBucket',
  storeLock: 's3:GetBucketObjectLockConfiguration',
  storeWrite: 's3:PutObject',
  storeRead: 's3:GetObject',
  storeDelete: 's3:DeleteObject, s3:DeleteObjectVersion, s3:ListBucketVersions and s3:ListBucketMultipartUploads',
} as const satisfies Partial<Record<CheckName, string>>;
export type StoreCheck = keyof typeof RIGHTS;

/** The configuration names no usable store. */
export function withoutStore(message: string): Finding[] {
  const remedy = 'Correct the key with POST /config/update.';
  return [{ check: 'storePath', status: 'failed', message, remedy }, ...storeSkipped('there is no store to check')];
}

export function storeSkipped(
  message: string,
  checks: readonly StoreCheck[] = Object.keys(RIGHTS) as StoreCheck[],
): Finding[] {
  return checks.map((check) => ({ check, status: 'skipped', message }));
}

export function pathFinding(location: StorageLocation): Finding {
  return { check: 'storePath', status: 'passed', message: `backups go to ${displayPath(location)}` };
}

/** @param error why the check failed */
export function storeFailed(check: StoreCheck, error: unknown, location: StorageLocation): Finding {
  const message = error instanceof Error ? error.message : String(error);
  // File locks are good to know about, but nothing depends on them.
  const status = check === 'storeLock' ? 'warning' : 'failed';
  return { check, status, message, remedy: remedyOf(check, message, location) };
}

const KEYS = 'BackupS3AccessKey and BackupS3SecretAccessKey';

function remedyOf(check: StoreCheck, message: string, location: StorageLocation): string {
  if (location.type === 'nfs') {
    return "Make sure that the path exists on the mounted file system, and that the access point's user may read and write it.";
  }
  if (/NoSuchBucket|NotFound/.test(message)) return 'Create the bucket, or correct BackupStoragePath.';
  if (/InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken/.test(message)) return `Set ${KEYS} again.`;
  if (/PermanentRedirect|AuthorizationHeaderMalformed/.test(message)) return 'Configure the region of the bucket.';
  if (/AccessDenied|Forbidden|KMS/.test(message)) {
    const whose = location.credentials === undefined ? "the service's roles" : `the owner of ${KEYS}`;
    return `Allow ${whose} ${RIGHTS[check]} in the bucket's policy and in the policies of its account, and use of the bucket's encryption key, if there is one.`;
  }
  return location.endpoint === undefined
    ? 'Give the workflow functions network access to S3: a VPC endpoint or a NAT gateway.'
    : 'Correct BackupS3Endpoint, or give the workflow functions network access to it.';
}
