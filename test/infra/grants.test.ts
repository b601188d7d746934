import { describe, expect, it } from 'vitest';
import { allRights, rightsOf } from './rights.ts';
import { FULL_TENANT, MINIMAL_TENANT, synthesized } from './synthesized.ts';

const template = synthesized(MINIMAL_TENANT);
const full = synthesized(FULL_TENANT);

const OWN_SECRETS = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:tidb-backup/test/*';
/** The condition of a right on the key. */
const through = (service: 's3' | 'sqs') =>
  ` when {"StringEquals":{"kms:ViaService":{"Fn::Join":["",["${service}.us-east-1.",{"Ref":"AWS::URLSuffix"}]]}}}`;
const execution = (workflow: string) => `arn:aws:states:us-east-1:111122223333:execution:${workflow}Workflow:*`;

const UPDATE_OF_RECORDS = ['Backups', 'Clusters', 'Workflows'].map((table) => `dynamodb:UpdateItem on Tables${table}`);
const REMOVAL_OF_FILES = [
  's3:AbortMultipartUpload on StorageBucket/*',
  's3:DeleteObject on StorageBucket/*',
  's3:DeleteObjectVersion on StorageBucket/*',
  's3:ListBucket on StorageBucket',
  's3:ListBucketMultipartUploads on StorageBucket',
  's3:ListBucketVersions on StorageBucket',
];

/** The state machines of the two checks. */
const CHECKS = ['ChecksCheckCluster', 'ChecksCheckConfig'];

const WORKFLOWS = [
  ...['BackupCluster', 'DeleteBackup', 'UndeleteBackup', 'RestoreExistCluster', 'RestoreDrill', 'RestoreNewCluster'],
  ...[...CHECKS, 'ImportBackups'],
];

const START_OF_DELETION = [
  `states:DescribeExecution on ${execution('DeleteBackup')}`,
  'states:StartExecution on DeleteBackupWorkflow',
];

/** The file that a check writes to the store. */
const PROBE = [
  `kms:Decrypt on DataKey${through('s3')}`,
  `kms:GenerateDataKey on DataKey${through('s3')}`,
  ...['DeleteObject', 'DeleteObjectVersion', 'GetObject', 'PutObject'].map(
    (action) => `s3:${action} on StorageBucket/*check/*/tables/attempt-0.json`,
  ),
  's3:GetBucketObjectLockConfiguration on StorageBucket',
  's3:ListBucket on StorageBucket',
  's3:ListBucketMultipartUploads on StorageBucket',
  's3:ListBucketVersions on StorageBucket',
];

const INVOCATION_OF_FAIL_NODES = [
  'lambda:InvokeFunction on BackupClusterBackupFailFunction',
  'lambda:InvokeFunction on ChecksCheckFailFunction',
  'lambda:InvokeFunction on RestoreExistClusterRestoreFailFunction',
  'lambda:InvokeFunction on RestoreNewClusterNewClusterFailFunction',
];

