import { isDeepStrictEqual } from 'node:util';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { indexesOf, TABLES, type TableName } from '../../../../functions/adapters/dynamodb/tables.ts';
import { allRights, rightsOf } from '../../rights.ts';
import {
  COPYING_TENANT,
  FULL_TENANT,
  MINIMAL_TENANT,
  onlyResourceOf,
  resourcesOf,
  synthesized,
} from '../../synthesized.ts';

const template = synthesized(MINIMAL_TENANT);
const full = synthesized(FULL_TENANT);
const key = onlyResourceOf(template, 'AWS::KMS::Key');
const VIA_S3 = { 'Fn::Join': ['', ['s3.eu-central-1.', { Ref: 'AWS::URLSuffix' }]] };
const KEY = { 'Fn::GetAtt': [key.id, 'Arn'] };

describe('the tables', () => {
  const tables = resourcesOf(template, 'AWS::DynamoDB::Table');

  it.each(Object.keys(TABLES) as TableName[])('%s has the keys and indexes that the stores use', (name) => {
    const definition = TABLES[name];
    const table = tables.find(([id]) => id.toLowerCase().startsWith(`tables${name}`))?.[1];

    expect(table?.Properties.KeySchema).toEqual([
      { AttributeName: definition.partitionKey, KeyType: 'HASH' },
      ...('sortKey' in definition ? [{ AttributeName: definition.sortKey, KeyType: 'RANGE' }] : []),
    ]);
    expect(table?.Properties.GlobalSecondaryIndexes ?? []).toEqual(
      indexesOf(definition).map((index) => ({
        IndexName: index.name,
        KeySchema: [
          { AttributeName: index.partitionKey, KeyType: 'HASH' },
          { AttributeName: index.sortKey, KeyType: 'RANGE' },
        ],
        Projection: index.include
          ? { ProjectionType: 'INCLUDE', NonKeyAttributes: index.include }
          : { ProjectionType: 'KEYS_ONLY' },
      })),
    );
  });

  it('stream old and new items if they are followed', () => {
    const streams = tables.flatMap(([, { Properties }]) => Properties.StreamSpecification ?? []);

    expect(new Set(streams.map((stream) => JSON.stringify(stream)))).toEqual(
      new Set(['{"StreamViewType":"NEW_AND_OLD_IMAGES"}']),
    );
  });

  it('expire answered requests and lists of imports, and nothing else', () => {
    const forgetful = tables.flatMap(([id, { Properties }]) =>
      Properties.TimeToLiveSpecification === undefined ? [] : [[id, Properties.TimeToLiveSpecification]],
    );

    expect(forgetful).toEqual(
      [/^TablesRequests/, /^TablesImports/].map((name) => [
        ...[expect.stringMatching(name), { AttributeName: 'expiresAt', Enabled: true }],
      ]),
    );
  });

  it.each(tables)('%s is encrypted, restorable to a point in time and not deleted with the stack', (_id, table) => {
    expect(table).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
      },
    });
  });
});

