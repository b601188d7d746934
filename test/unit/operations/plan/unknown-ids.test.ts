import { describe, expect, it } from 'vitest';
import { planBackup } from '../../../../functions/operations/backup/plan-backup.ts';
import { planClusterCheck } from '../../../../functions/operations/cluster/plan-check.ts';
import { planDeletion, planDeletions } from '../../../../functions/operations/deletion/plan-deletion.ts';
import {
  planCancel,
  planClusterChange,
  planRegistration,
  planRemoval,
  planStrategy,
  planStrategyDeletion,
} from '../../../../functions/operations/plan/plan-change.ts';
import { aBackup, aCluster, aFinishedBackup, CREATED } from '../../../support/records.ts';

const CLUSTER = aCluster();
const BACKUPS = [
  aFinishedBackup({ backupId: 'finished' }),
  aBackup({ backupId: 'running' }),
  aBackup({ backupId: 'of-another', clusterId: 'cluster-2' }),
];
const { clusterName, endpoints, timezone, tls } = CLUSTER;
const SETTINGS = { clusterName, endpoints, timezone, tls };
const STRATEGY = { weekdays: [], period: { start: 0, end: 0 }, paused: false };
const WANTED = { backupMode: 'manual', backupType: 'full' } as const;

/** @param deleted ids whose deletion Step Functions still knows */
function prepare({ deleted = [] as string[] } = {}) {
  const get = async (backupId: string) => BACKUPS.find((each) => each.backupId === backupId);
  const ids = async (clusterId: string) =>
    BACKUPS.filter((each) => each.clusterId === clusterId).map(({ backupId }) => backupId);
  return {
    clusters: { get: async (clusterId: string) => (clusterId === CLUSTER.clusterId ? CLUSTER : undefined) },
    backups: {
      get,
      getAll: async (some: readonly string[]) => BACKUPS.filter(({ backupId }) => some.includes(backupId)),
      recentFinished: async () => [],
      newestOfScope: async () => undefined,
    },
    workflows: { get: async () => undefined },
    deletions: { backupsOf: ids },
    executions: {
      arnOf: (_: string, id: string) => id,
      exists: async (arn: string) => deleted.some((backupId) => arn === `${backupId}-delete-1`),
    },
    config: { read: async () => ({}) },
    ...{ defaultStoragePath: 'bucket/tidb', hasWorker: false, secretsPrefix: 'tidb-backup' },
    clock: { now: () => Date.parse(CREATED) },
  };
}

type Deps = ReturnType<typeof prepare>;

describe('a plan for a cluster that is not registered', () => {
  it.each<[what: string, plan: (clusterId: string, deps: Deps) => Promise<unknown>]>([
    ['a backup', (clusterId, deps) => planBackup({ clusterId, ...WANTED }, deps)],
    ['a check', (clusterId, deps) => planClusterCheck({ clusterId }, deps)],
    ['a scratch check', (clusterId, deps) => planClusterCheck({ clusterId, scratch: true }, deps)],
    ['a change', (clusterId, deps) => planClusterChange(clusterId, SETTINGS, deps)],
    ['a removal', (clusterId, deps) => planRemoval(clusterId, undefined, deps)],
    ['a removal with its backups', (clusterId, deps) => planRemoval(clusterId, 'all', deps)],
    ['a strategy', (clusterId, deps) => planStrategy(clusterId, STRATEGY, deps)],
    ['the deletion of its strategy', (clusterId, deps) => planStrategyDeletion(clusterId, deps)],
  ])('is refused as the request would be: %s', async (_, plan) => {
    await expect(plan('cluster-2', prepare())).rejects.toMatchObject({
      name: 'TIEM_CLUSTER_NOT_FOUND',
      message: expect.stringContaining('no cluster is registered as "cluster-2"'),
    });
    await expect(plan('cluster-1', prepare())).resolves.toHaveProperty('clusterId', 'cluster-1');
  });
});

it('the plan of a registration is refused for an id that is taken', async () => {
  const wanted = { ...SETTINGS, account: { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x' } };

  await expect(planRegistration({ ...wanted, clusterId: 'cluster-1' }, prepare())).rejects.toMatchObject({
    name: 'TIEM_PARAMETER_INVALID',
    message: expect.stringContaining('clusterId: "cluster-1" is already registered'),
  });
  await expect(planRegistration({ ...wanted, clusterId: 'cluster-2' }, prepare())).resolves.toHaveProperty('action');
});

describe('the plan of a deletion', () => {
  it('is refused for an unknown backup, but is empty for one that has been deleted', async () => {
    await expect(planDeletion({ backupId: 'nowhere' }, prepare())).rejects.toHaveProperty(
      'name',
      'TIEM_BACKUP_RECORD_NOT_FOUND',
    );
    const { deletes, conflicts } = await planDeletion({ backupId: 'nowhere' }, prepare({ deleted: ['nowhere'] }));

    expect([deletes, conflicts]).toEqual([[], []]);
  });

  it.each([
    ['cluster', { clusterId: 'cluster-2' }],
    ['mode', { backupMode: 'auto' }],
  ])('is refused if the backup has another %s than the request says', async (_, said) => {
    await expect(planDeletion({ backupId: 'finished', ...said }, prepare())).rejects.toHaveProperty(
      'name',
      'TIEM_PARAMETER_INVALID',
    );
  });

  it.each(['nowhere', 'of-another'])(
    'of many is refused if it excludes what the cluster does not have: %s',
    async (id) => {
      await expect(
        planDeletions({ clusterId: 'cluster-1', excludedIds: ['finished', id] }, prepare()),
      ).rejects.toMatchObject({ name: 'TIEM_PARAMETER_INVALID', message: expect.stringContaining(`"${id}"`) });
    },
  );

  it('of many deletes what it may, and says why the rest stays', async () => {
    const of = async (...excludedIds: string[]) => {
      const { deletes, keeps } = await planDeletions({ clusterId: 'cluster-1', excludedIds }, prepare());
      return { deletes: deletes.map(({ backupId }) => backupId), keeps };
    };
    const running = { backupId: 'running', reason: expect.stringContaining('it is Initializing') };

    expect(await of()).toEqual({ deletes: ['finished'], keeps: [running] });
    expect(await of('finished')).toEqual({
      ...{ deletes: [], keeps: [{ backupId: 'finished', reason: 'it is excluded' }, running] },
    });
  });
});

describe('the plan of a cancellation', () => {
  it.each([
    ['an unknown backup', 'nowhere', 'TIEM_BACKUP_RECORD_NOT_FOUND'],
    ['a backup of another cluster', 'of-another', 'TIEM_BACKUP_RECORD_NOT_FOUND'],
    ['a backup that has ended', 'finished', 'TIEM_BACKUP_RECORD_INVALID'],
  ])('is refused for %s', async (_, backupId, name) => {
    await expect(planCancel({ clusterId: 'cluster-1', backupId }, prepare())).rejects.toHaveProperty('name', name);
  });

  it('names the backup', async () => {
    expect(await planCancel({ clusterId: 'cluster-1', backupId: 'running' }, prepare())).toMatchObject({
      ...{ action: 'cancel', backupId: 'running', conflicts: [] },
    });
  });
});