/** What a function leaves behind if it fails for good. */
const deadLetters = (queue: 'Changes' | 'Invocations') => [
  ...['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => `${action} on DataKey${through('sqs')}`),
  `sqs:SendMessage on DeadLetters${queue}`,
];

/** Everything that each function may do, besides writing its own log. */
const RIGHTS: Record<string, string[]> = {
  QueryFunction: [
    ...['Backups', 'Clusters', 'Workflows'].map((table) => `dynamodb:BatchGetItem on Tables${table}`),
    ...['Backups', 'Clusters', 'Config', 'Counters', 'Imports', 'Workflows'].map(
      (table) => `dynamodb:GetItem on Tables${table}`,
    ),
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:Query on TablesBackups/index/list',
    'dynamodb:Query on TablesBackups/index/listBackupMode',
    'dynamodb:Query on TablesBackups/index/listClusterId',
    'dynamodb:Query on TablesBackups/index/listClusterIdBackupMode',
    'dynamodb:Query on TablesBackups/index/retained',
    'dynamodb:Query on TablesBackups/index/verified',
    'dynamodb:Query on TablesClusters/index/list',
    'dynamodb:Query on TablesClusters/index/overdue',
    'dynamodb:Query on TablesCounters',
    'dynamodb:Query on TablesWorkflows/index/list',
    'dynamodb:Query on TablesWorkflows/index/listBizId',
    'dynamodb:Query on TablesWorkflows/index/listBizIdFlowName',
    'dynamodb:Query on TablesWorkflows/index/listBizIdFlowNameStatus',
    'dynamodb:Query on TablesWorkflows/index/listBizIdStatus',
    'dynamodb:Query on TablesWorkflows/index/listFlowName',
    'dynamodb:Query on TablesWorkflows/index/listFlowNameStatus',
    'dynamodb:Query on TablesWorkflows/index/listStatus',
    ...WORKFLOWS.map((workflow) => `states:GetExecutionHistory on ${execution(workflow)}`),
  ],
  CommandFunction: [
    ...['Delete', 'Get', 'Put', 'Update'].flatMap((verb) =>
      ['Backups', 'Clusters', 'Requests', 'Workflows'].map((table) => `dynamodb:${verb}Item on Tables${table}`),
    ),
    'dynamodb:BatchGetItem on TablesBackups',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesConfig',
    ...['CreateSecret', 'DeleteSecret', 'PutSecretValue'].map((action) => `secretsmanager:${action} on ${OWN_SECRETS}`),
    'events:PutEvents on arn:aws:events:us-east-1:111122223333:event-bus/default',
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:Query on TablesBackups/index/listClusterId',
    'dynamodb:Query on TablesBackups/index/listClusterIdBackupMode',
    ...WORKFLOWS.flatMap((workflow) => [
      `states:DescribeExecution on ${execution(workflow)}`,
      `states:StartExecution on ${workflow}Workflow`,
    ]),
  ],
  AutoBackupFunction: [
    ...deadLetters('Invocations'),
    ...['Delete', 'Get', 'Put'].flatMap((verb) =>
      ['Backups', 'Workflows'].map((table) => `dynamodb:${verb}Item on Tables${table}`),
    ),
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:Query on TablesClusters/index/active',
    'dynamodb:Query on TablesClusters/index/due',
    'events:PutEvents on arn:aws:events:us-east-1:111122223333:event-bus/default',
    `states:DescribeExecution on ${execution('BackupCluster')}`,
    'states:StartExecution on BackupClusterWorkflow',
    'lambda:InvokeFunction on AutoBackupAutoBackupFunction',
  ],
  RetentionFunction: [
    ...deadLetters('Invocations'),
    'dynamodb:BatchGetItem on TablesBackups',
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesWorkflows',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:Query on TablesBackups/index/expiring',
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:Query on TablesBackups/index/retained',
    'dynamodb:Query on TablesClusters/index/retentionDue',
    `states:DescribeExecution on ${execution('DeleteBackup')}`,
    'states:StartExecution on DeleteBackupWorkflow',
    'dynamodb:UpdateItem on TablesClusters',
    'lambda:InvokeFunction on RetentionRetentionFunction',
  ],
  ReconcileFunction: [
    ...deadLetters('Invocations'),
    ...['Delete', 'Get', 'Update'].flatMap((verb) =>
      ['Backups', 'Clusters', 'Workflows'].map((table) => `dynamodb:${verb}Item on Tables${table}`),
    ),
    'dynamodb:Query on TablesBackups/index/listClusterId',
    'dynamodb:Query on TablesBackups/index/listClusterIdBackupMode',
    'dynamodb:Query on TablesBackups/index/unsettled',
    'dynamodb:Query on TablesClusters/index/active',
    'dynamodb:Query on TablesWorkflows/index/listStatus',
    ...INVOCATION_OF_FAIL_NODES,
    `secretsmanager:DeleteSecret on ${OWN_SECRETS}`,
    ...WORKFLOWS.map((workflow) => `states:DescribeExecution on ${execution(workflow)}`),
    'states:StartExecution on DeleteBackupWorkflow',
    `states:StopExecution on ${execution('BackupCluster')}`,
    'lambda:InvokeFunction on RepairReconcileFunction',
  ],
  ExecutionEndedFunction: [
    ...deadLetters('Invocations'),
    'dynamodb:DeleteItem on TablesBackups',
    ...['Backups', 'Clusters', 'Workflows'].map((table) => `dynamodb:GetItem on Tables${table}`),
    ...UPDATE_OF_RECORDS,
    ...INVOCATION_OF_FAIL_NODES,
  ],
  RecordChangedFunction: [
    ...deadLetters('Changes'),
    'dynamodb:GetItem on TablesCounters',
    'dynamodb:PutItem on TablesCounters',
    'dynamodb:ListStreams on *',
    ...['DescribeStream', 'GetRecords', 'GetShardIterator'].flatMap((action) =>
      ['Backups', 'Workflows'].map((table) => `dynamodb:${action} on Tables${table}/stream/*`),
    ),
    'events:PutEvents on arn:aws:events:us-east-1:111122223333:event-bus/default',
    'dynamodb:UpdateItem on TablesClusters',
  ],
  BackupManifestsFunction: [
    ...deadLetters('Changes'),
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:ListStreams on *',
    ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map(
      (action) => `dynamodb:${action} on TablesBackups/stream/*`,
    ),
    'dynamodb:UpdateItem on TablesBackups',
    `kms:GenerateDataKey on DataKey${through('s3')}`,
    ...['DeleteObject', 'DeleteObjectVersion', 'PutObject'].map(
      (action) => `s3:${action} on StorageBucket/*/tidb-backup-manifest.json`,
    ),
    's3:ListBucket on StorageBucket',
    's3:ListBucketVersions on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  ImportBackupsFunction: [
    'dynamodb:BatchGetItem on TablesBackups',
    ...['Backups', 'Config', 'Imports', 'Workflows'].map((table) => `dynamodb:GetItem on Tables${table}`),
    ...['Backups', 'Imports'].map((table) => `dynamodb:PutItem on Tables${table}`),
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:Query on TablesBackups/index/retained',
    ...['Backups', 'Workflows'].map((table) => `dynamodb:UpdateItem on Tables${table}`),
    `kms:Decrypt on DataKey${through('s3')}`,
    's3:GetObject on StorageBucket/*/backupmeta*',
    's3:GetObject on StorageBucket/*/tidb-backup-manifest.json',
    's3:ListBucket on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  DrillsFunction: [
    ...deadLetters('Invocations'),
    'dynamodb:BatchGetItem on TablesClusters',
    'dynamodb:DeleteItem on TablesWorkflows',
    'dynamodb:BatchGetItem on TablesBackups',
    'dynamodb:BatchGetItem on TablesWorkflows',
    'dynamodb:GetItem on TablesWorkflows',
    'dynamodb:PutItem on TablesWorkflows',
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:Query on TablesClusters/index/drillDue',
    `states:DescribeExecution on ${execution('RestoreDrill')}`,
    'states:StartExecution on RestoreDrillWorkflow',
    'dynamodb:UpdateItem on TablesClusters',
    'lambda:InvokeFunction on DrillsDrillsFunction',
  ],
  BackupAgesFunction: [
    ...deadLetters('Invocations'),
    'dynamodb:BatchGetItem on TablesClusters',
    'dynamodb:Query on TablesBackups/index/finished',
    'dynamodb:Query on TablesBackups/index/verified',
    'dynamodb:Query on TablesClusters/index/list',
    'dynamodb:BatchGetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:Query on TablesClusters/index/overdue',
    'dynamodb:UpdateItem on TablesClusters',
    'lambda:InvokeFunction on BackupAgesBackupAgesFunction',
  ],
  RecountFunction: [
    ...deadLetters('Invocations'),
    ...['DeleteItem', 'GetItem', 'PutItem', 'Scan'].map((action) => `dynamodb:${action} on TablesCounters`),
    'dynamodb:Scan on TablesBackups/index/listClusterIdBackupMode',
    'dynamodb:Scan on TablesWorkflows/index/listBizIdFlowName',
    'dynamodb:Scan on TablesWorkflows/index/listBizIdFlowNameStatus',
  ],
  OrphanedFilesFunction: [
    ...deadLetters('Invocations'),
    'dynamodb:BatchGetItem on TablesBackups',
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:Scan on TablesBackups',
    'dynamodb:UpdateItem on TablesBackups',
    'events:PutEvents on arn:aws:events:us-east-1:111122223333:event-bus/default',
    's3:ListBucket on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
    'lambda:InvokeFunction on OrphanedFilesOrphanedFilesFunction',
  ],
  ChooseExecutorFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:Query on TablesBackups/index/finished',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  BackupFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesClusters',
    'dynamodb:UpdateItem on TablesWorkflows',
    `kms:Decrypt on DataKey${through('s3')}`,
    `kms:GenerateDataKey on DataKey${through('s3')}`,
    's3:GetObject on StorageBucket/*',
    ...REMOVAL_OF_FILES,
    's3:PutObject on StorageBucket/*/tables/attempt-*.json',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  UpdateBackupRecordFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesWorkflows',
  ],
  BackupEndFunction: ['dynamodb:UpdateItem on TablesClusters', 'dynamodb:UpdateItem on TablesWorkflows'],
  BackupFailFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesClusters',
    'dynamodb:UpdateItem on TablesWorkflows',
    `kms:Decrypt on DataKey${through('s3')}`,
    's3:GetObject on StorageBucket/*',
    ...REMOVAL_OF_FILES,
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  RestoreFromSrcClusterFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesWorkflows',
    `kms:Decrypt on DataKey${through('s3')}`,
    's3:GetObject on StorageBucket/*/backupmeta*',
    's3:ListBucket on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  CreateClusterFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesWorkflows',
  ],
  WaitClusterReadyFunction: [
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:PutItem on TablesClusters',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  VerifyRestoreFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:GetItem on TablesWorkflows',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesWorkflows',
    `kms:Decrypt on DataKey${through('s3')}`,
    's3:GetObject on StorageBucket/*',
    's3:ListBucket on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  DrillEndFunction: [
    'dynamodb:DeleteItem on TablesClusters',
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesWorkflows',
    `secretsmanager:DeleteSecret on ${OWN_SECRETS}`,
  ],
  RestoreNewClusterFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesWorkflows',
    `kms:Decrypt on DataKey${through('s3')}`,
    's3:GetObject on StorageBucket/*/backupmeta*',
    's3:ListBucket on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  NewClusterEndFunction: ['dynamodb:GetItem on TablesBackups', ...UPDATE_OF_RECORDS],
  NewClusterFailFunction: [
    'dynamodb:DeleteItem on TablesClusters',
    ...['Backups', 'Clusters', 'Workflows'].map((table) => `dynamodb:GetItem on Tables${table}`),
    ...UPDATE_OF_RECORDS,
    `secretsmanager:DeleteSecret on ${OWN_SECRETS}`,
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  RestoreEndFunction: ['dynamodb:GetItem on TablesBackups', ...UPDATE_OF_RECORDS],
  RestoreFailFunction: [
    ...['Backups', 'Clusters', 'Workflows'].map((table) => `dynamodb:GetItem on Tables${table}`),
    ...UPDATE_OF_RECORDS,
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  DeleteBackupFilesFunction: [
    ...['Backups', 'Clusters', 'Config', 'Workflows'].map((table) => `dynamodb:GetItem on Tables${table}`),
    'dynamodb:PutItem on TablesWorkflows',
    ...UPDATE_OF_RECORDS,
    ...REMOVAL_OF_FILES,
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  DeletionEndFunction: [
    'dynamodb:DeleteItem on TablesBackups',
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:UpdateItem on TablesBackups',
    'dynamodb:UpdateItem on TablesClusters',
    'dynamodb:UpdateItem on TablesWorkflows',
  ],
  DeletionFailFunction: [
    'dynamodb:DeleteItem on TablesBackups',
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesWorkflows',
    ...UPDATE_OF_RECORDS,
  ],
  UndeleteBackupFunction: [
    ...['Backups', 'Config', 'Workflows'].map((table) => `dynamodb:GetItem on Tables${table}`),
    ...UPDATE_OF_RECORDS,
    `kms:Decrypt on DataKey${through('s3')}`,
    's3:AbortMultipartUpload on StorageBucket/*',
    's3:DeleteObjectVersion on StorageBucket/*',
    's3:GetBucketVersioning on StorageBucket',
    's3:GetObject on StorageBucket/*/backupmeta*',
    's3:ListBucket on StorageBucket',
    's3:ListBucketMultipartUploads on StorageBucket',
    's3:ListBucketVersions on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  UndeleteFailFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesWorkflows',
    ...UPDATE_OF_RECORDS,
  ],
  CheckClusterFunction: [
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesClusters',
    'dynamodb:UpdateItem on TablesWorkflows',
    ...PROBE,
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  CheckConfigFunction: [
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:UpdateItem on TablesConfig',
    'dynamodb:UpdateItem on TablesWorkflows',
    ...PROBE,
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
  ],
  CheckScratchFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    'dynamodb:PutItem on TablesBackups',
    ...UPDATE_OF_RECORDS,
    `kms:Decrypt on DataKey${through('s3')}`,
    `kms:GenerateDataKey on DataKey${through('s3')}`,
    's3:AbortMultipartUpload on StorageBucket/*',
    's3:GetObject on StorageBucket/*',
    's3:ListBucket on StorageBucket',
    's3:ListBucketMultipartUploads on StorageBucket',
    's3:PutObject on StorageBucket/*/tables/attempt-*.json',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
    ...START_OF_DELETION,
  ],
  CheckFailFunction: [
    'dynamodb:GetItem on TablesBackups',
    'dynamodb:GetItem on TablesClusters',
    'dynamodb:GetItem on TablesConfig',
    ...UPDATE_OF_RECORDS,
    's3:ListBucket on StorageBucket',
    `secretsmanager:GetSecretValue on ${OWN_SECRETS}`,
    ...START_OF_DELETION,
  ],
};

describe('least privilege', () => {
  it.each(Object.entries(RIGHTS))('%s may do what its file does and write its log', (id, rights) => {
    const [createStream, ...others] = rightsOf(template, id).filter((right) => right.startsWith('logs:'));
    expect(createStream).toMatch(new RegExp(`^logs:CreateLogStream on \\w*${id}Logs$`));
    expect(others).toEqual([createStream?.replace('CreateLogStream', 'PutLogEvents')]);
    expect(rightsOf(template, id).filter((right) => !right.startsWith('logs:'))).toEqual([...rights].sort());
  });

  it('is stated above for every role of a function', () => {
    const workflows = [
      'BackupClusterWorkflowRole',
      'RestoreExistClusterWorkflowRole',
      'RestoreDrillWorkflowRole',
      'RestoreNewClusterWorkflowRole',
      'DeleteBackupWorkflowRole',
      'UndeleteBackupWorkflowRole',
      ...[...CHECKS, 'ImportBackups'].map((workflow) => `${workflow}WorkflowRole`),
    ];
    const functions = [...allRights(template).keys()].filter((role) => !workflows.includes(role));

    expect(functions).toHaveLength(Object.keys(RIGHTS).length);
  });

  it('a state machine may invoke the functions of its nodes', () => {
    expect(rightsOf(template, 'RestoreExistClusterWorkflow').filter((right) => right.startsWith('lambda:'))).toEqual([
      'lambda:InvokeFunction on ExecutorChoiceChooseExecutorFunction',
      'lambda:InvokeFunction on RestoreExistClusterRestoreEndFunction',
      'lambda:InvokeFunction on RestoreExistClusterRestoreFailFunction',
      'lambda:InvokeFunction on RestoreExistClusterRestoreFromSrcClusterFunction',
    ]);
  });

  it.each(['CreateClusterFunction', 'WaitClusterReadyFunction', 'NewClusterFailFunction'])(
    '%s may invoke the provisioner that the tenant names, and no other function',
    (id) => {
      expect(rightsOf(full, id).filter((right) => right.startsWith('lambda:'))).toEqual([
        `lambda:InvokeFunction on ${FULL_TENANT.provisionerArn}`,
      ]);
    },
  );

  it('files are copied over locked ones only if the bucket may lock', () => {
    const copies = (of: typeof full) =>
      rightsOf(of, 'UndeleteBackupFunction').filter((right) =>
        /^(s3:(Put|DeleteObject |GetObjectV)|kms:Gen)/.test(right),
      );

    expect(copies(template)).toEqual([]);
    expect(copies(full).map((right) => right.split(' ')[0])).toEqual([
      ...['kms:GenerateDataKey', 's3:DeleteObject', 's3:GetObjectVersion', 's3:PutObject'],
    ]);
  });

  it('orphaned files are removed only if the tenant says so', () => {
    const removals = (of: typeof full) =>
      rightsOf(of, 'OrphanedFilesFunction').filter((right) => right.startsWith('s3:Delete'));

    expect(removals(template)).toEqual([]);
    // For both buckets.
    expect(removals(full)).toHaveLength(3);
  });

  it('an import reads what is written about backups in the buckets that the tenant names, and in the second copy', () => {
    const rights = rightsOf(full, 'ImportBackupsFunction').filter((right) => / on arn:aws:(s3|kms)/.test(right));

    for (const bucket of ['old-backups', 'backups-copy']) {
      for (const name of ['*/backupmeta*', '*/tidb-backup-manifest.json']) {
        expect(rights).toContain(`s3:GetObject on arn:aws:s3:::${bucket}/${name}`);
      }
      expect(rights).toContain(`s3:ListBucket on arn:aws:s3:::${bucket}`);
    }
    expect(rights.filter((right) => /^s3:(Put|Delete)/.test(right))).toEqual([]);
    const removals = rightsOf(full, 'DeleteBackupFilesFunction');
    expect(removals).toContain('s3:DeleteObjectVersion on arn:aws:s3:::old-backups/*');
    const writes = rightsOf(full, 'BackupManifestsFunction');
    expect(writes).toContain('s3:PutObject on arn:aws:s3:::old-backups/*/tidb-backup-manifest.json');
  });

  it("nodes read the secrets that the tenant names, beside the service's own", () => {
    expect(rightsOf(full, 'BackupFunction')).toContain(
      'secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-central-1:111122223333:secret:tidb/*',
    );
  });

  it.each([
    ['BackupFunction', ['ClientMount', 'ClientWrite']],
    ['RestoreFromSrcClusterFunction', ['ClientMount']],
    ['RestoreNewClusterFunction', ['ClientMount']],
    ['VerifyRestoreFunction', ['ClientMount']],
    ['BackupFailFunction', ['ClientMount', 'ClientWrite']],
    ['DeleteBackupFilesFunction', ['ClientMount', 'ClientWrite']],
    ['OrphanedFilesFunction', ['ClientMount', 'ClientWrite']],
    ['CheckClusterFunction', ['ClientMount', 'ClientWrite']],
    ['CheckConfigFunction', ['ClientMount', 'ClientWrite']],
    ['CheckScratchFunction', ['ClientMount', 'ClientWrite']],
    ['CheckFailFunction', ['ClientMount']],
    ['CommandFunction', []],
    ['UpdateBackupRecordFunction', []],
  ])("%s reaches the tenant's file system by its access point: %j", (id, actions) => {
    const { fileSystemId, accessPointArn } = FULL_TENANT.efs;
    const fileSystem = `arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/${fileSystemId}`;
    const through = ` when {"StringEquals":{"elasticfilesystem:AccessPointArn":"${accessPointArn}"}}`;

    expect(rightsOf(full, id).filter((right) => right.startsWith('elasticfilesystem:'))).toEqual(
      actions.map((action) => `elasticfilesystem:${action} on ${fileSystem}${through}`),
    );
  });

  it('no role has a managed policy, a wildcard action, or all resources without a reason', () => {
    const allowed = [
      // An event source mapping: the action has no resource types (infra/iam/streams.ts).
      'dynamodb:ListStreams on *',
      // A function's network interfaces: they have no name yet when Lambda checks (infra/iam/function-runtime.ts).
      'ec2:AssignPrivateIpAddresses on *',
      'ec2:CreateNetworkInterface on *',
      'ec2:DeleteNetworkInterface on *',
      'ec2:DescribeNetworkInterfaces on *',
      'ec2:DescribeSubnets on *',
      'ec2:UnassignPrivateIpAddresses on *',
      // The pull of an image: the action has no resource types (infra/constructs/worker/worker.ts).
      'ecr:GetAuthorizationToken on *',
      // A state machine's log delivery: CloudWatch Logs has no resource types for it (Step Functions guide, "Logging").
      'logs:CreateLogDelivery on *',
      'logs:DeleteLogDelivery on *',
      'logs:DescribeLogGroups on *',
      'logs:DescribeResourcePolicies on *',
      'logs:GetLogDelivery on *',
      'logs:ListLogDeliveries on *',
      'logs:PutResourcePolicy on *',
      'logs:UpdateLogDelivery on *',
      // The task token is what counts: the actions have no resource types (infra/iam/worker.ts).
      'states:SendTaskFailure on *',
      'states:SendTaskHeartbeat on *',
      'states:SendTaskSuccess on *',
    ];
    const rights = [...allRights(full).values()].flat();

    expect([...new Set(rights.filter((right) => right.endsWith(' on *')))].sort()).toEqual(allowed);
    expect(rights.filter((right) => /^[^ ]*\*/.test(right))).toEqual([]);
    expect(JSON.stringify(full.toJSON())).not.toContain('ManagedPolicyArns');
  });
});
