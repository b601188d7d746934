import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  FULL_TENANT,
  MINIMAL_TENANT,
  onlyResourceOf,
  type Resource,
  resourcesOf,
  synthesized,
  synthesizedStack,
} from '../synthesized.ts';

const minimal = synthesized(MINIMAL_TENANT);
const full = synthesized(FULL_TENANT);

describe('the stack', () => {
  it('outputs where its API, bucket and state machines are', () => {
    const bucket = onlyResourceOf(minimal, 'AWS::S3::Bucket').id;
    const api = onlyResourceOf(minimal, 'AWS::ApiGatewayV2::Api').id;
    const stateMachine = (workflow: string) =>
      resourcesOf(minimal, 'AWS::StepFunctions::StateMachine').find(([id]) => id.startsWith(workflow))?.[0];

    expect(minimal.toJSON().Outputs).toEqual({
      AlarmTopicArn: { Value: { Ref: onlyResourceOf(minimal, 'AWS::SNS::Topic').id } },
      ApiUrl: { Value: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [api, 'ApiEndpoint'] }, '/api/v1']] } },
      ...Object.fromEntries(
        ['Reader', 'Operator', 'Admin'].map((role) => [`${role}PolicyArn`, { Value: { Ref: expect.any(String) } }]),
      ),
      BackupBucket: { Value: { Ref: bucket } },
      KeyArn: { Value: { 'Fn::GetAtt': [expect.stringMatching(/^DataKey/), 'Arn'] } },
      BackupStateMachineArn: { Value: { Ref: stateMachine('BackupCluster') } },
      RestoreStateMachineArn: { Value: { Ref: stateMachine('RestoreExistCluster') } },
      DrillStateMachineArn: { Value: { Ref: stateMachine('RestoreDrill') } },
      RestoreNewStateMachineArn: { Value: { Ref: stateMachine('RestoreNewCluster') } },
      DeleteStateMachineArn: { Value: { Ref: stateMachine('DeleteBackup') } },
      UndeleteStateMachineArn: { Value: { Ref: stateMachine('UndeleteBackup') } },
      CheckClusterStateMachineArn: { Value: { Ref: stateMachine('ChecksCheckCluster') } },
      ImportStateMachineArn: { Value: { Ref: stateMachine('ImportBackups') } },
      CheckConfigStateMachineArn: { Value: { Ref: stateMachine('ChecksCheckConfig') } },
    });
    expect(full.toJSON().Outputs).toMatchObject({
      NodeSecurityGroupIds: {
        Value: { 'Fn::GetAtt': [onlyResourceOf(full, 'AWS::EC2::SecurityGroup').id, 'GroupId'] },
      },
      ProvisionerArn: { Value: FULL_TENANT.provisionerArn },
      NfsAccessPointArn: { Value: FULL_TENANT.efs.accessPointArn },
      NfsPath: { Value: FULL_TENANT.efs.mountPath },
    });
  });

  it('tags every taggable resource with the tenant and its own tags', () => {
    const tagged = JSON.stringify(full.toJSON()).match(/"Tags":/g) ?? [];
    const all = Object.values(full.toJSON().Resources as Record<string, Resource>).flatMap(({ Properties = {} }) =>
      'Tags' in Properties ? [Properties.Tags] : [],
    );

    expect(all.length).toBe(tagged.length);
    for (const tags of all) {
      const text = JSON.stringify(tags);
      expect(text).toContain('tidb-backup:tenant');
      expect(text).toContain('4711');
    }
    for (const type of ['DynamoDB::Table', 'S3::Bucket', 'Lambda::Function', 'IAM::Role', 'KMS::Key', 'SQS::Queue']) {
      for (const [id, { Properties }] of resourcesOf(full, `AWS::${type}`))
        expect(Properties, id).toHaveProperty('Tags');
    }
  });

  it("keeps every role within the tenant's boundary and under its path", () => {
    for (const [, { Properties }] of resourcesOf(full, 'AWS::IAM::Role')) {
      expect(Properties).toMatchObject({
        PermissionsBoundary: FULL_TENANT.permissionsBoundaryArn,
        Path: '/tidb-backup/',
      });
    }
    for (const [, { Properties }] of resourcesOf(minimal, 'AWS::IAM::Role')) {
      expect(Object.keys(Properties)).not.toEqual(expect.arrayContaining(['PermissionsBoundary', 'Path']));
    }
  });

  it("keeps everything in the customer's bucket and under the customer's key, and creates none of its own", () => {
    const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';
    const template = synthesized({ ...MINIMAL_TENANT, keyArn, bucketName: 'backups-of-acme' });

    template.resourceCountIs('AWS::S3::Bucket', 0);
    template.resourceCountIs('AWS::KMS::Key', 0);
    for (const [, { Properties }] of resourcesOf(template, 'AWS::DynamoDB::Table')) {
      expect(Properties.SSESpecification).toMatchObject({ KMSMasterKeyId: keyArn });
    }
    for (const [, { Properties }] of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(Properties.KmsKeyId).toBe(keyArn);
    }
    expect(template.toJSON().Outputs.BackupBucket).toEqual({ Value: 'backups-of-acme' });
    expect(JSON.stringify(template.toJSON())).toContain('"DEFAULT_STORAGE_PATH":"backups-of-acme/backups"');
  });

  it('leaves nothing behind when its creation is rolled back', () => {
    for (const [id, { DeletionPolicy }] of Object.entries(full.toJSON().Resources as Record<string, Resource>)) {
      expect([undefined, 'Delete', 'RetainExceptOnCreate'], id).toContain(DeletionPolicy);
    }
  });

  it.each([
    ['minimal', MINIMAL_TENANT],
    ['full', FULL_TENANT],
  ])('of a %s tenant is synthesized without a warning', (_tenant, tenant) => {
    expect(Annotations.fromStack(synthesizedStack(tenant)).findWarning('*', Match.anyValue())).toEqual([]);
  });

  it.each([
    ['minimal', minimal, 90],
    ['full', full, 365],
  ])('of a %s tenant keeps every log for the days that the tenant says', (_tenant, template, days) => {
    for (const [, group] of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(group.Properties.RetentionInDays).toBe(days);
    }
  });

  it.each([
    ['minimal', minimal],
    ['full', full],
  ])('of a %s tenant has no custom resource', (_tenant, template) => {
    const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );

    expect(types.filter((type) => type.startsWith('Custom::') || type.includes('CustomResource'))).toEqual([]);
  });

  it.each([
    ['minimal', minimal],
    ['full', full],
  ])('of a %s tenant contains no secret and looks none up', (_tenant, template) => {
    const text = JSON.stringify(template.toJSON());

    expect(text).not.toContain('{{resolve:');
    expect(text).not.toContain('AWS::SecretsManager::');
    expect(text).not.toContain('NoEcho');
  });
});

