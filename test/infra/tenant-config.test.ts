import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTenantConfig, readTenantConfig, TenantConfigError } from '../../infra/tenant-config.ts';
import { CONSOLE_TENANT, COPYING_TENANT, FULL_TENANT, MINIMAL_TENANT } from './synthesized.ts';

const parse = (tenant: unknown) => parseTenantConfig(JSON.stringify(tenant), 'acme.json');

function refusal(tenant: unknown): string {
  try {
    parse(tenant);
  } catch (error) {
    if (error instanceof TenantConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('a tenant file', () => {
  it('only needs an account and a region; authorization is by IAM', () => {
    expect(parse(MINIMAL_TENANT)).toEqual({
      ...MINIMAL_TENANT,
      authorization: { type: 'iam' },
      tidbRoleArns: [],
      tikvRoleArns: [],
      databaseSecretArns: [],
      databaseKeyArns: [],
      importBuckets: [],
      tags: {},
      reservedConcurrency: {},
      apiThrottle: { ratePerSecond: 50, burst: 100 },
      clusterMetrics: false,
      console: false,
      removeOrphanedFiles: false,
      logRetentionDays: 90,
    });
  });

  it('waits a day for a second copy, and locks it only if it says so', () => {
    const { secondCopy } = COPYING_TENANT;

    expect(parse(COPYING_TENANT).secondCopy).toEqual({ ...secondCopy, objectLock: false, lateHours: 24 });
  });

  it('may contain every setting', () => {
    expect(parse(FULL_TENANT)).toEqual({
      ...FULL_TENANT,
      console: false,
      tidbRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tidb' }],
      tikvRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tikv' }],
    });
  });

  it('with a console signs users in as its own client', () => {
    expect(parse(CONSOLE_TENANT)).toMatchObject(CONSOLE_TENANT);
    const { consoleClientId: _, ...without } = CONSOLE_TENANT.authorization;
    const { console: __, ...notServed } = CONSOLE_TENANT;
    const ofCognito = { ...CONSOLE_TENANT.authorization, tenantClaim: 'client_id', clients: ['another'] };

    expect(refusal({ ...CONSOLE_TENANT, authorization: { type: 'iam' } })).toContain(
      'console: needs authorization of type "jwt"',
    );
    expect(refusal({ ...CONSOLE_TENANT, region: 'cn-north-1' })).toContain('console: is not for regions of aws-cn');
    expect(refusal({ ...CONSOLE_TENANT, authorization: without })).toContain('consoleClientId: must be given');
    expect(refusal(notServed)).toContain('consoleClientId: must be given if console is true, and only then');
    expect(refusal({ ...CONSOLE_TENANT, authorization: ofCognito })).toContain(
      'consoleClientId: must be one of clients',
    );
  });

  it('that names a file system needs a network', () => {
    expect(refusal({ ...MINIMAL_TENANT, efs: FULL_TENANT.efs })).toBe(
      'acme.json:\n  efs: needs a network: a function outside any VPC cannot mount anything',
    );
  });

  const { network, efs, authorization } = FULL_TENANT;
  const copy = COPYING_TENANT.secondCopy;
  const KEY = 'arn:aws:kms:eu-west-1:444455556666:key/89abcdef-0123-4567-89ab-cdef01234567';
  it.each([
    ['secondCopy', 'eu-west-1', 'must be an object with bucketArn, region and'],
    ['secondCopy.bucketArn', { ...copy, bucketArn: 'backups-copy' }, "must be a bucket's ARN"],
    ['secondCopy.region', { ...copy, region: MINIMAL_TENANT.region }, 'must be another region than the deployment'],
    [
      'secondCopy.account',
      { ...copy, account: MINIMAL_TENANT.account, keyArn: KEY },
      'is for a bucket of another account',
    ],
    ['secondCopy.keyArn', { ...copy, account: '444455556666' }, 'is needed for a bucket of another account'],
    [
      'secondCopy.keyArn',
      { ...copy, keyArn: KEY.replace('eu-west-1', 'eu-west-2') },
      'must be a key in the region of the copy',
    ],
    [
      'secondCopy.storageClass',
      { ...copy, storageClass: 'GLACIER' },
      'must be a storage class that BR can read at once',
    ],
    ['secondCopy.lateHours', { ...copy, lateHours: 0 }, 'must be a whole number of hours from 1 to 720'],
    ['secondCopy.objectLock', { ...copy, objectLock: true }, 'must be true if immutableDays is given, and only then'],
  ])('is refused for its %s %o', (field, secondCopy, message) => {
    const text = refusal({ ...MINIMAL_TENANT, secondCopy });

    expect(text).toContain(`  ${field}: `);
    expect(text).toContain(message);
  });

  it('may lock neither the bucket nor its copy alone', () => {
    const locked = { ...MINIMAL_TENANT, immutableDays: 30 };

    expect(refusal({ ...locked, secondCopy: copy })).toContain('secondCopy.objectLock: must be true if immutableDays');
    expect(parse({ ...locked, secondCopy: { ...copy, objectLock: true } })).toMatchObject({ immutableDays: 30 });
  });

  it("does not replicate the customer's own bucket", () => {
    expect(refusal({ ...COPYING_TENANT, bucketName: 'backups-of-acme' })).toContain(
      'secondCopy: is for the bucket that the stack creates',
    );
  });

  it('may have the copy in the same region, in another account', () => {
    const secondCopy = {
      ...copy,
      region: 'us-east-1',
      account: '444455556666',
      keyArn: KEY.replace('eu-west-1', 'us-east-1'),
    };

    expect(parse({ ...MINIMAL_TENANT, secondCopy })).toMatchObject({ secondCopy });
  });

  it.each([
    ['account', { account: undefined }, 'is missing; it must be the 12 digits of an AWS account id'],
    ['account', { account: 111122223333 }, 'must be the 12 digits of an AWS account id, in quotes, not 111122223333'],
    ['account', { account: '1111-2222-3333' }, 'not "1111-2222-3333"'],
    ['region', { region: undefined }, 'is missing; it must be an AWS region such as "eu-central-1"'],
    ['region', { region: 'Frankfurt' }, 'must be an AWS region such as "eu-central-1", not "Frankfurt"'],
    ['network', { network: 'vpc-0123456789abcdef0' }, 'must be an object with vpcId, subnetIds and'],
    [
      'network.vpcId',
      { network: { ...network, vpcId: 'main' } },
      'must be a VPC id such as "vpc-0123456789abcdef0", not "main"',
    ],
    ['network.subnetIds', { network: { vpcId: network.vpcId } }, 'is missing; it must be a list of subnet ids'],
    ['network.subnetIds', { network: { ...network, subnetIds: [] } }, 'must name at least one subnet'],
    [
      'network.subnetIds[1]',
      { network: { ...network, subnetIds: [network.subnetIds[0], 'b'] } },
      'must be a subnet id such as "subnet-0123456789abcdef0", not "b"',
    ],
    ['network', { network: { ...network, subnets: [] } }, 'knows no field subnets'],
    [
      'network.securityGroupIds[0]',
      { network: { ...network, securityGroupIds: ['default'] } },
      'must be a security group id such as "sg-0123456789abcdef0", not "default"',
    ],
    [
      'efs',
      { efs: 'fs-0123456789abcdef0' },
      'must be an object with fileSystemId, accessPointArn, securityGroupId and',
    ],
    ['efs.fileSystemId', { efs: { ...efs, fileSystemId: 'shared' } }, 'must be a file system id such as "fs-'],
    [
      'efs.accessPointArn',
      { efs: { ...efs, accessPointArn: 'fsap-1' } },
      'must be an access point ARN "arn:aws:elastic',
    ],
    [
      'efs.securityGroupId',
      { efs: { ...efs, securityGroupId: undefined } },
      'is missing; it must be a security group id',
    ],
    [
      'efs.mountPath',
      { efs: { ...efs, mountPath: '/backups/' } },
      'must be the absolute path, without a trailing slash',
    ],
    ['alarmEmail', { alarmEmail: 'oncall' }, 'must be an e-mail address such as "oncall@example.com", not "oncall"'],
    ['authorization', { authorization: 'jwt' }, 'must be {"type": "iam"} or {"type": "jwt", '],
    ['authorization.type', { authorization: { type: 'none' } }, 'must be {"type": "iam"} or {"type": "jwt", '],
    [
      'authorization.issuer',
      { authorization: { ...authorization, issuer: 'http://login.example.com' } },
      'must be the issuer\'s URL, such as "https://login.example.com"',
    ],
    [
      'authorization.audience',
      { authorization: { ...authorization, audience: [] } },
      'must name at least one audience',
    ],
    [
      'authorization.audience',
      { authorization: { ...authorization, audience: 'tidb' } },
      'must be a list of audiences, not "tidb"',
    ],
    [
      'authorization.tenantClaim',
      { authorization: { ...authorization, tenantClaim: '' } },
      'must be the name of a claim',
    ],
    [
      'authorization.clients',
      { authorization: { ...authorization, tenantClaim: 'client_id' } },
      'must be given if tenantClaim is "client_id", and only then',
    ],
    [
      'authorization.clients',
      { authorization: { ...authorization, clients: ['app'] } },
      'must be given if tenantClaim is "client_id", and only then',
    ],
    [
      'authorization.clients[0]',
      { authorization: { ...authorization, tenantClaim: 'client_id', clients: ['a,b'] } },
      'must be a client id, without blanks and commas, not "a,b"',
    ],
    [
      'authorization.scopePrefix',
      { authorization: { ...authorization, scopePrefix: 'tidb backup/' } },
      'must be what a scope begins with, such as "tidb-backup/"',
    ],
    ['authorization', { authorization: { type: 'iam', issuer: 'x' } }, 'knows no field issuer'],
    ['storageClass', { storageClass: 'GLACIER' }, 'must be a storage class that BR can read at once: STANDARD, '],
    ['storageClass', { storageClass: 'DEEP_ARCHIVE' }, 'must be restored in S3 first, which takes hours'],
    [
      'transition.storageClass',
      { transition: { afterDays: 90, storageClass: 'DEEP_ARCHIVE_ACCESS' } },
      'the archive tiers of INTELLIGENT_TIERING (ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS)',
    ],
    [
      'transition.storageClass',
      { storageClass: 'GLACIER_IR', transition: { afterDays: 90, storageClass: 'STANDARD_IA' } },
      'must be a class into which S3 can move files of storageClass',
    ],
    [
      'transition.afterDays',
      { transition: { afterDays: 7, storageClass: 'STANDARD_IA' } },
      'must be at least 30: S3 moves no file to STANDARD_IA or ONEZONE_IA sooner',
    ],
    ['transition.afterDays', { transition: { storageClass: 'STANDARD_IA' } }, 'is missing; it must be a whole number'],
    [
      'transition',
      { bucketName: 'backups-of-acme', transition: { afterDays: 90, storageClass: 'STANDARD_IA' } },
      'is for the bucket that the stack creates',
    ],
    ['tags["aws:owner"]', { tags: { 'aws:owner': 'x' } }, 'characters that AWS allows and does not reserve'],
    ['permissionsBoundaryArn', { permissionsBoundaryArn: 'boundary' }, 'must be a policy ARN'],
    [
      'reservedConcurrency.repair',
      { reservedConcurrency: { repair: 0 } },
      'must be a whole number of at least 1, not 0',
    ],
    ['reservedConcurrency', { reservedConcurrency: { nodes: 5 } }, 'knows no field nodes'],
    ['apiThrottle.burst', { apiThrottle: { ratePerSecond: 5 } }, 'is missing; it must be a whole number of requests'],
    ['apiThrottle.ratePerSecond', { apiThrottle: { ratePerSecond: 0.5, burst: 5 } }, 'at least 1, not 0.5'],
    ['rolePath', { rolePath: 'tidb-backup' }, 'must be an IAM path such as "/tidb-backup/", not "tidb-backup"'],
    ['keyArn', { keyArn: 'arn:aws:kms:eu-central-1:111122223333:alias/data' }, 'an alias is not accepted'],
    ['bucketName', { bucketName: 'Backups' }, 'must be a bucket\'s name, not "Backups"'],
    ['immutableDays', { bucketName: 'backups-of-acme', immutableDays: 30 }, 'is for the bucket that the stack creates'],
    ['tikvRoleArns', { tikvRoleArns: 'tikv' }, 'must be a list of role ARNs'],
    [
      'tikvRoleArns[0].arn',
      { tikvRoleArns: ['tikv'] },
      'must be a role ARN "arn:aws:iam::111122223333:role/NAME", not "tikv"',
    ],
    ['databaseSecretArns', { databaseSecretArns: {} }, 'must be a list of secret ARNs'],
    ['databaseKeyArns', { databaseKeyArns: 'arn:aws:kms:us-east-1:111122223333:key/1' }, 'must be a list of key ARNs'],
    [
      'databaseKeyArns[0]',
      { databaseKeyArns: ['arn:aws:kms:us-east-1:111122223333:alias/tidb'] },
      'must be a key ARN "arn:aws:kms:REGION:111122223333:key/ID"; an alias is not accepted',
    ],
    [
      'recoverDeletedDays',
      { bucketName: 'backups-of-acme', recoverDeletedDays: 14 },
      'is for the bucket that the stack creates',
    ],
    ['recoverDeletedDays', { recoverDeletedDays: 0 }, 'must be a whole number of days from 1 to 365, not 0'],
    ['recoverDeletedDays', { recoverDeletedDays: 366 }, 'must be a whole number of days from 1 to 365, not 366'],
    [
      'tikvRoleArns[0].clusterIds',
      { tikvRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tikv', clusterIds: [] }] },
      'must name at least one cluster; omit it for all of them',
    ],
    [
      'tikvRoleArns[0].clusterIds[0]',
      { tikvRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tikv', clusterIds: ['shop/*'] }] },
      'must be the id of a cluster, not "shop/*"',
    ],
    [
      'tikvRoleArns[0].prefix',
      { tikvRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tikv', clusterIds: ['shop'], prefix: 'a/*' }] },
      'must be a prefix in the bucket such as "backups"',
    ],
    [
      'tikvRoleArns[0].prefix',
      { tikvRoleArns: [{ arn: 'arn:aws:iam::111122223333:role/tikv', prefix: 'a' }] },
      'is for a role with clusterIds',
    ],
    ['immutableDays', { immutableDays: 0 }, 'must be a whole number of days from 1 to 3650, not 0'],
    ['immutableDays', { immutableDays: 3651 }, 'must be a whole number of days from 1 to 3650, not 3651'],
    ['immutableDays', { immutableDays: 1.5 }, 'must be a whole number of days from 1 to 3650, not 1.5'],
    ['immutableDays', { immutableDays: '30' }, 'must be a whole number of days from 1 to 3650, not "30"'],
    ['databaseSecretArns[0]', { databaseSecretArns: ['*'] }, 'must be a secret ARN "arn:aws:secretsmanager:'],
    [
      'provisionerArn',
      { provisionerArn: 'provisioner' },
      'must be a function ARN "arn:aws:lambda:REGION:111122223333:function:NAME", optionally with an alias, not "provisioner"',
    ],
    ['logRetentionDays', { logRetentionDays: 42 }, 'must be a number of days that CloudWatch Logs supports: 1, 3, 5, '],
    ['(the file)', { alarmMail: 'oncall@example.com' }, 'knows no field alarmMail'],
  ])('is refused for its %s: %j', (field, change, right) => {
    const message = refusal({ ...MINIMAL_TENANT, ...change });

    expect(message).toContain(`acme.json:\n  ${field}: `);
    expect(message).toContain(right);
  });

  it.each(['backups', '/', '/a//b', '/a/./b', '/a/..', '/a\nb'])('is refused for its mountPath %j', (mountPath) => {
    expect(refusal({ ...MINIMAL_TENANT, network, efs: { ...efs, mountPath } })).toContain(
      '  efs.mountPath: must be the',
    );
  });

  it('lists all errors at once', () => {
    expect(refusal({ region: 'x', logRetentionDays: 2 }).split('\n')).toHaveLength(4);
  });

  it('that is not an object or not JSON is refused by name', () => {
    expect(refusal([])).toContain('acme.json:\n  (the file): must be an object');
    expect(() => parseTenantConfig('{', 'acme.json')).toThrow(/^acme\.json is not JSON: /);
  });
});

describe('a tenant name', () => {
  it('without a file is refused with the existing names', () => {
    expect(() => readTenantConfig('acme')).toThrow(/^tenant "acme" has no file .*; there are: .*local/);
  });

  it.each(['../local', 'Local', '', '1st', 'a/b', 'a'.repeat(31)])('%j is refused', (name) => {
    expect(() => readTenantConfig(name)).toThrow('a name is 1 to 30 lower-case letters');
  });
});

describe('the tenants of this repository', () => {
  const names = readdirSync(join(import.meta.dirname, '../../infra/tenants')).map((file) => file.replace('.json', ''));

  it.each(names)('%s is valid', (name) => {
    expect(readTenantConfig(name)).toMatchObject({ account: '111122223333' });
  });
});
