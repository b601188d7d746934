import { Stack } from 'aws-cdk-lib';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { replicateFiles } from '../../iam/second-copy.ts';
import { giveReasons } from '../../iam/wildcard-statement.ts';
import type { SecondCopy } from '../../tenant-config.ts';

interface ReplicationProps {
  readonly bucket: Bucket;
  readonly key: IKey;
  readonly secondCopy: SecondCopy;
}

/** S3 replicates every file of the bucket to another one, with its own role. */
export class Replication extends Construct {
  constructor(scope: Construct, id: string, { bucket, key, secondCopy }: ReplicationProps) {
    super(scope, id);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('s3.amazonaws.com') });
    const statements = replicateFiles(this, { bucket, key, secondCopy });
    // Separate from the role, because the bucket refers to the role, and the policy to the bucket.
    new Policy(this, 'Policy', { roles: [role], statements });
    giveReasons(this, statements);

    const { node } = bucket;
    if (!(node.defaultChild instanceof CfnBucket)) throw new Error('the bucket does not belong to this stack');
    node.defaultChild.replicationConfiguration = { role: role.roleArn, rules: [this.#rule(secondCopy)] };
  }

  #rule({ bucketArn, region, account, keyArn, storageClass }: SecondCopy): CfnBucket.ReplicationRuleProperty {
    const { partition, account: own } = Stack.of(this);
    return {
      id: 'second-copy',
      status: 'Enabled',
      priority: 1,
      filter: { prefix: '' },
      // Deleting a file here, by mistake or on purpose, must not delete its copy.
      deleteMarkerReplication: { status: 'Disabled' },
      // Every file is KMS-encrypted, and S3 replicates such files only if the rule says so.
      sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
      destination: {
        bucket: bucketArn,
        ...(account !== undefined && { account, accessControlTranslation: { owner: 'Destination' } }),
        ...(storageClass !== undefined && { storageClass }),
        encryptionConfiguration: {
          replicaKmsKeyId: keyArn ?? `arn:${partition}:kms:${region}:${own}:alias/aws/s3`,
        },
        metrics: { status: 'Enabled' },
      },
    };
  }
}
