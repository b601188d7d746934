import { mutantsOf } from '../mutant.ts';

const GRANTS = [
  'test/infra/grants.test.ts',
  'test/infra/least-privilege.test.ts',
  'test/infra/constructs/data/data-protection.test.ts',
];

const TABLED = ['test/infra/grants.test.ts'];
const PROTECTED = ['test/infra/constructs/data/data-protection.test.ts'];
const WORKER = ['test/infra/constructs/worker/worker.test.ts'];
const CALLERS = ['test/infra/constructs/api/authorization.test.ts', 'test/infra/constructs/api/api.test.ts'];

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
  ...mutantsOf(
    'infra/iam/backup-files.ts',
    GRANTS,
    ["...listImports(storage),\n    ...useSharedFiles(storage, 'ClientMount'),", '...listImports(storage),'],
    [
      "'s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:DeleteObjectVersion'",
      "'s3:PutObject', 's3:GetObject', 's3:DeleteObject'",
    ],
    ['NOTES_FOLDER}/attempt-*.json`)]', 'NOTES_FOLDER}/*`)]'],
    ['NOTES_FOLDER}/$', 'NOTES_FOLDER}*$'],
    ["...useSharedFiles(storage, 'ClientWrite'),", ''],
    [
      "'s3:DeleteObject', 's3:DeleteObjectVersion', 's3:AbortMultipartUpload'",
      "'s3:DeleteObject', 's3:AbortMultipartUpload'",
    ],
    ["actions: ['s3:ListBucketVersions', 's3:ListBucketMultipartUploads'],", "actions: ['s3:ListBucketVersions'],"],
  ),
  ...mutantsOf(
    'infra/iam/backup-files.ts',
    PROTECTED,
    ["'ArnEquals', { 'aws:PrincipalArn': roleArns }", "'ArnLike', { 'aws:PrincipalArn': '*' }"],
    ['for (const account of accounts) statement', "for (const account of ['*']) statement"],
    ["BR_ON_BUCKET = ['s3:ListBucket', 's3:GetBucketObjectLockConfiguration']", "BR_ON_BUCKET = ['s3:ListBucket']"],
    ["'s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'", "'s3:GetObject', 's3:PutObject'"],
    ["key.addToResourcePolicy(statement.copy({ resources: ['*'] }));", ''],
  ),
  ...mutantsOf(
    'infra/iam/secrets.ts',
    GRANTS,
    ["withSecrets(secretArns, 'DeleteSecret')", "withSecrets(secretArns, 'DeleteSecret', 'GetSecretValue')"],
    ['prefix}/*`', 'prefix}*`'],
    ['return [read, decrypt];', 'return [read];'],
  ),
  ...mutantsOf(
    'infra/iam/executions.ts',
    TABLED,
    ["'states:StopExecution', stateMachines", "'states:DescribeExecution', stateMachines"],
    ["'states:GetExecutionHistory', stateMachines", "'states:DescribeExecution', stateMachines"],
  ),
  ...mutantsOf(
    'infra/iam/dead-letters.ts',
    ['test/infra/constructs/monitoring/dead-letters.test.ts', ...TABLED],
    ["actions: ['sqs:SendMessage']", "actions: ['sqs:*']"],
    ["      conditions: { StringEquals: viaService(Stack.of(queue), 'sqs') },\n", ''],
    ["      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(key).account } },\n", ''],
  ),
  ...mutantsOf('infra/iam/events.ts', TABLED, ["resourceName: 'default'", "resourceName: '*'"]),
  ...mutantsOf(
    'infra/iam/function-runtime.ts',
    TABLED,
    ['resources: [logGroup.logGroupArn]', "resources: ['*']"],
    ["      'ec2:DescribeSubnets',\n", ''],
  ),
  ...mutantsOf(
    'infra/iam/nodes.ts',
    [...TABLED, ...WORKER],
    ["    // Which TiDB it is, as the backup found.\n    tableItems(tables.clusters, 'update'),\n", ''],
    ['    ...readBackupMeta(storage),\n', '    ...readBackupFiles(storage),\n'],
    ['    ...writeTableNotes(storage),\n', ''],
    ["    // For the location of a store's keys.\n    tableItems(tables.config, 'read'),\n", ''],
  ),
  ...mutantsOf('infra/iam/provisioner.ts', TABLED, ['resources: [functionArn]', "resources: ['*']"]),
  ...mutantsOf('infra/iam/streams.ts', TABLED, ['/stream/*`', '*`'], ["'dynamodb:GetRecords', ", '']),
  ...mutantsOf(
    'infra/iam/via-service.ts',
    ['test/infra/stacks/partitions.test.ts', ...PROTECTED],
    ['stack.urlSuffix}', "'amazonaws.com'}"],
    ["'kms:ViaService': only", "'kms:CallerAccount': only"],
  ),
  ...mutantsOf(
    'infra/iam/worker.ts',
    WORKER,
    ["      conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },\n", ''],
    ["      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },\n", ''],
    ['familyArn}:*`', 'familyArn}*`'],
    ["'states:SendTaskHeartbeat', ", ''],
  ),
  ...mutantsOf(
    'infra/iam/call-api.ts',
    CALLERS,
    ['scopes.includes(scope)', 'scopes.length > 0'],
    ['effect: Effect.DENY', 'effect: Effect.ALLOW'],
    ['resource}/`];', 'resource}`];'],
    ["requestArn(api, '*%*')", "requestArn(api, '*%%*')"],
    ['`$default/', '`*/'],
  ),
  ...mutantsOf(
    'infra/iam/api-roles.ts',
    CALLERS,
    ["    scopes: ['backup:read'],\n", "    scopes: ['backup:read', 'backup:write'],\n"],
    [
      "    scopes: ['backup:read', 'backup:write', 'backup:restore'],\n",
      "    scopes: ['backup:read', 'backup:write'],\n",
    ],
  ),
  ...mutantsOf(
    'infra/iam/wildcard-statement.ts',
    ['test/infra/stacks/aws-solutions.test.ts'],
    ['if (!(statement instanceof WildcardStatement)) continue;', 'continue;'],
  ),
];
