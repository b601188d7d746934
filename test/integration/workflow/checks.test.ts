import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckResult, Finding } from '../../../functions/domain/cluster/check.ts';
import type { CheckInput } from '../../../functions/domain/workflow/workflow.ts';
import { type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { aWorkflow } from '../../support/records.ts';
import { runWorkflow } from '../../support/run-workflow.ts';
import { loadNodes } from '../../support/workflow-nodes.ts';

let world: NodeWorld;
let nodes: Awaited<ReturnType<typeof loadNodes>>;
let cluster: TestCluster;
beforeAll(async () => {
  world = await startNodeWorld();
  nodes = await loadNodes(world);
  cluster = await world.cluster();
});
afterAll(() => world.stop());
beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockReturnValue();
});

async function accepted(flowName: CheckInput['flowName'], clusterId: string): Promise<CheckInput> {
  const workFlowId = randomUUID();
  await world.workflows.create(aWorkflow({ workFlowId, flowName, bizId: clusterId }));
  return { flowName, workFlowId, clusterId, backupId: workFlowId, maintenanceStatusChange: false };
}

async function checkCluster(clusterId: string): Promise<CheckResult> {
  const input = await accepted('CheckCluster', clusterId);
  expect(await runWorkflow('check-cluster.asl.json', input, nodes['check-cluster.asl.json'])).toEqual({
    invoked: ['checkCluster'],
  });
  expect(await world.workflows.get(input.workFlowId)).toMatchObject({ status: 'Finished' });
  const check = (await world.clusters.get(clusterId))?.check ?? expect.unreachable('the check is kept');
  expect(check.workFlowId).toBe(input.workFlowId);
  return check;
}

async function checkConfig(): Promise<CheckResult> {
  const input = await accepted('CheckConfig', 'config');
  expect(await runWorkflow('check-config.asl.json', input, nodes['check-config.asl.json'])).toEqual({
    invoked: ['checkConfig'],
  });
  expect(await world.workflows.get(input.workFlowId)).toMatchObject({ status: 'Finished' });
  return (await world.config.read()).check ?? expect.unreachable('the check is kept');
}

const statuses = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ check, subject, status }) => [[check, subject].join(' ').trim(), status]));

const STORE_PASSED = {
  storePath: 'passed',
  storeReach: 'passed',
  storeLock: 'passed',
  storeWrite: 'passed',
  storeRead: 'passed',
  storeDelete: 'passed',
};

describe('the check of a cluster', () => {
  it('checks everything in TiDB and the store, and leaves nothing in either', async () => {
    const before = await cluster.sql('SHOW DATABASES');

    const { status, findings } = await checkCluster(cluster.clusterId);

    const [port] = cluster.sandbox.ports;
    expect(statuses(findings)).toMatchObject({
      [`endpoint ${cluster.sandbox.host}:${port}`]: 'passed',
      tls: 'warning',
      version: 'passed',
      'privilege BACKUP_ADMIN': 'passed',
      [`clock ${cluster.sandbox.host}:${port}`]: 'passed',
      gcLifeTime: 'passed',
      ...STORE_PASSED,
    });
    expect(status).toBe('warning');
    expect(await cluster.sql('SHOW DATABASES')).toEqual(before);
    expect(await world.s3.keys(world.bucket)).toEqual([]);
  });

  it('continues with the others if one endpoint is unavailable', async () => {
    const registered = (await world.clusters.get(cluster.clusterId)) ?? expect.unreachable('it is registered');
    const clusterId = `cluster-${randomUUID()}`;
    const [endpoint = ''] = registered.endpoints;
    const { check: _, ...item } = registered;
    await world.clusters.create({ ...item, clusterId, endpoints: ['127.0.0.1:1', endpoint] });

    const { findings } = await checkCluster(clusterId);

    expect(findings.find(({ subject }) => subject === '127.0.0.1:1')).toMatchObject({
      check: 'endpoint',
      status: 'failed',
      message: expect.stringContaining('ECONNREFUSED'),
      remedy: 'Start TiDB at this address, or register its port.',
    });
    expect(statuses(findings)).toMatchObject({ [`endpoint ${endpoint}`]: 'passed', version: 'passed' });
  });

  it('tries a wrong password once, however many endpoints there are', async () => {
    const registered = (await world.clusters.get(cluster.clusterId)) ?? expect.unreachable('it is registered');
    const clusterId = `cluster-${randomUUID()}`;
    const secretArn = await world.secrets.keep(JSON.stringify({ username: 'root', password: 'a-wrong-password' }));
    const account = { secretArn, managed: false } as const;
    const [endpoint = ''] = registered.endpoints;
    const { check: _, ...item } = registered;
    await world.clusters.create({ ...item, clusterId, account, endpoints: [endpoint, endpoint, endpoint] });

    const { findings, status } = await checkCluster(clusterId);

    expect(findings.filter(({ check }) => check === 'endpoint').map((each) => each.status)).toEqual([
      'failed',
      'skipped',
      'skipped',
    ]);
    expect(statuses(findings)).toMatchObject({ version: 'skipped', privilege: 'skipped', ...STORE_PASSED });
    expect(status).toBe('failed');
    expect(JSON.stringify(findings)).not.toContain('a-wrong-password');
  });

  it.each([
    ['account', 'account', /username/],
    ['certificates.ca', 'tls', /"ca"/],
    ['certificates.client', 'tls', /"clientCertificate" and "clientKey"/],
  ] as const)('says what is wrong with a secret that contains no %s', async (field, check, remedy) => {
    const registered = (await world.clusters.get(cluster.clusterId)) ?? expect.unreachable('it is registered');
    const clusterId = `cluster-${randomUUID()}`;
    const secret = { secretArn: await world.secrets.keep('neither JSON nor PEM, but secret'), managed: false } as const;
    const { check: _, ...item } = registered;
    const change =
      field === 'account' ? { account: secret } : { certificates: { [field.split('.')[1] ?? '']: secret } };
    await world.clusters.create({ ...item, clusterId, ...change });

    const { findings } = await checkCluster(clusterId);

    expect(findings[0]).toMatchObject({ check, status: 'failed', remedy: expect.stringMatching(remedy) });
    expect(findings.filter((finding) => finding.check === check)).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toContain('but secret');
  });

  it('ends with an error if the cluster is gone', async () => {
    const input = await accepted('CheckCluster', 'gone');

    expect(await runWorkflow('check-cluster.asl.json', input, nodes['check-cluster.asl.json'])).toMatchObject({
      error: 'OperationSuperseded',
      invoked: ['checkCluster', 'fail'],
    });
    expect(await world.workflows.get(input.workFlowId)).toMatchObject({ status: 'Error' });
  });
});

describe('the check of the configuration', () => {
  it('checks only the store', async () => {
    const { findings, status } = await checkConfig();

    expect(statuses(findings)).toEqual(STORE_PASSED);
    expect(status).toBe('passed');
  });

  it('names what the configuration lacks', async () => {
    await world.config.write('BackupStoragePath', 'another-bucket/tidb', '2026-03-01T10:00:00.000Z');
    try {
      const { findings } = await checkConfig();

      expect(findings[0]).toMatchObject({
        check: 'storePath',
        status: 'failed',
        message: expect.stringContaining('own bucket'),
      });
      expect(new Set(findings.slice(1).map(({ status }) => status))).toEqual(new Set(['skipped']));
    } finally {
      await world.config.write('BackupStoragePath', undefined, '2026-03-01T10:00:00.000Z');
    }
  });
});
