import type { BodyFiles } from './body-files.ts';
import type { S3Store } from './fauxqs-stores.ts';
import type { MultipartUpload } from './list-multipart-uploads.ts';
import type { VersionedBucket } from './versions.ts';

/** The state of the local S3, inside fauxqs and beside it. */
export interface S3State {
  readonly store: S3Store;
  readonly files: BodyFiles;
  readonly uploads: Map<string, MultipartUpload>;
  /** By name. */
  readonly versioned: Map<string, VersionedBucket>;
}
