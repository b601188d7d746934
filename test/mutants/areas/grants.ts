import { mutantsOf } from '../mutant.ts';

const GRANTS = [
  'test/infra/grants.test.ts',
  'test/infra/least-privilege.test.ts',
  'test/infra/data-protection.test.ts',
];

export const GRANT_MUTANTS = [
  ...mutantsOf(
    'infra/iam/backup-files.ts',
    GRANTS,
    ["bucket.arnForObjects('*/backupmeta*')", "bucket.arnForObjects('*')"],
    ["return [withFiles(storage, 's3:GetObjectRetention')];", 'return [];'],
    ["actions: ['s3:ListBucket']", "actions: ['s3:*']"],
    ["    conditions: { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPointArn } },\n", ''],
  ),
  ...mutantsOf(
    'infra/iam/secrets.ts',
    GRANTS,
    [
      "'CreateSecret', 'PutSecretValue', 'DeleteSecret'",
      "'CreateSecret', 'PutSecretValue', 'DeleteSecret', 'GetSecretValue'",
    ],
    ["const read = withSecrets(arns, 'GetSecretValue')", "const read = withSecrets(['*'], 'GetSecretValue')"],
    ["    conditions: { StringEquals: viaService(Stack.of(scope), 'secretsmanager') },\n", ''],
  ),
  ...mutantsOf(
    'infra/iam/table-items.ts',
    GRANTS,
    ["remove: 'dynamodb:DeleteItem'", "remove: 'dynamodb:*'"],
    ['/index/', '/index/*'],
    ["actions: ['dynamodb:BatchGetItem']", "actions: ['dynamodb:BatchGetItem', 'dynamodb:Scan']"],
  ),
  ...mutantsOf(
    'infra/iam/executions.ts',
    GRANTS,
    ["actions: ['lambda:InvokeFunction']", "actions: ['lambda:*']"],
    ["actions: ['states:StartExecution']", "actions: ['states:StartExecution', 'states:StopExecution']"],
    ['.stateMachineName}:*', '.stateMachineName}*:*'],
  ),
];
