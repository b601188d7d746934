import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { NewClusterRequest } from '../../../../functions/domain/provisioning/new-cluster.ts';
import {
  type PlanNewClusterRestoreDeps,
  planDrill,
  planNewClusterRestore,
  planRestore,
} from '../../../../functions/operations/restore/plan-restore.ts';
import { aCluster, aFinishedBackup, CREATED } from '../../../support/records.ts';

const FILES = 'whether the files are complete';
const SCOPE = 'whether the backup holds everything in the scope';
const IN_THE_WAY = 'whether the cluster holds tables of the backup, or remains of an interrupted restore';
const EMPTY = 'whether the cluster is empty, which a restore of a part of a chain requires';
const LOG_BACKUP = 'whether a log backup or a changefeed runs on the cluster';
const SIZE = 'the number of TiKV nodes and the version of the cluster, which decide where the restore runs';
const FITS = 'whether TiDB answers, the account of the cluster may restore, and TiDB';

const BASE = aFinishedBackup({ backupId: 'base', backupTso: '440', fileCount: 5 });
const INCR = aFinishedBackup({
  ...{ backupId: 'incr', backupType: 'incr', backupTso: '449', fileCount: 7, sizeBytes: '9007199254740993' },
  base: { backupId: 'base', backupTso: '440' },
});

function prepare(change: Partial<FinishedBackup> = {}, { maintenance = false } = {}) {
  const records = new Map([BASE, { ...INCR, ...change }, aFinishedBackup(change)].map((each) => [each.backupId, each]));
  const held = { status: 'BackUp', operationId: 'b', since: CREATED } as const;
  const deps: PlanNewClusterRestoreDeps = {
    clusters: {
      get: async (id) =>
        id === 'cluster-1' ? aCluster({ executor: 'fargate', ...(maintenance && { maintenance: held }) }) : undefined,
    },
    backups: { get: async (id) => records.get(id) },
    config: { read: async () => ({}) },
    hasWorker: true,
    hasProvisioner: true,
    secretsPrefix: 'tidb-backup',
    clock: { now: () => Date.parse(CREATED) },
  };
  return deps;
}

describe('the plan of a restore', () => {
  it.each([
    ['everything of a full backup', 'backup-1', undefined, [FILES, FITS, IN_THE_WAY, LOG_BACKUP, SIZE]],
    [
      'a part of a full backup',
      'backup-1',
      { databases: ['shop'] },
      [FILES, SCOPE, FITS, IN_THE_WAY, LOG_BACKUP, SIZE],
    ],
    ['everything of a chain', 'incr', undefined, [FILES, FITS, IN_THE_WAY, LOG_BACKUP, SIZE]],
    ['a part of a chain', 'incr', { databases: ['shop'] }, [FILES, SCOPE, FITS, IN_THE_WAY, EMPTY, LOG_BACKUP, SIZE]],
  ])('says what it cannot know: of %s', async (_, backupId, scope, unknowns) => {
    const { checksLeft } = await planRestore({ clusterId: 'cluster-1', backupId, scope }, prepare());

    expect(checksLeft).toEqual(unknowns.map((each) => expect.stringContaining(each)));
  });

  it('requires an empty cluster for a chain of backups that hold only a part', async () => {
    const scope = { databases: ['shop'] };
    const deps = prepare();
    const { get } = deps.backups;
    deps.backups = {
      get: async (id) => {
        const record = await get(id);
        return record && { ...record, scope };
      },
    };

    const { checksLeft } = await planRestore({ clusterId: 'cluster-1', backupId: 'incr' }, deps);

    expect(checksLeft).toContain(EMPTY);
    expect(checksLeft).not.toContain(SCOPE);
  });

  it.each([
    [{}, false, 'TiDB is of a version that can restore the backup, has the new_collation_enabled of the backup'],
    [
      { tidbVersion: 'v7.1.5', newCollationEnabled: false },
      false,
      'TiDB is v7.0.0 or later, as the backup is of v7.1.5, has new_collation_enabled = false',
    ],
    [
      { tidbVersion: 'v8.5.0', newCollationEnabled: true },
      true,
      'TiDB is v7.6.0 or later, is v8.0.0 or later, as the backup is of v8.5.0, has new_collation_enabled = true',
    ],
    [{ tidbVersion: 'built by hand' }, false, 'TiDB is of a version that can restore the backup, has the'],
  ])('says which TiDB it needs: %j', async (change, withSystemTables, needs) => {
    const wanted = { clusterId: 'cluster-1', backupId: 'backup-1', withSystemTables, confirmAccounts: true };

    const { checksLeft } = await planRestore(wanted, prepare(change));

    expect(checksLeft.join('\n')).toContain(`may restore, and ${needs}`);
  });

  it('adds up the chain, and leaves out the files unless all were counted', async () => {
    const wanted = { clusterId: 'cluster-1', backupId: 'incr' };

    const plan = await planRestore(wanted, prepare());
    expect(plan).toMatchObject({ files: 12, sizeBytes: '9007199254745089', executor: 'fargate', conflicts: [] });
    expect(plan.chain.map(({ backupId, files }) => [backupId, files])).toEqual([
      ['base', 5],
      ['incr', 7],
    ]);

    const uncounted = await planRestore(wanted, prepare({ fileCount: undefined }));
    expect(uncounted).not.toHaveProperty('files');
    expect(uncounted.chain[1]).not.toHaveProperty('files');
  });

  it("prefers the request's executor to the cluster's, and tells of an operation in the way", async () => {
    const wanted = { clusterId: 'cluster-1', backupId: 'backup-1', executor: 'lambda' } as const;

    expect(await planRestore(wanted, prepare({}, { maintenance: true }))).toMatchObject({
      executor: 'lambda',
      conflicts: [{ code: 20114, message: expect.stringContaining('BackUp b since') }],
    });
  });

  it('refuses what the restore would refuse', async () => {
    const wanted = { clusterId: 'cluster-1', backupId: 'backup-1' };
    const refusal = { code: 10001 };

    const system = { ...wanted, withSystemTables: true };
    await expect(planRestore(system, prepare())).rejects.toMatchObject(refusal);
    const part = { ...system, confirmAccounts: true, scope: { databases: ['shop'] } };
    await expect(planRestore(part, prepare())).rejects.toMatchObject(refusal);
    const onWorker = { ...wanted, executor: 'fargate' } as const;
    await expect(planRestore(onWorker, { ...prepare(), hasWorker: false })).rejects.toMatchObject(refusal);
    await expect(planRestore({ ...wanted, clusterId: 'unknown' }, prepare())).rejects.toMatchObject({ code: 10003 });
  });
});

