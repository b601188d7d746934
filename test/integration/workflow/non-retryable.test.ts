import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FinishedBackup, InitializingBackup } from '../../../functions/domain/backup/backup-record.ts';
import type { NewClusterInput } from '../../../functions/domain/workflow/workflow.ts';
import { type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { aBackup, aCluster, aWorkflow, CREATED } from '../../support/records.ts';
import { runWorkflow } from '../../support/run-workflow.ts';
import { loadNodes } from '../../support/workflow-nodes.ts';

let world: NodeWorld;
let nodes: Awaited<ReturnType<typeof loadNodes>>;
let cluster: TestCluster;
beforeAll(async () => {
  world = await startNodeWorld();
  nodes = await loadNodes(world);
  cluster = await world.cluster();
  await cluster.sql('CREATE DATABASE shop');
  await cluster.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
});
afterAll(() => world.stop());

const run = (file: keyof typeof nodes, input: object) => runWorkflow(file, input, nodes[file]);

/** The cluster with another account, whose password is wrong. */
async function withWrongPassword(): Promise<string> {
  const { clusterId } = cluster;
  const registered = (await world.clusters.get(clusterId)) ?? expect.unreachable('the cluster is registered');
  const id = `cluster-${randomUUID()}`;
  const secretArn = await world.secrets.keep(JSON.stringify({ username: 'root', password: 'wrong' }));
  await world.clusters.create({ ...registered, clusterId: id, account: { secretArn, managed: false } });
  return id;
}

/** A record that says Finished, without any file. */
async function recordOnly(change: Partial<InitializingBackup> = {}): Promise<FinishedBackup> {
  const { backupId = randomUUID() } = change;
  const { clusterId } = cluster;
  const location = { type: 's3', bucket: world.bucket, prefix: `tidb/${clusterId}/${backupId}` } as const;
  await world.backups.create(aBackup({ clusterId, backupId, location, ...change }));
  await world.backups.startAttempt(backupId, CREATED);
  const finished = await world.backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '1', at: CREATED });
  return finished ?? expect.unreachable('the backup is finished');
}

/** What `POST /clusters/restore` leaves behind for a restore into this given cluster. */
async function acceptedNewCluster(backupId: string, from: string): Promise<NewClusterInput> {
  const workFlowId = randomUUID();
  const clusterId = `new-${workFlowId}`;
  const { endpoints, account } = (await world.clusters.get(from)) ?? expect.unreachable('the cluster is registered');
  const maintenance = { status: 'Restore', operationId: workFlowId, since: CREATED } as const;
  await world.clusters.create(aCluster({ clusterId, endpoints, account, maintenance }));
  await world.workflows.create(aWorkflow({ workFlowId, bizId: clusterId, flowName: 'RestoreNewCluster' }));
  return {
    ...{ workFlowId, clusterId, backupId, maintenanceStatusChange: true },
    ...{ provisioner: 'adopt', onFailure: 'destroy', clusterName: 'new', timezone: 'UTC', parameters: {} },
  };
}

describe('a non-retryable error is tried once, by the real nodes of', () => {
  it('a backup with a wrong password', async () => {
    const input = await world.accepted(await withWrongPassword(), randomUUID());

    expect(await run('backup-cluster.asl.json', input)).toMatchObject({
      error: 'TidbAccessDenied',
      invoked: ['chooseExecutor', 'backup', 'fail'],
    });
  });

  it('a backup whose path is in use', async () => {
    const input = await world.accepted(cluster.clusterId, randomUUID());
    await world.s3.put(world.bucket, `tidb/${cluster.clusterId}/${input.backupId}/attempt-1/backupmeta`);

    expect(await run('backup-cluster.asl.json', input)).toMatchObject({
      error: 'BackupPathUnusable',
      invoked: ['chooseExecutor', 'backup', 'fail'],
    });
  });

  it('a restore onto existing tables', async () => {
    const input = await world.accepted(cluster.clusterId, randomUUID());
    expect(await run('backup-cluster.asl.json', input)).toEqual({
      invoked: ['chooseExecutor', 'backup', 'updateBackupRecord', 'end'],
    });
    const restore = await world.acceptedRestore(cluster.clusterId, input.backupId, randomUUID());

    expect(await run('restore-exist-cluster.asl.json', restore)).toMatchObject({
      error: 'TablesInTheWay',
      invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'fail'],
    });
  });

  it('a restore of a backup whose files are missing', async () => {
    const { backupId } = await recordOnly();
    const restore = await world.acceptedRestore(cluster.clusterId, backupId, randomUUID());

    expect(await run('restore-exist-cluster.asl.json', restore)).toMatchObject({
      error: 'BackupNotRestorable',
      invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'fail'],
    });
  });

  it('a restore into a new cluster with a wrong password', async () => {
    const { backupId } = await recordOnly();
    const input = await acceptedNewCluster(backupId, await withWrongPassword());

    expect(await run('restore-new-cluster.asl.json', input)).toMatchObject({
      error: 'TidbAccessDenied',
      invoked: ['createCluster', 'waitClusterReady', 'fail'],
    });
  });

  it('a restore into a new cluster that is not empty', async () => {
    const { backupId } = await recordOnly();
    const input = await acceptedNewCluster(backupId, cluster.clusterId);

    expect(await run('restore-new-cluster.asl.json', input)).toMatchObject({
      error: 'ClusterNotEmpty',
      invoked: ['createCluster', 'waitClusterReady', 'fail'],
    });
  });

  it('a restore into a new cluster of a missing backup', async () => {
    const input = await acceptedNewCluster(randomUUID(), cluster.clusterId);

    expect(await run('restore-new-cluster.asl.json', input)).toMatchObject({
      error: 'BackupNotRestorable',
      invoked: ['createCluster', 'fail'],
    });
  });

  it.each([
    ['whose keys cannot be read', 'ConfigInvalid', { accessKeySecretArn: 'gone', secretAccessKeySecretArn: 'gone' }],
    ['whose folder is not its own', 'FolderNotOwned', undefined],
  ])('a deletion of files %s', async (_what, error, credentials) => {
    const backupId = randomUUID();
    const prefix = credentials === undefined ? 'tidb' : `tidb/${cluster.clusterId}/${backupId}`;
    const location = { type: 's3', bucket: world.bucket, prefix, ...(credentials && { credentials }) } as const;
    await recordOnly({ backupId, location });
    await world.deletions.begin(backupId, CREATED);
    const { clusterId } = cluster;
    const input = { workFlowId: `${backupId}-deletion-1`, clusterId, backupId, maintenanceStatusChange: true };

    expect(await run('delete-backup.asl.json', input)).toMatchObject({
      error,
      invoked: ['deleteBackupFiles', 'fail'],
    });
  });
});