describe('the state machines', () => {
  it.each([
    ['BackupCluster', ['chooseExecutor', 'backup', 'updateBackupRecord', 'end', 'fail']],
    ['RestoreExistCluster', ['chooseExecutor', 'restoreFromSrcCluster', 'end', 'fail']],
    ['ChecksCheckCluster', ['checkCluster', 'isScratchWanted', 'checked', 'checkScratch', 'fail']],
    ['ChecksCheckConfig', ['checkConfig', 'fail']],
    ['DeleteBackup', ['deleteBackupFiles', 'areFilesGone', 'filesAreLocked', 'end', 'fail']],
    ['UndeleteBackup', ['undeleteBackup', 'isAllDone', 'done', 'fail']],
    [
      'RestoreNewCluster',
      ['createCluster', 'waitClusterReady', 'forgetParameters', 'chooseExecutor', 'restoreNewCluster', 'end', 'fail'],
    ],
    [
      'RestoreDrill',
      [
        'createCluster',
        'waitClusterReady',
        'forgetParameters',
        'chooseExecutor',
        'restoreNewCluster',
        'verifyRestore',
        'end',
        'fail',
      ],
    ],
  ])('%s is a standard workflow with the states of the design', (workflow, states) => {
    const [, machine] =
      resourcesOf(minimal, 'AWS::StepFunctions::StateMachine').find(([id]) => id.startsWith(workflow)) ?? [];

    expect(machine?.Properties.StateMachineType).toBe('STANDARD');
    expect(Object.keys(JSON.parse(String(machine?.Properties.DefinitionString)).States)).toEqual(states);
  });

  it('log where Step Functions needs no policy for each of them, under a name that no other stack has', () => {
    const names = resourcesOf(minimal, 'AWS::Logs::LogGroup').flatMap(([id, { Properties }]) =>
      /WorkflowLogs[0-9A-F]{8}$/.test(id) ? JSON.stringify(Properties.LogGroupName) : [],
    );

    expect(names).toHaveLength(9);
    for (const name of names) expect(name).toMatch(/"\/aws\/vendedlogs\/states\/.*AWS::StackId/);
  });

  it('log without the data of their executions', () => {
    minimal.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { IncludeExecutionData: false },
    });
  });
});
