import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { until } from '../support/until.ts';
import { type AppWorld, sharedAppWorld, sql } from './app-world.ts';

/** For what takes two seconds on an idle machine. */
const PATIENCE_SECONDS = 60;

const ROWS = 'SELECT id, note FROM shop.orders ORDER BY id';

let world: AppWorld;
/** A finished backup of two rows. */
let backupId: string;
beforeAll(async () => {
  world = await sharedAppWorld();
  const source = await world.sandbox();
  await sql(
    source,
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(20))',
    "INSERT INTO shop.orders VALUES (1, 'first'), (2, 'second')",
  );
  backupId = await finishedBackup(await world.register(source));
}, 180_000);
afterAll(() => world.stop());

async function finishedBackup(clusterId: string): Promise<string> {
  const id = await world.backUp(clusterId);
  await world.untilRecord(id, ({ status }) => status === 'Finished', PATIENCE_SECONDS);
  return id;
}

interface Detail {
  info: { status: string; bizId: string; newCluster: object };
  nodes: { name: string; status: string; result: string }[];
  nodeNames: string[];
}

/** Starts a restore into a new cluster and waits for its end. */
async function restored(body: object): Promise<Detail & { clusterId: string }> {
  const { code, message, data } = await world.api('POST /clusters/restore', {
    clusterName: 'A copy',
    backupId,
    ...body,
  });
  if (code !== 0) throw new Error(message);
  const detail = await until(
    'the end of the restore',
    async () => {
      const answer = (await world.api(`GET /workflow/${data.workFlowId}`)).data as unknown as Detail;
      return ['Finished', 'Error'].includes(answer.info.status) ? answer : undefined;
    },
    PATIENCE_SECONDS,
  );
  return { ...detail, clusterId: String(data.clusterId) };
}

/** The message of the node that failed. Not the last node's result: `fail` sets the status a moment before it ends. */
function resultOfFailed(nodes: Detail['nodes']): string | undefined {
  return nodes.at(nodes.findIndex(({ name }) => name === 'fail') - 1)?.result;
}

/** The account of a created cluster, as its provisioner stores it, and its address. */
async function provisioned(clusterId: string) {
  const { data } = await world.api(`GET /clusters/${clusterId}`);
  const { endpoints, account } = data as { endpoints: [string]; account: { secretArn: string } };
  const secret = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: account.secretArn }));
  const { username, password } = JSON.parse(secret.SecretString ?? '') as { username: string; password: string };
  const [host = '', port] = endpoints[0].split(':');
  return { host, port: Number(port), user: username, password };
}

const addressOf = (sandbox: TidbSandbox) => ({
  endpoints: [`${sandbox.host}:${sandbox.port}`],
  account: { user: sandbox.user, password: sandbox.password },
});

/** A backup that cannot be restored: BR's last file is missing. */
async function brokenBackup(): Promise<string> {
  const source = await world.sandbox();
  const id = await finishedBackup(await world.register(source));
  const [meta] = (await world.filesOf(id)).filter((name) => name.endsWith('/backupmeta'));
  await world.clients.s3.send(new DeleteObjectCommand({ Bucket: world.bucket, Key: meta }));
  return id;
}

