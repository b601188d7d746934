import { readdirSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../../../functions/adapters/dynamodb/requests-store.ts';
import { ENVIRONMENTS, type FunctionName } from '../../../../functions/environment.ts';
import { declared, functionId } from '../../../../infra/constructs/function/service-function.ts';
import { readStateMachineDefinition } from '../../../../infra/constructs/workflows/state-machine-definition.ts';
import {
  COPYING_TENANT,
  FULL_TENANT,
  MINIMAL_TENANT,
  onlyResourceOf,
  resourcesOf,
  synthesized,
} from '../../synthesized.ts';

/** With the one optional thing that a function exists for. */
const minimal = synthesized(COPYING_TENANT);
const bare = synthesized(MINIMAL_TENANT);
const full = synthesized(FULL_TENANT);

/** Timeouts in seconds. */
const API = {
  query: 29,
  command: 29,
  autoBackup: 240,
  reconcile: 900,
  executionEnded: 330,
  recordChanged: 60,
  backupAges: 240,
  drills: 240,
  retention: 900,
  copies: 900,
  recount: 900,
};
const NODES = {
  backupManifests: 300,
  importBackups: 900,
  orphanedFiles: 900,
  chooseExecutor: 60,
  backup: 900,
  updateBackupRecord: 60,
  backupEnd: 60,
  backupFail: 300,
  restoreFromSrcCluster: 900,
  restoreEnd: 60,
  restoreFail: 300,
  deleteBackupFiles: 900,
  deletionEnd: 60,
  deletionFail: 60,
  undeleteBackup: 900,
  undeleteFail: 60,
  createCluster: 90,
  waitClusterReady: 90,
  restoreNewCluster: 900,
  newClusterEnd: 60,
  verifyRestore: 900,
  drillEnd: 90,
  newClusterFail: 300,
  checkCluster: 300,
  checkConfig: 300,
  checkScratch: 900,
  checkFail: 300,
};
/** Their defaults are what is deployed. */
const SETTINGS = new Set(['WORKER_FROM_SECONDS', 'TENANT_CLIENTS', 'SCOPE_PREFIX']);
const TIMEOUTS = Object.entries({ ...API, ...NODES } satisfies Record<FunctionName, number>) as [
  FunctionName,
  number,
][];

function propertiesOf(template: Template, name: FunctionName): Record<string, unknown> {
  const found = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) =>
    new RegExp(
      `^(Api|AutoBackup|Copies|BackupAges|Drills|Repair|OrphanedFiles|Retention|Recount|StatusEvents|ExecutorChoice|BackupCluster|RestoreExistCluster|RestoreNewCluster|RestoreDrill|DeleteBackup|UndeleteBackup|Checks|BackupManifests|ImportBackups)${functionId(name)}[0-9A-F]{8}$`,
    ).test(id),
  );
  expect(found).toHaveLength(1);
  return { ...found[0]?.[1].Properties };
}

/** A function that declares none has none. */
function variablesOf(template: Template, name: FunctionName): object {
  const { Environment } = propertiesOf(template, name) as { Environment?: { Variables: object } };
  return Environment?.Variables ?? {};
}

