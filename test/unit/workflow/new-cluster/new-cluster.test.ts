import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../../functions/domain/cluster/cluster.ts';
import { adoptingProvisioner } from '../../../../functions/domain/provisioning/adopting-provisioner.ts';
import type { NewCluster } from '../../../../functions/domain/provisioning/made-cluster.ts';
import type { ClusterAccess, Provisioner } from '../../../../functions/domain/provisioning/provisioner.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { createCluster } from '../../../../functions/workflow/new-cluster/create-cluster.ts';
import { newClusterFail } from '../../../../functions/workflow/new-cluster/new-cluster-fail.ts';
import { restoreIntoNewCluster } from '../../../../functions/workflow/new-cluster/restore-into-new-cluster.ts';
import { waitClusterReady } from '../../../../functions/workflow/new-cluster/wait-cluster-ready.ts';
import { backupMetaBytes, filesOf } from '../../../support/backup-meta.ts';
import { Death, dying } from '../../../support/dying.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, aCluster, CREATED } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const HELD = { status: 'Restore', operationId: 'restore-1', since: CREATED } as const;
const ACCESS: ClusterAccess = {
  endpoints: ['new.example.com:4000'],
  account: { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:new', managed: false },
  tls: 'required',
};
const MADE: Cluster = { ...aCluster({ clusterId: 'cluster-2', maintenance: HELD }), ...ACCESS };
const ASKED = {
  secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:asked',
  managed: true,
  user: 'root',
} as const;
const RESTORE_FAILED = { Error: 'RestoreFailed', Cause: '{"errorMessage": "TiDB error 8125"}' };
const NOT_EMPTY = { Error: 'ClusterNotEmpty', Cause: '{"errorMessage": "it holds 1 tables"}' };

function prepare({
  provisioner = 'lambda',
  onFailure = 'destroy',
  cluster,
}: Partial<Pick<NewCluster, 'provisioner' | 'onFailure'>> & { cluster?: Cluster } = {}) {
  const stores = new MemoryStores();
  stores.cluster = cluster;
  stores.record = {
    ...aBackup({ attempts: 1 }),
    status: 'Finished',
    startTime: CREATED,
    endTime: CREATED,
    backupTso: '449',
    sizeBytes: '9007199254740993',
    finishedAttempt: 1,
  };
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const asked: object[] = [];
  const lambda: Provisioner = {
    create: async (order) => {
      asked.push({ create: order });
    },
    ready: async () => ({ status: 'ready', access: ACCESS }),
    destroy: async (operation) => {
      asked.push({ destroy: operation });
      return 'destroyed';
    },
  };
  const removedSecrets: string[] = [];
  const deps = {
    clusters: stores.clusters,
    backups: stores.backups,
    workflows: stores.workflows,
    provisioners: { adopt: adoptingProvisioner, lambda },
    tidb,
    secrets: {
      remove: async (secretArn: string) => {
        removedSecrets.push(secretArn);
      },
    },
    clock,
  };
  const input = {
    ...{ workFlowId: 'restore-1', clusterId: 'cluster-2', backupId: 'backup-1', maintenanceStatusChange: true },
    ...{ provisioner, onFailure, clusterName: 'A copy', timezone: 'Europe/Berlin', parameters: { size: 'small' } },
  };
  return { stores, tidb, lambda, asked, removedSecrets, deps, input };
}

describe('node createCluster', () => {
  it('orders the cluster by the size of the backup, which cannot be deleted from then on', async () => {
    const { deps, input, asked, stores } = prepare();

    await createCluster(input, deps);

    const order = { clusterName: 'A copy', backupSizeBytes: '9007199254740993', parameters: { size: 'small' } };
    expect(asked).toEqual([{ create: { operationId: 'restore-1', clusterId: 'cluster-2', ...order } }]);
    expect(stores.workflowStatus).toBe('Processing');
    expect(stores.record).toHaveProperty('restoredBy', new Set(['restore-1']));
  });

  it('orders the requested account and TLS', async () => {
    const { deps, input, asked } = prepare();

    await createCluster({ ...input, account: ASKED, tls: 'required' }, deps);

    expect(asked).toMatchObject([{ create: { account: { secretArn: ASKED.secretArn }, tls: 'required' } }]);
    expect(JSON.stringify(asked)).not.toContain('managed');
  });

  it('orders nothing for a start that was rolled back', async () => {
    const { deps, input, asked, stores } = prepare();
    stores.workflowStatus = 'Error';

    await expect(createCluster(input, deps)).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(asked).toEqual([]);
  });

  it('orders nothing for a missing backup', async () => {
    const { deps, input, asked, stores } = prepare();
    stores.record = undefined;

    await expect(createCluster(input, deps)).rejects.toMatchObject({ name: 'BackupNotRestorable' });
    expect(asked).toEqual([]);
  });
});

describe('node waitClusterReady', () => {
  it('registers a ready cluster, held from its first moment, and does not check one again that is registered', async () => {
    const { deps, input, stores, tidb } = prepare();

    const first = await waitClusterReady(input, deps);
    const registered = stores.cluster;
    const second = await waitClusterReady(input, deps);

    expect(first).toEqual({ endpoints: ['new.example.com:4000'], readyTime: CREATED });
    expect(second).toEqual(first);
    expect(registered).toMatchObject({
      clusterId: 'cluster-2',
      clusterName: 'A copy',
      timezone: 'Europe/Berlin',
      ...ACCESS,
      maintenance: { status: 'Restore', operationId: 'restore-1' },
    });
    expect(stores.cluster).toEqual(registered);
    expect(tidb.openConnections).toBe(0);
  });

  it.each([
    ['required', 'disabled', 'required'],
    ['disabled', 'verify', 'verify'],
    ['verify', 'required', 'verify'],
    [undefined, 'disabled', 'disabled'],
  ] as const)('registers the requested account, and the stronger of TLS %s and %s', async (tls, made, kept) => {
    const { deps, input, stores, lambda } = prepare();
    lambda.ready = async () => ({ status: 'ready', access: { ...ACCESS, tls: made } });

    await waitClusterReady({ ...input, account: ASKED, ...(tls && { tls }) }, deps);

    expect(stores.cluster).toMatchObject({ account: ASKED, tls: kept });
  });

  it.each([
    [{ status: 'pending' }, 'the new cluster is still being created'],
    [{ status: 'pending', message: 'formatting disks' }, 'formatting disks'],
  ] as const)('is retried while the cluster is being created: %j', async (readiness, message) => {
    const { deps, input, lambda, stores } = prepare();
    lambda.ready = async () => readiness;

    await expect(waitClusterReady(input, deps)).rejects.toMatchObject({ name: 'ClusterNotReady', message });
    expect(stores.cluster).toBeUndefined();
  });

  it('leaves a foreign cluster with that id alone', async () => {
    const theirs = aCluster({ clusterId: 'cluster-2' });
    const { deps, input, stores } = prepare({ cluster: theirs });

    await expect(waitClusterReady(input, deps)).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(stores.cluster).toEqual(theirs);
  });

  it.each(['adopt', 'lambda'] as const)('refuses a cluster that holds tables: %s', async (provisioner) => {
    const { deps, input, tidb } = prepare({ provisioner, cluster: MADE });
    tidb.tables = ['precious', 'other'].map((table) => ({ database: 'mi"ne', table }));

    await expect(waitClusterReady(input, deps)).rejects.toMatchObject({
      name: 'ClusterNotEmpty',
      message: 'the new cluster must be empty, but holds 2 tables, such as "mi\\"ne.precious"',
    });
    expect(tidb.openConnections).toBe(0);
  });

  it('refuses a cluster with too many tables to list in time, and so never destroys it', async () => {
    const { deps, input, tidb } = prepare({ provisioner: 'lambda', cluster: MADE });
    tidb.listsFor = 600_000;

    await expect(waitClusterReady(input, deps)).rejects.toMatchObject({
      name: 'ClusterNotEmpty',
      message: expect.stringContaining('an empty cluster lists them at once'),
    });
  });

  it('passes on that TiDB does not answer', async () => {
    const { deps, input, tidb } = prepare();
    tidb.isAway = true;

    await expect(waitClusterReady(input, deps)).rejects.toMatchObject({ name: 'TidbUnreachable' });
  });
});

describe('node fail of a restore into a new cluster', () => {
  it('destroys the cluster, removes its registration, and fails with the original error', async () => {
    const { deps, input, asked, stores, tidb, removedSecrets } = prepare({ cluster: MADE });
    await createCluster(input, deps);
    tidb.startLeftover();

    const run = newClusterFail({ ...input, error: RESTORE_FAILED }, deps);

    await expect(run).rejects.toMatchObject({ name: 'RestoreFailed', message: 'TiDB error 8125' });
    expect(tidb.isRunning()).toBe(false);
    expect(asked).toContainEqual({ destroy: { operationId: 'restore-1', clusterId: 'cluster-2' } });
    expect(stores.cluster).toBeUndefined();
    expect(removedSecrets).toEqual([]);
    expect(stores.newCluster).toEqual({ provisioner: 'lambda', onFailure: 'destroy', fate: 'destroyed' });
    expect(stores.workflowStatus).toBe('Error');
    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it('keeps the cluster of a successful restore after any later error, and ends it as a success', async () => {
    const { deps, input, asked, stores } = prepare({ cluster: MADE });
    stores.succeededAt = CREATED;

    await expect(newClusterFail({ ...input, error: RESTORE_FAILED }, deps)).rejects.toThrow();

    const { maintenance, ...free } = MADE;
    expect(stores.cluster).toEqual(free);
    expect(asked).toEqual([]);
    expect(stores.workflowStatus).toBe('Finished');
    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it('removes the requested account, unless the cluster is kept with it', async () => {
    const never = prepare();
    await createCluster(never.input, never.deps);
    await expect(
      newClusterFail({ ...never.input, account: ASKED, error: RESTORE_FAILED }, never.deps),
    ).rejects.toThrow();
    expect(never.removedSecrets).toEqual([ASKED.secretArn]);

    const kept = prepare({ cluster: { ...MADE, account: ASKED }, onFailure: 'keep' });
    for (let run = 0; run < 2; run += 1) {
      const failing = newClusterFail({ ...kept.input, account: ASKED, error: RESTORE_FAILED }, kept.deps);
      await expect(failing).rejects.toThrow();
    }
    expect(kept.removedSecrets).toEqual([]);
  });

  it.each<[string, object, string | undefined]>([
    ['kept', { onFailure: 'keep' }, 'whether RESTORE is still running'],
    ['released', { provisioner: 'adopt' }, 'whether RESTORE is still running'],
    ['destroyed', {}, undefined],
  ])('says what may continue in a cluster that is %s', async (_, change, leftover) => {
    const { deps, input, tidb } = prepare({ cluster: MADE, ...change });
    tidb.isAway = true;

    const failing = newClusterFail({ ...input, error: RESTORE_FAILED }, deps);

    await expect(failing).rejects.toHaveProperty(
      'message',
      leftover === undefined ? 'TiDB error 8125' : expect.stringContaining(leftover),
    );
  });

  it('keeps evidence against the backup, and nothing else', async () => {
    const damaged = prepare({ cluster: MADE });
    const error = { Error: 'BackupNotRestorable', Cause: '{"errorMessage": "a file is missing"}' };
    await expect(newClusterFail({ ...damaged.input, error }, damaged.deps)).rejects.toThrow();
    expect(damaged.stores.record).toMatchObject({ evidence: { result: 'failed' } });

    const failed = prepare({ cluster: MADE });
    await expect(newClusterFail({ ...failed.input, error: RESTORE_FAILED }, failed.deps)).rejects.toThrow();
    expect(failed.stores.record).not.toHaveProperty('evidence');
    expect(failed.stores.record).not.toHaveProperty('lastFailure');
  });

  it('records why a drill reached no verdict', async () => {
    const drill = { clusterId: 'cluster-1', startTime: CREATED };
    const { deps, input, stores } = prepare({ cluster: MADE });

    await expect(newClusterFail({ ...input, drill, error: RESTORE_FAILED }, deps)).rejects.toThrow();

    expect(stores.record).toMatchObject({
      lastFailure: { workFlowId: 'restore-1', reason: 'RestoreFailed: TiDB error 8125' },
    });
  });

  it('keeps the verdict of a drill', async () => {
    const drill = { clusterId: 'cluster-1', startTime: CREATED };
    const { deps, input, stores } = prepare({ cluster: MADE });
    stores.succeededAt = CREATED;

    await expect(newClusterFail({ ...input, drill, error: RESTORE_FAILED }, deps)).rejects.toThrow();

    expect(stores.record).not.toHaveProperty('lastFailure');
    expect(stores.workflowStatus).toBe('Finished');
    expect(stores.newCluster).toMatchObject({ fate: 'destroyed' });
  });

  it('keeps the cluster if the request says so: registered and free', async () => {
    const { deps, input, asked, stores } = prepare({ cluster: MADE, onFailure: 'keep' });

    await expect(newClusterFail({ ...input, error: RESTORE_FAILED }, deps)).rejects.toThrow();

    const { maintenance, ...free } = MADE;
    expect(stores.cluster).toEqual(free);
    expect(asked).toEqual([]);
    expect(stores.newCluster).toMatchObject({ onFailure: 'keep', fate: 'kept' });
  });

  it('never destroys a cluster with tables, whatever the request says', async () => {
    const { deps, input, asked, stores } = prepare({ cluster: MADE });

    await expect(newClusterFail({ ...input, error: NOT_EMPTY }, deps)).rejects.toThrow();

    expect(asked).toEqual([]);
    expect(stores.newCluster).toMatchObject({ onFailure: 'destroy', fate: 'kept' });
  });

  it('releases an adopted cluster, and removes the secrets stored for it', async () => {
    const account = { managed: true, secretArn: 'arn:of:the:password', user: 'root' } as const;
    const validTo = '2049-12-31T23:59:59.000Z';
    const client = { managed: true, secretArn: 'arn:of:the:key', subject: 'CN=backup', validTo } as const;
    const certificates = { ca: { managed: false, secretArn: 'arn:of:the:user' }, client } as const;
    const { deps, input, asked, stores, removedSecrets } = prepare({
      provisioner: 'adopt',
      cluster: { ...MADE, account, certificates },
    });

    await expect(newClusterFail({ ...input, error: NOT_EMPTY }, deps)).rejects.toThrow();

    expect(asked).toEqual([]);
    expect(stores.cluster).toBeUndefined();
    expect(removedSecrets).toEqual([account.secretArn, client.secretArn]);
    expect(stores.newCluster).toMatchObject({ provisioner: 'adopt', fate: 'released' });
  });

  it('leaves a foreign cluster with that id alone, and destroys its own', async () => {
    const theirs = aCluster({ clusterId: 'cluster-2', maintenance: { ...HELD, operationId: 'restore-2' } });
    const { deps, input, asked, stores, tidb } = prepare({ cluster: theirs });
    tidb.startLeftover();

    await expect(newClusterFail({ ...input, error: RESTORE_FAILED }, deps)).rejects.toThrow();

    expect(stores.cluster).toEqual(theirs);
    expect(tidb.isRunning()).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('holds the cluster until the provisioner has destroyed it', async () => {
    const { deps, input, lambda, stores } = prepare({ cluster: MADE });
    lambda.destroy = async () => 'pending';

    const run = newClusterFail({ ...input, error: RESTORE_FAILED }, deps);

    await expect(run).rejects.toMatchObject({ name: 'CleanupFailed', cause: { name: 'ClusterNotDestroyed' } });
    expect(stores.cluster).toEqual(MADE);
    expect(stores.workflowStatus).toBe('Initializing');
  });

  it('is retried when the provisioner does not answer', async () => {
    const { deps, input, lambda } = prepare({ cluster: MADE });
    lambda.destroy = async () => {
      throw new NodeFailure('ProvisionerFailed', 'the provisioner: it cannot be reached');
    };

    await expect(newClusterFail({ ...input, error: RESTORE_FAILED }, deps)).rejects.toMatchObject({
      name: 'CleanupFailed',
    });
  });

  it.each(['before', 'after'] as const)('continues from wherever it died, %s a call', async (when) => {
    const whole = prepare({ cluster: MADE });
    const survivor = dying(portsOf(whole.deps), Number.POSITIVE_INFINITY, when);
    await expect(
      newClusterFail({ ...whole.input, error: RESTORE_FAILED }, { ...whole.deps, ...survivor.ports }),
    ).rejects.toThrow();
    expect(survivor.calls()).toBeGreaterThan(4);

    for (let call = 0; call < survivor.calls(); call += 1) {
      const { deps, input, stores } = prepare({ cluster: MADE });
      const failed = { ...input, error: RESTORE_FAILED };
      const { ports } = dying(portsOf(deps), call, when);
      const first = newClusterFail(failed, { ...deps, ...ports });
      await expect(first).rejects.toMatchObject({ name: 'CleanupFailed', cause: expect.any(Death) });

      await expect(newClusterFail(failed, deps)).rejects.toMatchObject({ name: 'RestoreFailed' });

      expect(stores.cluster, `call ${call}`).toBeUndefined();
      expect(stores.newCluster, `call ${call}`).toMatchObject({ fate: 'destroyed' });
      expect(stores.workflowStatus, `call ${call}`).toBe('Error');
    }
  });
});

describe('node restoreNewCluster', () => {
  it.each([
    ['a restore', undefined, true],
    ['a drill', { clusterId: 'cluster-1', startTime: CREATED }, false],
  ])('of %s restores into the cluster that its workflow holds, and reports its outcome', async (_, drill, succeeds) => {
    const { deps, input, stores, tidb } = prepare({ cluster: MADE });
    tidb.backupHolds = [{ database: 'shop', table: 'orders' }];
    const clock = new VirtualClock();

    await restoreIntoNewCluster(
      { ...input, ...(drill && { drill }) },
      {
        ...{ ...deps, config: stores.config, clock, executor: 'lambda', outOfTime: 'it is too long' },
        deadline: clock.now() + 870_000,
        files: filesOf({ backupmeta: backupMetaBytes({ backupTso: '449' }) }),
      },
    );

    expect(tidb.sent).toHaveLength(1);
    expect(stores.succeededAt !== undefined).toBe(succeeds);
  });
});

/** Calls that leave the process, except to TiDB, whose failures the node reports rather than dies of. */
function portsOf({ clusters, backups, workflows }: ReturnType<typeof prepare>['deps']) {
  return { clusters, backups, workflows };
}