describe('the backup bucket', () => {
  const bucket = onlyResourceOf(template, 'AWS::S3::Bucket');
  const BUCKET = { 'Fn::GetAtt': [bucket.id, 'Arn'] };
  const inBucket = (path: string) => ({ 'Fn::Join': ['', [BUCKET, path]] });
  const FILES = inBucket('/*');
  /** Everything that BR needs. */
  const BUCKET_ACTIONS = ['s3:GetBucketObjectLockConfiguration', 's3:ListBucket'];
  const FILE_ACTIONS = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'];

  it("is encrypted with the customer's key, private, and not deleted with the stack", () => {
    expect(bucket.resource).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY } },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
    });
  });

  const endsAfter = (NoncurrentDays: number) => ({
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays },
    ExpiredObjectDeleteMarker: true,
  });

  it('keeps deleted and overwritten files for a week, no bare delete marker, and no unfinished upload', () => {
    expect(bucket.resource.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(bucket.resource.Properties.LifecycleConfiguration).toEqual({ Rules: [endsAfter(7)] });
  });

  it('keeps deleted and overwritten files for as long as the tenant says', () => {
    const { resource } = onlyResourceOf(synthesized({ ...MINIMAL_TENANT, recoverDeletedDays: 30 }), 'AWS::S3::Bucket');

    expect(resource.Properties.LifecycleConfiguration).toEqual({ Rules: [endsAfter(30)] });
  });

  it("moves backups to the tenant's storage class after its days", () => {
    const { resource } = onlyResourceOf(full, 'AWS::S3::Bucket');

    expect(resource.Properties.LifecycleConfiguration).toEqual({
      Rules: [endsAfter(7), { Status: 'Enabled', Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }],
    });
  });

  it('locks no version of a tenant that does not request it', () => {
    expect(bucket.resource.Properties).not.toHaveProperty('ObjectLockEnabled');
    expect([...allRights(template).values()].flat().filter((right) => /^s3:.*Retention/.test(right))).toEqual([]);
  });

  it("lets no one delete a file for the tenant's immutableDays", () => {
    expect(onlyResourceOf(full, 'AWS::S3::Bucket').resource.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: FULL_TENANT.immutableDays } },
      },
    });
  });

  it.each(['BackupFunction', 'BackupFailFunction', 'DeleteBackupFilesFunction', 'OrphanedFilesFunction'])(
    'lets %s see until when',
    (id) => {
      expect(rightsOf(full, id)).toContain('s3:GetObjectRetention on StorageBucket/*');
    },
  );

  it('refuses requests without TLS 1.2, and grants nothing by its policy', () => {
    const policy = onlyResourceOf(template, 'AWS::S3::BucketPolicy').resource;
    const everything = [BUCKET, { 'Fn::Join': ['', [BUCKET, '/*']] }];
    const deny = { Action: 's3:*', Effect: 'Deny', Principal: { AWS: '*' }, Resource: everything };

    expect(policy.Properties.PolicyDocument).toMatchObject({
      Statement: [
        { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { ...deny, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
      ],
    });
  });

  it('lets the roles of TiDB and TiKV copy its files, and use the key through S3, by a condition on their accounts', () => {
    const Principal = { AWS: 'arn:aws:iam::111122223333:root' };
    const roles = {
      'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/tidb', 'arn:aws:iam::111122223333:role/tikv'],
    };
    const bucketPolicy = onlyResourceOf(full, 'AWS::S3::BucketPolicy').resource;
    const fullKey = onlyResourceOf(full, 'AWS::KMS::Key').resource;

    expect(bucketPolicy.Properties.PolicyDocument).toMatchObject({
      Statement: [
        { Effect: 'Deny' },
        { Effect: 'Deny' },
        {
          Effect: 'Allow',
          Principal,
          // The first tells BR that it has to send checksums.
          Action: BUCKET_ACTIONS,
          Resource: BUCKET,
          Condition: { ArnEquals: roles },
        },
        {
          Effect: 'Allow',
          Principal,
          Action: FILE_ACTIONS,
          Resource: FILES,
          Condition: { ArnEquals: roles },
        },
        {
          Effect: 'Deny',
          Principal,
          NotAction: [...BUCKET_ACTIONS, ...FILE_ACTIONS].sort(),
          Resource: [BUCKET, FILES],
          Condition: { ArnEquals: roles },
        },
        {
          Effect: 'Deny',
          Principal,
          Action: ['s3:DeleteObject', 's3:PutObject'],
          Resource: ['/*/tables/attempt-*.json', '/*/tidb-backup-manifest.json'].map(inBucket),
          Condition: { ArnEquals: roles },
        },
      ],
    });
    expect(fullKey.Properties.KeyPolicy).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Principal,
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Condition: { ArnEquals: roles, StringEquals: { 'kms:ViaService': VIA_S3 } },
        }),
      ]),
    });
  });

  it('has a policy with the same rights for the tenant to attach to these roles', () => {
    const policy = onlyResourceOf(full, 'AWS::IAM::ManagedPolicy');

    expect(full.toJSON().Outputs.NodesPolicyArn).toEqual({ Value: { Ref: policy.id } });
    expect(policy.resource.Properties.PolicyDocument).toMatchObject({
      Statement: [
        { Action: BUCKET_ACTIONS },
        { Action: FILE_ACTIONS },
        { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: { StringEquals: { 'kms:ViaService': VIA_S3 } } },
        { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::backups-copy' },
        { Action: 's3:GetObject', Resource: 'arn:aws:s3:::backups-copy/*' },
        { Action: 'kms:Decrypt', Resource: FULL_TENANT.secondCopy.keyArn },
      ],
    });
  });

  it('lets a role that is limited to clusters reach only their folders, whatever its other rights', () => {
    const [wide, narrow] = ['wide', 'narrow'].map((name) => `arn:aws:iam::111122223333:role/${name}`);
    const limited = synthesized({
      ...MINIMAL_TENANT,
      tidbRoleArns: [wide, { arn: narrow, clusterIds: ['shop', 'crm'] }],
      tikvRoleArns: [{ arn: narrow, clusterIds: ['shop', 'crm'] }],
    });
    const { Statement } = onlyResourceOf(limited, 'AWS::S3::BucketPolicy').resource.Properties.PolicyDocument as {
      Statement: { Effect: string; Condition: object }[];
    };
    const of = (role: string | undefined) =>
      Statement.filter(({ Condition }) => isDeepStrictEqual(Condition, { ArnEquals: { 'aws:PrincipalArn': [role] } }));
    const folders = ['/backups/crm/*', '/backups/shop/*'].map(inBucketOf(limited));

    expect(of(wide)).toHaveLength(4);
    expect(of(narrow)).toMatchObject([
      { Effect: 'Allow', Action: BUCKET_ACTIONS },
      { Effect: 'Allow', Action: FILE_ACTIONS, Resource: folders },
      { Effect: 'Deny', NotAction: expect.anything() },
      { Effect: 'Deny', Action: ['s3:DeleteObject', 's3:PutObject'] },
      { Effect: 'Deny', Action: FILE_ACTIONS, NotResource: expect.arrayContaining(folders) },
    ]);
  });

  it('attaches no more to the roles than their clusters', () => {
    const limited = synthesized({
      ...MINIMAL_TENANT,
      tikvRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tikv', clusterIds: ['shop'], prefix: 'tidb/prod' }],
    });

    const policies = resourcesOf(limited, 'AWS::IAM::ManagedPolicy').filter(([id]) => id.startsWith('DatabaseNodes'));

    expect(policies.map(([, { Properties }]) => Properties.PolicyDocument)).toMatchObject([
      {
        Statement: [
          { Action: BUCKET_ACTIONS },
          { Action: FILE_ACTIONS, Resource: inBucketOf(limited)('/tidb/prod/shop/*') },
          { Action: ['kms:Decrypt', 'kms:GenerateDataKey'] },
        ],
      },
    ]);
  });

  it('lets in the accounts of roles of other accounts, and no one if no role is named', () => {
    const tidbRoleArns = ['arn:aws:iam::444455556666:role/tidb'];
    const shared = synthesized({ ...MINIMAL_TENANT, tidbRoleArns });

    expect(JSON.stringify(onlyResourceOf(shared, 'AWS::S3::BucketPolicy').resource)).toContain(
      'iam::444455556666:root',
    );
    expect(JSON.stringify(onlyResourceOf(template, 'AWS::S3::BucketPolicy').resource)).not.toContain('"Allow"');
  });
});