describe('the functions', () => {
  it('are exactly those with an environment schema', () => {
    minimal.resourceCountIs('AWS::Lambda::Function', TIMEOUTS.length);
  });

  it.each(TIMEOUTS)('%s runs on Node 24 and arm64, for up to %i s', (name, seconds) => {
    expect(propertiesOf(minimal, name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: seconds,
      MemorySize: 512,
    });
  });

  it.each(TIMEOUTS)('%s gets the concurrency that the tenant file reserves for its kind, or none', (name) => {
    const { repair, failNodes, api } = FULL_TENANT.reservedConcurrency;
    const kinds: [RegExp, number][] = [
      [/^(query|command)$/, api],
      [/^(reconcile|executionEnded)$/, repair],
      [/Fail$/, failNodes],
    ];

    expect(propertiesOf(full, name).ReservedConcurrentExecutions).toBe(kinds.find(([kind]) => kind.test(name))?.[1]);
    expect(propertiesOf(minimal, name)).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('have answered a request, or died, before another may resume it', () => {
    expect(1_000 * API.command).toBeLessThan(LEASE_MS);
  });

  it.each(TIMEOUTS)('%s gets exactly the variables that it declares', (name) => {
    const declared = Object.keys(ENVIRONMENTS[name].shape).filter((variable) => !SETTINGS.has(variable));
    expect(Object.keys(variablesOf(full, name)).sort()).toEqual(declared.sort());
  });

  it.each(TIMEOUTS)('%s gets nothing that the tenant lacks, and everything that it needs', (name) => {
    const variables = variablesOf(name === 'copies' ? minimal : bare, name);

    for (const optional of [
      'PROVISIONER_ARN',
      'HAS_WORKER',
      'NFS_PATH',
      'NFS_MOUNT',
      'TENANT_CLAIM',
      'NODE_SECURITY_GROUP_IDS',
      'CLUSTER_METRICS',
    ])
      expect(variables).not.toHaveProperty(optional);
    expect(
      ENVIRONMENTS[name].safeParse(Object.fromEntries(Object.keys(variables).map((key) => [key, 'x']))),
    ).toHaveProperty('success', true);
  });

  it.each(TIMEOUTS)('%s logs JSON into its own log group', (name) => {
    const { LoggingConfig } = propertiesOf(minimal, name);
    const logs = resourcesOf(minimal, 'AWS::Logs::LogGroup').find(([id]) => id.includes(`${functionId(name)}Logs`));

    expect(LoggingConfig).toMatchObject({ LogFormat: 'JSON', LogGroup: { Ref: logs?.[0] } });
  });
});

describe('the shared file system', () => {
  const openFiles: readonly FunctionName[] = [
    'backup',
    'backupFail',
    'restoreFromSrcCluster',
    'restoreNewCluster',
    'verifyRestore',
    'deleteBackupFiles',
    'orphanedFiles',
    'backupManifests',
    'importBackups',
    'checkCluster',
    'checkConfig',
    'checkScratch',
    'checkFail',
  ];

  it.each(openFiles)('is mounted by %s, which gets the path', (name) => {
    const { FileSystemConfigs, Environment } = propertiesOf(full, name);

    expect(FileSystemConfigs).toEqual([{ Arn: FULL_TENANT.efs.accessPointArn, LocalMountPath: '/mnt/backups' }]);
    expect(Environment).toMatchObject({ Variables: { NFS_PATH: '/nfs/backups', NFS_MOUNT: '/mnt/backups' } });
  });

  it('is mounted by no other function', () => {
    const mounting = resourcesOf(full, 'AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.FileSystemConfigs !== undefined,
    );

    expect(mounting).toHaveLength(openFiles.length);
  });

  it('lets the functions in, only by NFS', () => {
    const functions = onlyResourceOf(full, 'AWS::EC2::SecurityGroup').id;

    expect(onlyResourceOf(full, 'AWS::EC2::SecurityGroupIngress').resource.Properties).toMatchObject({
      ...{ IpProtocol: 'tcp', FromPort: 2049, ToPort: 2049 },
      GroupId: FULL_TENANT.efs.securityGroupId,
      SourceSecurityGroupId: { 'Fn::GetAtt': [functions, 'GroupId'] },
    });
  });

  it('does not exist unless the tenant names one', () => {
    expect(JSON.stringify(minimal.toJSON())).not.toMatch(/FileSystemConfigs|elasticfilesystem|NFS_/);
  });
});

describe('an environment', () => {
  it('stops the synth if a variable of its schema is not provided', () => {
    expect(() => declared('backupEnd', { CLUSTERS_TABLE: 'clusters' } as never)).toThrow(
      /^the environment of backupEnd: .*\n.*WORKFLOWS_TABLE/s,
    );
  });
});

describe('the network', () => {
  it.each(Object.keys(NODES) as FunctionName[])("%s runs in the tenant's VPC", (name) => {
    const securityGroup = onlyResourceOf(full, 'AWS::EC2::SecurityGroup').id;

    expect(propertiesOf(full, name).VpcConfig).toEqual({
      SubnetIds: FULL_TENANT.network.subnetIds,
      SecurityGroupIds: [{ 'Fn::GetAtt': [securityGroup, 'GroupId'] }],
    });
  });

  it('is known to the functions, which name it if TiDB cannot be reached', () => {
    const securityGroup = onlyResourceOf(full, 'AWS::EC2::SecurityGroup').id;

    expect(variablesOf(full, 'backup')).toHaveProperty('NODE_SECURITY_GROUP_IDS', {
      'Fn::GetAtt': [securityGroup, 'GroupId'],
    });
  });

  it.each(Object.keys(API) as FunctionName[])('%s cannot reach TiDB', (name) => {
    expect(propertiesOf(full, name)).not.toHaveProperty('VpcConfig');
  });

  it("uses the tenant's own security groups if it names them, and creates none", () => {
    const securityGroupIds = ['sg-0123456789abcdef1', 'sg-0123456789abcdef2'];
    const given = synthesized({ ...FULL_TENANT, network: { ...FULL_TENANT.network, securityGroupIds } });

    expect(resourcesOf(given, 'AWS::EC2::SecurityGroup')).toEqual([]);
    expect(propertiesOf(given, 'backup').VpcConfig).toMatchObject({ SecurityGroupIds: securityGroupIds });
    expect(given.toJSON().Outputs.NodeSecurityGroupIds).toEqual({ Value: securityGroupIds.join(',') });
  });

  it('lets nothing connect to a node', () => {
    expect(onlyResourceOf(full, 'AWS::EC2::SecurityGroup').resource.Properties).not.toHaveProperty(
      'SecurityGroupIngress',
    );
    for (const [, { Properties }] of resourcesOf(full, 'AWS::EC2::SecurityGroupIngress')) {
      expect(Properties.GroupId).toBe(FULL_TENANT.efs.securityGroupId);
    }
  });

  it('does not exist unless the tenant names one', () => {
    expect(JSON.stringify(minimal.toJSON())).not.toMatch(/VpcConfig|AWS::EC2::/);
  });
});

it.each(Object.entries(NODES).filter(([name]) => !['orphanedFiles', 'backupManifests'].includes(name)))(
  'a state gives %s half a minute beyond its timeout: the first invocation of an idle function is slow',
  (name, seconds) => {
    const resource = `\${${functionId(name as FunctionName)}Arn}`;
    const states = readdirSync('statemachines').flatMap((file): { Resource?: string; TimeoutSeconds?: number }[] =>
      Object.values(JSON.parse(readStateMachineDefinition(file)).States),
    );
    const timeouts = states.filter(({ Resource }) => Resource === resource).map(({ TimeoutSeconds }) => TimeoutSeconds);

    expect(new Set(timeouts)).toEqual(new Set([seconds + 30]));
  },
);

it('lets a function that invokes itself do so more than 16 times, and no other', () => {
  const functions = resourcesOf(full, 'AWS::Lambda::Function');
  const continued = functions.filter(([, { Properties }]) => Properties.RecursiveLoop === 'Allow').map(([id]) => id);
  const policies = resourcesOf(full, 'AWS::IAM::Policy').filter(([id]) => id.includes('Continue'));
  const texts = policies.map(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument));
  const invokes = (id: string) =>
    texts.some((text) => text.includes('lambda:InvokeFunction') && text.includes(`"${id}"`));

  expect(continued).toEqual(functions.map(([id]) => id).filter(invokes));
  expect(continued).toHaveLength(7);
});
