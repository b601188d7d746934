import * as z from 'zod';

const status = z.enum(['Enabled', 'Disabled']);
const switched = z.object({ Status: status });

const destination = z.strictObject({
  Bucket: z.string(),
  Account: z.string().optional(),
  AccessControlTranslation: z.strictObject({ Owner: z.literal('Destination') }).optional(),
  StorageClass: z.string().optional(),
  EncryptionConfiguration: z.strictObject({ ReplicaKmsKeyID: z.string() }).optional(),
  /** Metrics only: nothing here waits for their fifteen minutes. */
  Metrics: z.object({ Status: status }).optional(),
});

/** Refuses what `PutBucketReplication` refuses (S3 API reference), and what this S3 does not support. */
const rule = z
  .strictObject({
    Id: z.string().optional(),
    Status: status,
    Priority: z.int('a rule with a Filter needs a Priority'),
    Filter: z.strictObject({ Prefix: z.string() }, 'the local S3 only supports filters by prefix'),
    DeleteMarkerReplication: switched,
    SourceSelectionCriteria: z.strictObject({ SseKmsEncryptedObjects: switched }).optional(),
    Destination: destination,
  })
  .refine(
    ({ SourceSelectionCriteria: selected, Destination: { EncryptionConfiguration: key } }) =>
      selected?.SseKmsEncryptedObjects.Status !== 'Enabled' || key !== undefined,
    { error: 'a rule for SseKmsEncryptedObjects needs a ReplicaKmsKeyID' },
  );
export type ReplicationRule = z.output<typeof rule>;

export const replicationConfiguration = z.object({ Role: z.string(), Rules: z.array(rule).min(1) });
export type ReplicationConfiguration = z.output<typeof replicationConfiguration>;

/** Among the rules that cover a key, the one with the highest priority. */
export function ruleFor(rules: readonly ReplicationRule[], key: string): ReplicationRule | undefined {
  return rules
    .filter(({ Status, Filter }) => Status === 'Enabled' && key.startsWith(Filter.Prefix))
    .sort((a, b) => b.Priority - a.Priority)[0];
}

export function bucketOf(arn: string): string {
  return arn.replace(/^arn:[a-z-]+:s3:::/, '');
}
