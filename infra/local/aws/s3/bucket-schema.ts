import * as z from 'zod';
import { replicationConfiguration } from './replication-rules.ts';

const defaultRetention = z.object({
  Mode: z.literal('COMPLIANCE', 'the local S3 only supports locks in COMPLIANCE mode'),
  Days: z.int('the local S3 only supports locks in days'),
});

const lifecycleRule = z.object({
  Status: z.literal('Enabled', 'the local S3 applies every rule'),
  NoncurrentVersionExpiration: z.object({ NoncurrentDays: z.int() }).optional(),
  ExpiredObjectDeleteMarker: z.boolean().optional(),
});

/**
 * A bucket of the template: versioning, days of default lock, days until replaced versions expire, and replication. Encryption, access,
 * storage classes and the end of unfinished uploads mean nothing here.
 */
export const bucketSchema = z
  .object({
    VersioningConfiguration: z
      .object({ Status: z.literal('Enabled', 'the local S3 keeps versions, or never did') })
      .optional(),
    ObjectLockEnabled: z.boolean().default(false),
    LifecycleConfiguration: z.object({ Rules: z.array(lifecycleRule) }).optional(),
    ObjectLockConfiguration: z.object({ Rule: z.object({ DefaultRetention: defaultRetention }) }).optional(),
    ReplicationConfiguration: replicationConfiguration.optional(),
  })
  // S3 refuses a lock without versioning (InvalidBucketState).
  .refine((bucket) => bucket.VersioningConfiguration !== undefined || !bucket.ObjectLockEnabled, {
    error: 'Object Lock needs versioning',
  })
  // The same holds for replication.
  .refine((bucket) => bucket.VersioningConfiguration !== undefined || bucket.ReplicationConfiguration === undefined, {
    error: 'Versioning must be Enabled on the bucket to apply a replication configuration',
  })
  .transform(
    ({ VersioningConfiguration, ObjectLockConfiguration, LifecycleConfiguration, ReplicationConfiguration }) => {
      const rules = LifecycleConfiguration?.Rules ?? [];
      return {
        isVersioned: VersioningConfiguration !== undefined,
        days: {
          lockDays: ObjectLockConfiguration?.Rule.DefaultRetention.Days,
          // If several rules apply, the shortest time counts.
          noncurrentDays: rules
            .flatMap(({ NoncurrentVersionExpiration: rule }) => rule?.NoncurrentDays ?? [])
            .toSorted((a, b) => a - b)[0],
          bareMarkerDays: rules.some((rule) => rule.ExpiredObjectDeleteMarker) ? 1 : undefined,
        },
        replication: ReplicationConfiguration,
      };
    },
  );

export type DaysOfBucket = Partial<z.output<typeof bucketSchema>['days']>;
