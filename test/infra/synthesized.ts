import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { inject } from 'vitest';
import type { FunctionCode } from '../../infra/constructs/function/function-code.ts';
import type { WorkerImage } from '../../infra/constructs/worker/worker-image.ts';
import { addTenantStack, newApp } from '../../infra/synthesize.ts';
import { parseTenantConfig } from '../../infra/tenant-config.ts';

/** Bundles nothing: the tests are about the template, not the functions' code. */
const stubCode: FunctionCode = (entry) => Code.fromInline(`// ${entry}`);
const stubImage: WorkerImage = (scope) =>
  ContainerImage.fromEcrRepository(Repository.fromRepositoryName(scope, 'Images', 'images'));

/** A tenant without anything optional. */
export const MINIMAL_TENANT = { account: '111122223333', region: 'us-east-1' };

/** A tenant that has every function. */
export const COPYING_TENANT = {
  ...MINIMAL_TENANT,
  secondCopy: { bucketArn: 'arn:aws:s3:::backups-copy', region: 'eu-west-1' },
};

/** A tenant whose console CloudFront serves. */
export const CONSOLE_TENANT = {
  ...MINIMAL_TENANT,
  authorization: {
    ...{ type: 'jwt', issuer: 'https://login.example.com/tenant', audience: ['tidb-backup'], tenantClaim: 'tenant' },
    ...{ consoleClientId: 'console', scopePrefix: 'tidb-backup/' },
  },
  console: true,
};

/** A tenant with everything optional except the console. */
export const FULL_TENANT = {
  account: '111122223333',
  region: 'eu-central-1',
  network: { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'] },
  efs: {
    fileSystemId: 'fs-0123456789abcdef0',
    accessPointArn: 'arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-0123456789abcdef0',
    securityGroupId: 'sg-0123456789abcdef0',
    mountPath: '/nfs/backups',
  },
  alarmEmail: 'oncall@example.com',
  authorization: { type: 'jwt', issuer: 'https://login.example.com', audience: ['tidb-backup'], tenantClaim: 'org' },
  tidbRoleArns: ['arn:aws:iam::111122223333:role/tidb'],
  tikvRoleArns: ['arn:aws:iam::111122223333:role/tikv'],
  databaseSecretArns: ['arn:aws:secretsmanager:eu-central-1:111122223333:secret:tidb/*'],
  databaseKeyArns: ['arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef'],
  immutableDays: 30,
  importBuckets: [
    {
      bucketArn: 'arn:aws:s3:::old-backups',
      keyArn: 'arn:aws:kms:eu-central-1:444455556666:key/fedcba98-0123-4567-89ab-cdef01234567',
    },
  ],
  secondCopy: {
    bucketArn: 'arn:aws:s3:::backups-copy',
    region: 'eu-west-1',
    account: '444455556666',
    keyArn: 'arn:aws:kms:eu-west-1:444455556666:key/89abcdef-0123-4567-89ab-cdef01234567',
    storageClass: 'STANDARD_IA',
    objectLock: true,
    lateHours: 12,
  },
  provisionerArn: 'arn:aws:lambda:eu-central-1:111122223333:function:tidb-provisioner',
  tags: { 'cost-center': '4711' },
  permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  rolePath: '/tidb-backup/',
  reservedConcurrency: { repair: 4, failNodes: 5, api: 10 },
  apiThrottle: { ratePerSecond: 20, burst: 40 },
  storageClass: 'STANDARD_IA',
  transition: { afterDays: 90, storageClass: 'GLACIER_IR' },
  clusterMetrics: true,
  removeOrphanedFiles: true,
  logRetentionDays: 365,
};

/**
 * A tenant's template. Each tenant is synthesized once per run; later callers get a copy.
 * @param tenant contents of its file
 */
export function synthesized(tenant: object): Template {
  const key = createHash('sha256').update(JSON.stringify(tenant)).digest('hex');
  const path = join(inject('runFolder'), `${key}.template.json`);
  if (!existsSync(path)) {
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(Template.fromStack(synthesizedStack(tenant)).toJSON()));
    renameSync(unfinished, path);
  }
  return Template.fromString(readFileSync(path, 'utf8'));
}

/** The stack before it becomes a template. */
export function synthesizedStack(tenant: object): Stack {
  const config = parseTenantConfig(JSON.stringify(tenant), 'tenant.json');
  return addTenantStack(newApp(), 'test', config, stubCode, stubImage);
}

export interface Resource<Properties = Readonly<Record<string, unknown>>> {
  readonly Type: string;
  readonly Properties: Properties;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** All resources of a type by logical id. The test states the properties that it relies on. */
export function resourcesOf<Properties = Readonly<Record<string, unknown>>>(
  template: Template,
  type: string,
): [string, Resource<Properties>][] {
  return Object.entries(template.findResources(type) as Record<string, Resource<Properties>>);
}

/** The only resource of a type. */
export function onlyResourceOf(template: Template, type: string): { id: string; resource: Resource } {
  const [first, ...more] = resourcesOf(template, type);
  if (first === undefined || more.length > 0) throw new Error(`there is not one ${type}`);
  return { id: first[0], resource: first[1] };
}
