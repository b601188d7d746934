import { beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../functions/environment.ts';
import { Authorizer } from '../../infra/local/aws/iam/authorizer.ts';
import { IamSimulator } from '../../infra/local/aws/iam/simulator.ts';
import { readStack, type Stack } from '../../infra/local/template/stack.ts';
import { TIKV_ROLE, tikvAccessKeyId } from '../../infra/local/tikv-role.ts';
import { FUNCTION_NAMES, functionOf } from '../support/bundles.ts';
import { FULL_TENANT, synthesized } from './synthesized.ts';

/** A function or the worker, whose rights are tested. */
type Who = FunctionName | 'worker';

/** With everything optional, so with every right that a function may ever have. */
const tenant = {
  ...FULL_TENANT,
  region: 'us-east-1',
  tikvRoleArns: [`arn:aws:iam::111122223333:role/${TIKV_ROLE}`],
};

let stack: Stack;
let authorizer: Authorizer;
let ids: Map<Who, string>;

beforeAll(() => {
  stack = readStack(synthesized(tenant).toJSON(), 'http://127.0.0.1:1');
  authorizer = new Authorizer({ stack, secret: () => undefined, simulator: new IamSimulator(), onDenied: () => {} });
  const ofFunctions = stack.resourcesOf('AWS::Lambda::Function').flatMap(({ logicalId }) => {
    const name = functionOf(logicalId);
    return name === undefined ? [] : [[name, logicalId] as const];
  });
  const ofWorker = stack.resourcesOf('AWS::ECS::TaskDefinition').map(({ logicalId }) => ['worker', logicalId] as const);
  ids = new Map<Who, string>([...ofFunctions, ...ofWorker]);
});

const arnsOf = (type: string) => stack.resourcesOf(type).map(({ ref, attributes }) => attributes.Arn ?? ref);

/** Resources that could be misused, by the end of their ARN. */
const RESOURCES = {
  tables: () => arnsOf('AWS::DynamoDB::Table'),
  indexes: () => arnsOf('AWS::DynamoDB::Table').map((arn) => `${arn}/index/due`),
  bucket: () => [...arnsOf('AWS::S3::Bucket'), tenant.secondCopy.bucketArn],
  files: () =>
    [...arnsOf('AWS::S3::Bucket'), tenant.secondCopy.bucketArn].map(
      (arn) => `${arn}/backups/cluster/backup/attempt-1/backupmeta`,
    ),
  manifests: () =>
    arnsOf('AWS::S3::Bucket').map((arn) => `${arn}/backups/cluster/backup/attempt-1/tidb-backup-manifest.json`),
  secrets: () =>
    ['tidb-backup/test/clusters/c-000000', 'tidb-backup/test/config/c-000000', 'tidb/c-000000', 'other-000000'].map(
      (name) => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}`,
    ),
  stateMachines: () => arnsOf('AWS::StepFunctions::StateMachine'),
  executions: () =>
    arnsOf('AWS::StepFunctions::StateMachine').map((arn) => `${arn.replace(':stateMachine:', ':execution:')}:e`),
  functions: () => [...arnsOf('AWS::Lambda::Function'), tenant.provisionerArn],
  keys: () => arnsOf('AWS::KMS::Key'),
  fileSystem: () => [`arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/${tenant.efs.fileSystemId}`],
  bus: () => ['arn:aws:events:us-east-1:111122223333:event-bus/default'],
} as const;

/** Values of a request that passes as many conditions as possible. */
const CONTEXT = {
  'kms:ViaService': 's3.us-east-1.amazonaws.com',
  'kms:CallerAccount': '111122223333',
  'elasticfilesystem:AccessPointArn': tenant.efs.accessPointArn,
};

const refusal = (name: Who, action: string, resource: string) =>
  authorizer.refusal(ids.get(name) ?? '', { action, resource, context: CONTEXT });

const WRITE_ITEMS = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].map((action) => `dynamodb:${action}`);
const READ_FILES = ['s3:GetObject', 's3:GetObjectVersion'];
const CHANGE_FILES = [
  's3:PutObject',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:PutObjectRetention',
  's3:BypassGovernanceRetention',
];
const WRITE_SECRETS = ['CreateSecret', 'PutSecretValue', 'DeleteSecret'].map((action) => `secretsmanager:${action}`);

const API: readonly FunctionName[] = ['query', 'command'];
const SCHEDULE: readonly FunctionName[] = [
  ...([
    'autoBackup',
    'reconcile',
    'executionEnded',
    'recordChanged',
    'backupAges',
    'drills',
    'retention',
    'copies',
  ] as const),
];
const EVERY: readonly Who[] = [...FUNCTION_NAMES, 'worker'];

type Forbidden = readonly [who: string, whom: readonly Who[], actions: readonly string[], on: keyof typeof RESOURCES];

/** The stack may never grant this. */
const FORBIDDEN: readonly Forbidden[] = [
  ['the API reads no secret', API, ['secretsmanager:GetSecretValue'], 'secrets'],
  ['the API reads no file', API, READ_FILES, 'files'],
  ['the API changes no file', API, CHANGE_FILES, 'files'],
  ['the API lists no file', API, ['s3:ListBucket', 's3:ListBucketVersions'], 'bucket'],
  ['the API mounts nothing', API, ['elasticfilesystem:ClientMount'], 'fileSystem'],
  ['the API invokes no function', API, ['lambda:InvokeFunction'], 'functions'],
  ['the API uses no key', API, ['kms:Decrypt', 'kms:GenerateDataKey'], 'keys'],
  ['query writes no item', ['query'], WRITE_ITEMS, 'tables'],
  ['query writes no secret', ['query'], WRITE_SECRETS, 'secrets'],
  ['query starts and stops nothing', ['query'], ['states:StartExecution'], 'stateMachines'],
  ['query tells nobody', ['query'], ['events:PutEvents'], 'bus'],
  ['a schedule reads no secret', SCHEDULE, ['secretsmanager:GetSecretValue'], 'secrets'],
  ['a schedule reads no file', SCHEDULE, READ_FILES, 'files'],
  ['a schedule changes no file', SCHEDULE, CHANGE_FILES, 'files'],
  ['retention removes no record, which goes after its files', ['retention'], ['dynamodb:DeleteItem'], 'tables'],
  [
    'nobody else writes a manifest',
    EVERY.filter((who) => who !== 'backupManifests' && who !== 'undeleteBackup'),
    ['s3:PutObject', 's3:PutObjectRetention'],
    'manifests',
  ],
  [
    'who writes manifests reads and removes nothing else',
    ['backupManifests'],
    [...READ_FILES, ...CHANGE_FILES],
    'files',
  ],
  ['an import changes no file', ['importBackups'], CHANGE_FILES, 'files'],
  [
    'nobody writes a file, but who copies an old version over what is locked',
    EVERY.filter((who) => who !== 'undeleteBackup'),
    ['s3:PutObject'],
    'files',
  ],
  ['nobody changes a lock', EVERY, ['s3:PutObjectRetention', 's3:BypassGovernanceRetention'], 'files'],
  [
    'nobody changes the bucket',
    EVERY,
    ['s3:PutBucketPolicy', 's3:DeleteBucket', 's3:PutLifecycleConfiguration'],
    'bucket',
  ],
  [
    'nobody but the two daily searches scans a table',
    EVERY.filter((who) => who !== 'recount' && who !== 'orphanedFiles'),
    ['dynamodb:Scan'],
    'tables',
  ],
  ['nobody but the recount scans an index', EVERY.filter((who) => who !== 'recount'), ['dynamodb:Scan'], 'indexes'],
  ['nobody changes a table', EVERY, ['dynamodb:DeleteTable', 'dynamodb:UpdateTable'], 'tables'],
  [
    'nobody but repair stops an execution',
    EVERY.filter((who) => who !== 'reconcile'),
    ['states:StopExecution'],
    'executions',
  ],
  [
    'the worker starts and stops nothing',
    ['worker'],
    ['states:StartExecution', 'states:StopExecution'],
    'stateMachines',
  ],
  ['the worker invokes no function', ['worker'], ['lambda:InvokeFunction'], 'functions'],
  [
    'the worker writes no item again, and removes none',
    ['worker'],
    ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
    'tables',
  ],
  ['the worker writes no secret', ['worker'], WRITE_SECRETS, 'secrets'],
  ['nobody changes a function', EVERY, ['lambda:UpdateFunctionCode', 'lambda:AddPermission'], 'functions'],
  ['nobody removes the key', EVERY, ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], 'keys'],
];

describe('what no one may do', () => {
  it.each(FORBIDDEN)('%s', async (_rule, whom, actions, on) => {
    const allowed: string[] = [];
    for (const name of whom) {
      for (const action of actions) {
        for (const resource of RESOURCES[on]()) {
          if ((await refusal(name, action, resource)) === undefined) allowed.push(`${name}: ${action} on ${resource}`);
        }
      }
    }

    expect(allowed).toEqual([]);
  });

  it.each([
    ['query', 'dynamodb:GetItem', 'tables'],
    ['autoBackup', 'dynamodb:Query', 'indexes'],
    ['command', 'dynamodb:UpdateItem', 'tables'],
    ['command', 'states:StartExecution', 'stateMachines'],
    ['command', 'states:DescribeExecution', 'executions'],
    ['command', 'secretsmanager:CreateSecret', 'secrets'],
    ['backup', 'secretsmanager:GetSecretValue', 'secrets'],
    ['backup', 's3:GetObject', 'files'],
    ['backup', 's3:ListBucket', 'bucket'],
    ['backup', 'kms:Decrypt', 'keys'],
    ['backup', 'elasticfilesystem:ClientMount', 'fileSystem'],
    ['worker', 's3:GetObject', 'files'],
    ['worker', 'secretsmanager:GetSecretValue', 'secrets'],
    ['deleteBackupFiles', 's3:DeleteObject', 'files'],
    ['reconcile', 'lambda:InvokeFunction', 'functions'],
    ['autoBackup', 'events:PutEvents', 'bus'],
  ] as const)('concerns existing resources: %s may %s on one of the %s', async (name, action, on) => {
    const refusals = await Promise.all(RESOURCES[on]().map((resource) => refusal(name, action, resource)));

    expect(refusals).toContain(undefined);
  });
});

it('functions of the API, and of schedules without TiDB, have no way to it: no network of the tenant, no file system', () => {
  const reaching = stack.resourcesOf('AWS::Lambda::Function').filter(({ properties }) => {
    return ['VpcConfig', 'FileSystemConfigs'].some((name) => name in Object(properties));
  });

  const names = reaching.map(({ logicalId }) => functionOf(logicalId));
  for (const name of [...API, ...SCHEDULE]) expect(names).not.toContain(name);
  expect(names).toContain('backup');
});

/** Asks as a TiKV node does. @returns the name of the refusal, `undefined` if there is none */
function askAsTikv(of: Stack, judge: Authorizer) {
  const [{ ref: bucket } = { ref: '' }] = of.resourcesOf('AWS::S3::Bucket');
  const authorization = `AWS4-HMAC-SHA256 Credential=${tikvAccessKeyId('1')}/20260101/us-east-1/s3/aws4_request`;
  return async (action: string, key = '') => {
    const about = { caller: undefined, callerPid: undefined, invocationId: undefined, attempt: 1 };
    const input = { bucket, key, query: {}, objects: [] };
    return (await judge.authorize({ service: 's3', action, input, headers: { authorization }, ...about }))?.name;
  };
}

const COPYING = ['PutObject', 'UploadPart', 'AbortMultipartUpload', 'GetObject', 'HeadObject', 'DeleteObject'];

it("TiKV's role may only copy files, by the bucket's policy and the key's", async () => {
  const refused = askAsTikv(stack, authorizer);

  for (const action of COPYING) {
    expect([action, await refused(action, 'backups/a')]).toEqual([action, undefined]);
  }
  for (const action of ['ListObjectsV2', 'GetObjectLockConfiguration']) {
    expect([action, await refused(action)]).toEqual([action, undefined]);
  }
  const destroying = ['DeleteBucket', 'ListObjectVersions', 'PutBucketLifecycleConfiguration', 'PutBucketVersioning'];
  for (const action of [...destroying, 'PutBucketPolicy', 'PutObjectLockConfiguration', 'PutBucketReplication']) {
    expect([action, await refused(action)]).toEqual([action, 'AccessDenied']);
  }
});

it("TiKV's role reaches only the files of the clusters that it is limited to", async () => {
  const [arn] = tenant.tikvRoleArns;
  const limited = readStack(
    synthesized({ ...tenant, tikvRoleArns: [{ arn, clusterIds: ['shop'] }] }).toJSON(),
    'http://127.0.0.1:1',
  );
  const judge = new Authorizer({
    stack: limited,
    secret: () => undefined,
    simulator: new IamSimulator(),
    onDenied: () => {},
  });
  const refused = askAsTikv(limited, judge);

  for (const action of COPYING) {
    expect([action, await refused(action, 'backups/shop/b/attempt-1/1.sst')]).toEqual([action, undefined]);
    for (const other of ['backups/shop2/b/attempt-1/1.sst', 'backups/crm/b/attempt-1/shop/1.sst', 'backups/shop']) {
      expect([action, other, await refused(action, other)]).toEqual([action, other, 'AccessDenied']);
    }
  }
});