describe('a restore into a cluster that the provisioner creates', () => {
  it('ends with the data in a registered, free cluster', async () => {
    const { clusterId, info, nodes, nodeNames } = await restored({ parameters: { servers: 1 } });

    expect(info).toMatchObject({
      status: 'Finished',
      bizId: clusterId,
      newCluster: { provisioner: 'lambda', onFailure: 'destroy' },
    });
    expect(nodes.map(({ name }) => name)).toEqual(nodeNames);
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    expect(data).toMatchObject({ clusterName: 'A copy', status: 'Running', maintenanceStatus: '' });
    expect(await sql(await provisioned(clusterId), ROWS)).toEqual([
      { id: 1, note: 'first' },
      { id: 2, note: 'second' },
    ]);
    // It is a cluster like any other.
    await finishedBackup(clusterId);
  }, 120_000);

  it('of a TiEM client uses its requested account and release', async () => {
    const [dbUser, dbPassword] = ['restorer', 'a-password-of-tiem'];
    const { clusterId, info, nodes } = await restored({
      ...{ dbUser, dbPassword, clusterType: 'TiDB', clusterVersion: 'v8.5.0', tags: ['copy'], tls: false, copies: 3 },
      ...{ region: 'us-east-1', cpuArchitecture: 'x86_64', parameterGroupID: '', resourceParameters: {} },
    });

    expect(info).toMatchObject({ status: 'Finished' });
    expect(JSON.stringify(nodes)).not.toMatch(/a-password-of-tiem|secretsmanager:[a-z0-9-]*:\d{12}/);
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    const { endpoints, account } = data as { endpoints: [string]; account: object };
    expect(account).toEqual({ user: dbUser });
    const [host = '', port] = endpoints[0].split(':');
    const rows = await sql({ host, port: Number(port), user: dbUser, password: dbPassword }, ROWS);
    expect(rows).toHaveLength(2);
  }, 120_000);

  it('that fails destroys the cluster, and says so', async () => {
    const { clusterId, info, nodes } = await restored({ backupId: await brokenBackup() });

    expect(info).toMatchObject({ status: 'Error', newCluster: { onFailure: 'destroy', fate: 'destroyed' } });
    expect(resultOfFailed(nodes)).toMatch(/^BackupNotRestorable: /);
    expect(await world.api(`GET /clusters/${clusterId}`)).toMatchObject({ status: 404, code: 10003 });
  }, 120_000);

  it('that fails keeps the cluster if the request says so', async () => {
    const { clusterId, info } = await restored({ backupId: await brokenBackup(), onFailure: 'keep' });

    expect(info).toMatchObject({ status: 'Error', newCluster: { onFailure: 'keep', fate: 'kept' } });
    expect((await world.api(`GET /clusters/${clusterId}`)).data).toMatchObject({ maintenanceStatus: '' });
    expect(await sql(await provisioned(clusterId), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    // Another attempt needs no other cluster.
    const again = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
    expect(again.code).toBe(0);
    await until(
      'the end of the second restore',
      async () => ((await world.maintenanceOf(clusterId)) === '' ? true : undefined),
      PATIENCE_SECONDS,
    );
    expect(await sql(await provisioned(clusterId), ROWS)).toHaveLength(2);
  }, 120_000);

  it('that the provisioner refuses ends with its message', async () => {
    const { clusterId, info, nodes } = await restored({ parameters: { servers: 'many' } });

    expect(info).toMatchObject({ status: 'Error', newCluster: { fate: 'destroyed' } });
    expect(nodes.map(({ name }) => name)).toEqual(['createCluster', 'fail']);
    expect(nodes[0]?.result).toBe(
      'ProvisionerRefused: the provisioner refuses to create the cluster: servers must be a whole number',
    );
    expect(await world.api(`GET /clusters/${clusterId}`)).toMatchObject({ status: 404 });
  }, 60_000);
});

describe('a restore into a given cluster', () => {
  it('adopts it if it is empty', async () => {
    const target = await world.sandbox();

    const { clusterId, info } = await restored({ ...addressOf(target), clusterId: 'adopted' });

    expect(clusterId).toBe('adopted');
    expect(info).toMatchObject({ status: 'Finished', newCluster: { provisioner: 'adopt', onFailure: 'destroy' } });
    expect((await world.api('GET /clusters/adopted')).data).toMatchObject({
      account: { user: target.user },
      maintenanceStatus: '',
    });
    expect(await sql(target, ROWS)).toHaveLength(2);
  }, 60_000);

  it.each([
    ['destroy', 'released', { status: 404, code: 10003 }],
    ['keep', 'kept', { status: 200, data: { maintenanceStatus: '' } }],
  ])(
    'leaves it alone if it is not empty; %s: it is %s',
    async (onFailure, fate, registration) => {
      const target = await world.sandbox();
      await sql(target, 'CREATE DATABASE mine', 'CREATE TABLE mine.precious (id INT PRIMARY KEY)');

      const { clusterId, info, nodes } = await restored({ ...addressOf(target), onFailure });

      expect(info).toMatchObject({ status: 'Error', newCluster: { provisioner: 'adopt', onFailure, fate } });
      expect(resultOfFailed(nodes)).toBe(
        'ClusterNotEmpty: the new cluster must be empty, but holds 1 tables, such as "mine.precious"',
      );
      expect(await world.api(`GET /clusters/${clusterId}`)).toMatchObject(registration);
      expect(await sql(target, 'SELECT COUNT(*) AS n FROM mine.precious')).toEqual([{ n: 0 }]);
    },
    60_000,
  );
});