function inBucketOf(template: Template): (path: string) => object {
  const { id } = onlyResourceOf(template, 'AWS::S3::Bucket');
  return (path) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'Arn'] }, path]] });
}

describe('the second copy', () => {
  const ruleOf = (of: typeof full) => {
    const { ReplicationConfiguration } = onlyResourceOf(of, 'AWS::S3::Bucket').resource.Properties;
    return ReplicationConfiguration as { Rules: [{ Destination: object }] };
  };

  it('takes every file to a bucket of another account, which owns it, encrypts it and is measured', () => {
    const { bucketArn, account, keyArn } = FULL_TENANT.secondCopy;

    expect(ruleOf(full)).toMatchObject({
      Rules: [
        {
          Status: 'Enabled',
          Filter: { Prefix: '' },
          DeleteMarkerReplication: { Status: 'Disabled' },
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          Destination: {
            Bucket: bucketArn,
            Account: account,
            AccessControlTranslation: { Owner: 'Destination' },
            StorageClass: 'STANDARD_IA',
            EncryptionConfiguration: { ReplicaKmsKeyID: keyArn },
            Metrics: { Status: 'Enabled' },
          },
        },
      ],
    });
  });

  it('is encrypted by the AWS-managed key if the tenant names none', () => {
    const [{ Destination }] = ruleOf(synthesized(COPYING_TENANT)).Rules;

    expect(JSON.stringify(Destination)).toContain('kms:eu-west-1:111122223333:alias/aws/s3');
    expect(Destination).not.toHaveProperty('Account');
  });

  it('needs versions, and exists only if the tenant names one', () => {
    const { Properties } = onlyResourceOf(synthesized(COPYING_TENANT), 'AWS::S3::Bucket').resource;

    expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(onlyResourceOf(template, 'AWS::S3::Bucket').resource.Properties).not.toHaveProperty(
      'ReplicationConfiguration',
    );
  });

  it('is made by a role that may not delete', () => {
    const [rights = []] = [...allRights(full)]
      .filter(([role]) => role === 'StorageReplicationRole')
      .map(([, of]) => of);

    expect(rights.map((right) => right.replace(/ when .*/, ''))).toEqual([
      'kms:Decrypt on DataKey',
      `kms:Encrypt on ${FULL_TENANT.secondCopy.keyArn}`,
      's3:GetObjectLegalHold on StorageBucket/*',
      's3:GetObjectRetention on StorageBucket/*',
      's3:GetObjectVersionAcl on StorageBucket/*',
      's3:GetObjectVersionForReplication on StorageBucket/*',
      's3:GetObjectVersionTagging on StorageBucket/*',
      's3:GetReplicationConfiguration on StorageBucket',
      's3:ListBucket on StorageBucket',
      's3:ObjectOwnerOverrideToBucketOwner on arn:aws:s3:::backups-copy/*',
      's3:ReplicateObject on arn:aws:s3:::backups-copy/*',
      's3:ReplicateTags on arn:aws:s3:::backups-copy/*',
    ]);
  });
});