describe('the plan of a restore into a new cluster', () => {
  const request: NewClusterRequest = {
    ...{ backupId: 'backup-1', clusterName: 'A copy', timezone: 'UTC', onFailure: 'destroy', parameters: {} },
    ...{ tls: undefined, account: undefined, madeAccount: undefined },
  };

  it('knows no cluster, and no executor of one', async () => {
    const plan = await planNewClusterRestore(request, prepare());

    expect(plan).toMatchObject({ action: 'restore', executor: 'lambda', conflicts: [] });
    expect(plan).not.toHaveProperty('clusterId');
  });

  it('refuses an id that is taken, and what the restore would refuse', async () => {
    await expect(planNewClusterRestore({ ...request, clusterId: 'cluster-1' }, prepare())).rejects.toMatchObject({
      code: 10001,
    });
    await expect(planNewClusterRestore({ ...request, clusterId: 'free' }, prepare())).resolves.toMatchObject({
      clusterId: 'free',
    });
    await expect(planNewClusterRestore({ ...request, withSystemTables: true }, prepare())).rejects.toMatchObject({
      code: 10001,
    });
    await expect(planNewClusterRestore(request, { ...prepare(), hasProvisioner: false })).rejects.toMatchObject({
      code: 10001,
    });
  });
});

describe('the plan of a drill', () => {
  it('adds that the cost of the throwaway cluster is unknown', async () => {
    const deps = prepare({ checksums: { tables: 1 } });

    const { action, checksLeft } = await planDrill({ backupId: 'backup-1' }, deps);

    expect(action).toBe('drill');
    expect(checksLeft.at(0)).toBe(FILES);
    expect(checksLeft.at(-1)).toContain('what the throwaway cluster costs');
  });

  it('refuses a backup without checksums, and a worker that does not exist', async () => {
    await expect(planDrill({ backupId: 'backup-1' }, prepare())).rejects.toMatchObject({ code: 20610 });
    const onWorker = { backupId: 'backup-1', executor: 'fargate' } as const;
    await expect(planDrill(onWorker, { ...prepare(), hasWorker: false })).rejects.toMatchObject({ code: 10001 });
  });
});
