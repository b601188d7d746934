import type { Access } from '../iam/access/access.ts';
import type { BodyFiles } from './body-files.ts';
import { bucketOf, type ReplicationConfiguration, type ReplicationRule, ruleFor } from './replication-rules.ts';
import type { Version, VersionedBucket } from './versions.ts';

/** What a replication's role needs, and whether it is allowed. */
export type MayReplicate = (roleArn: string, accesses: readonly Access[]) => Promise<boolean>;

export interface ReplicationDeps {
  readonly files: BodyFiles;
  readonly bucket: (name: string) => VersionedBucket | undefined;
  /** Whether the bucket or its region is unavailable. */
  readonly isLost: (name: string) => boolean;
  readonly regionOf: (name: string) => string;
  /** Delay of a replica, in ms. */
  readonly delayOf: (key: string) => number;
  readonly mayReplicate: MayReplicate;
  /** Key of a bucket's default encryption. */
  readonly keyOf: (bucketArn: string) => string | undefined;
}

/** Delay of a retry after an unavailable destination. */
const RETRY_MS = 500;

/**
 * Copies what is written to a bucket, as its ReplicationConfiguration says: each object separately, in no order, after a delay, with its
 * version id. Earlier objects are not copied; delete markers are copied only if a rule says so, and deletions of versions never (S3 user
 * guide, "What does Amazon S3 replicate?").
 */
export class Replication {
  readonly #source: VersionedBucket;
  readonly #configuration: ReplicationConfiguration;
  readonly #deps: ReplicationDeps;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(source: VersionedBucket, configuration: ReplicationConfiguration, deps: ReplicationDeps) {
    this.#source = source;
    this.#configuration = configuration;
    this.#deps = deps;
    for (const { Destination } of configuration.Rules) this.#assertFits(bucketOf(Destination.Bucket));
    source.onNew = (key, version) => this.#begin(key, version);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** `PutBucketReplication` checks the destination. */
  #assertFits(name: string): void {
    const destination = this.#deps.bucket(name);
    if (destination === undefined) throw new Error(`Destination bucket must exist: ${name}, with versioning enabled`);
    if ((this.#source.options.lockMs === undefined) !== (destination.options.lockMs === undefined)) {
      throw new Error(`Object Lock must be enabled in ${this.#source.name} and ${name}, or in neither`);
    }
  }

  #begin(key: string, version: Version): void {
    const rule = ruleFor(this.#configuration.Rules, key);
    if (rule === undefined || !this.#covers(rule, version)) return;
    version.replication = 'PENDING';
    this.#later(this.#deps.delayOf(key), () => this.#replicate(rule, key, version));
  }

  #covers({ DeleteMarkerReplication, SourceSelectionCriteria: selected }: ReplicationRule, { object }: Version) {
    if (object === undefined) return DeleteMarkerReplication.Status === 'Enabled';
    const isEncrypted = this.#deps.keyOf(`arn:aws:s3:::${this.#source.name}`) !== undefined;
    // Objects encrypted with a KMS key are skipped unless the rule selects them.
    return !isEncrypted || selected?.SseKmsEncryptedObjects.Status === 'Enabled';
  }

  async #replicate(rule: ReplicationRule, key: string, version: Version): Promise<void> {
    const { files, isLost, bucket } = this.#deps;
    const { name } = this.#source;
    // The object was deleted before its turn.
    if (this.#source.find(key, version.versionId) === undefined) return;
    const target = bucketOf(rule.Destination.Bucket);
    if (isLost(name)) return;
    if (isLost(target)) return this.#later(RETRY_MS, () => this.#replicate(rule, key, version));
    const destination = bucket(target);
    const { Role } = this.#configuration;
    const isAllowed =
      destination !== undefined && (await this.#deps.mayReplicate(Role, this.#accesses(rule, key, version)));
    if (!isAllowed) {
      version.replication = 'FAILED';
      return;
    }
    if (version.object !== undefined) {
      const body = files.read(name, key, version.versionId);
      files.write(target, { key, body }, version.versionId);
    }
    destination.addReplica(key, version);
    version.replication = 'COMPLETED';
  }

  /** S3 user guide, "Setting up permissions for live replication". */
  #accesses(
    { Destination: { Bucket, AccessControlTranslation, EncryptionConfiguration: encryption } }: ReplicationRule,
    key: string,
    { object, lockedUntil }: Version,
  ): Access[] {
    const { keyOf, regionOf } = this.#deps;
    const source = `arn:aws:s3:::${this.#source.name}`;
    const [from, to] = [`${source}/${key}`, `${Bucket}/${key}`];
    const via = (name: string) => ({ 'kms:ViaService': `s3.${regionOf(name)}.amazonaws.com` });
    const sourceKey = keyOf(source);
    const replicaKey = encryption?.ReplicaKmsKeyID;
    // The AWS-managed key allows every caller that S3 acts for.
    const isOwnKey = replicaKey !== undefined && !replicaKey.includes(':alias/aws/');
    return [
      ...['s3:GetReplicationConfiguration', 's3:ListBucket'].map((action) => ({ action, resource: source })),
      { action: 's3:GetObjectVersionForReplication', resource: from },
      ...(lockedUntil ? ['s3:GetObjectRetention', 's3:GetObjectLegalHold'] : []).map((action) => ({
        action,
        resource: from,
      })),
      { action: object === undefined ? 's3:ReplicateDelete' : 's3:ReplicateObject', resource: to },
      ...(AccessControlTranslation ? [{ action: 's3:ObjectOwnerOverrideToBucketOwner', resource: to }] : []),
      ...(sourceKey === undefined || object === undefined
        ? []
        : [{ action: 'kms:Decrypt', resource: sourceKey, context: via(this.#source.name) }]),
      ...(isOwnKey && object !== undefined
        ? [{ action: 'kms:Encrypt', resource: replicaKey, context: via(bucketOf(Bucket)) }]
        : []),
    ];
  }

  #later(ms: number, work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void work();
    }, ms);
    this.#timers.add(timer);
  }
}