describe('the key', () => {
  it('rotates and is not deleted with the stack', () => {
    expect(key.resource).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { EnableKeyRotation: true },
    });
  });

  it('opens tables and secrets only to callers of this account, only through their services', () => {
    const { Statement } = key.resource.Properties.KeyPolicy as {
      Statement: { Principal: { AWS: string }; Condition?: object }[];
    };

    expect(Statement.filter(({ Principal }) => Principal.AWS === '*')).toEqual([
      expect.objectContaining({
        Condition: {
          StringEquals: {
            'kms:CallerAccount': '111122223333',
            'kms:ViaService': ['dynamodb', 'secretsmanager'].map((service) => ({
              'Fn::Join': ['', [`${service}.us-east-1.`, { Ref: 'AWS::URLSuffix' }]],
            })),
          },
        },
      }),
    ]);
  });

  it('encrypts logs for CloudWatch Logs, those of this account and region', () => {
    const all = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
    const { Statement } = key.resource.Properties.KeyPolicy as { Statement: { Action: unknown }[] };
    // DynamoDB works with its own grants.
    for (const actions of [all, ['kms:CreateGrant', ...all]]) {
      expect(Statement.map(({ Action }) => Action)).toContainEqual(actions);
    }
    expect(key.resource.Properties.KeyPolicy).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Principal: { Service: { 'Fn::Join': ['', ['logs.us-east-1.', { Ref: 'AWS::URLSuffix' }]] } },
          Condition: {
            ArnLike: {
              'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:us-east-1:111122223333:log-group:*',
            },
          },
        }),
      ]),
    });
  });
});

describe('everything that stores data', () => {
  const FULL_KEY = { 'Fn::GetAtt': [onlyResourceOf(full, 'AWS::KMS::Key').id, 'Arn'] };
  /** The property that names the key. For tables and the bucket see above. */
  const KEY_PROPERTIES = {
    'AWS::Logs::LogGroup': 'KmsKeyId',
    'AWS::SQS::Queue': 'KmsMasterKeyId',
    'AWS::SNS::Topic': 'KmsMasterKeyId',
  };

  it.each(Object.entries(KEY_PROPERTIES))("is encrypted with the customer's key: every %s", (type, property) => {
    const resources = resourcesOf(full, type);

    expect(resources).not.toEqual([]);
    expect(resources.filter(([, { Properties }]) => !isDeepStrictEqual(Properties[property], FULL_KEY))).toEqual([]);
  });

  it("is encrypted with the customer's key: every created secret", () => {
    const command = resourcesOf(full, 'AWS::Lambda::Function').find(([id]) => id.includes('CommandFunction'))?.[1];

    expect(command?.Properties.Environment).toHaveProperty('Variables.SECRETS_KEY_ARN', FULL_KEY);
  });

  it.each([
    ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 's3:*'],
    ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'sqs:*'],
    ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'sns:Publish'],
  ])('is reached only by TLS: every %s', (type, policyType, action) => {
    const policies = resourcesOf<{ PolicyDocument: { Statement: object[] } }>(full, policyType);
    const overPlainHttp = expect.objectContaining({
      Effect: 'Deny',
      Action: action,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });

    expect(policies).toHaveLength(resourcesOf(full, type).length);
    for (const [, { Properties }] of policies)
      expect(Properties.PolicyDocument.Statement).toContainEqual(overPlainHttp);
  });

  it("nodes decrypt database secrets under the tenant's own keys only through Secrets Manager", () => {
    const [databaseKey] = FULL_TENANT.databaseKeyArns;
    const through = `{"StringEquals":{"kms:ViaService":{"Fn::Join":["",["secretsmanager.eu-central-1.",{"Ref":"AWS::URLSuffix"}]]}}}`;
    const right = `kms:Decrypt on ${databaseKey} when ${through}`;
    const readers = [...allRights(full)].filter(([, rights]) => rights.includes(right)).map(([role]) => role);
    const readersOfSecrets = [...allRights(full)].filter(([, rights]) =>
      rights.some((each) => each.startsWith('secretsmanager:GetSecretValue') && each.includes('secret:tidb/')),
    );

    expect(readers).not.toEqual([]);
    expect(readers).toEqual(readersOfSecrets.map(([role]) => role));
  });
});
