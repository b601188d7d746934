import * as z from 'zod';
import { replicationConfiguration } from './replication-rules.ts';

const defaultRetention = z.object({
  Mode: z.literal('COMPLIANCE', 'the local S3 knows locks of mode COMPLIANCE alone'),
  Days: z.int('the local S3 knows locks in days alone'),
});

/**
 * A bucket of the template: whether it keeps versions, for how many days it locks them, and where they are replicated to. Encryption, access and life cycle
 * (days) have no meaning here.
 */
export const bucketSchema = z
  .object({
    VersioningConfiguration: z
      .object({ Status: z.literal('Enabled', 'the local S3 keeps versions, or never did') })
      .optional(),
    ObjectLockEnabled: z.boolean().default(false),
    ObjectLockConfiguration: z.object({ Rule: z.object({ DefaultRetention: defaultRetention }) }).optional(),
    ReplicationConfiguration: replicationConfiguration.optional(),
  })
  // S3 refuses a lock without versions (InvalidBucketState).
  .refine((bucket) => bucket.VersioningConfiguration !== undefined || !bucket.ObjectLockEnabled, {
    error: 'Object Lock needs versioning',
  })
  // And so it does replication.
  .refine((bucket) => bucket.VersioningConfiguration !== undefined || bucket.ReplicationConfiguration === undefined, {
    error: 'Versioning must be Enabled on the bucket to apply a replication configuration',
  })
  .transform(({ VersioningConfiguration, ObjectLockConfiguration, ReplicationConfiguration }) => ({
    isVersioned: VersioningConfiguration !== undefined,
    lockDays: ObjectLockConfiguration?.Rule.DefaultRetention.Days,
    replication: ReplicationConfiguration,
  }));
