import { describe, expect, it } from 'vitest';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import { endDeletion, endOperation, endRestore } from '../../../../functions/domain/workflow/end-operation.ts';
import type { Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import {
  updateBackupRecord,
  updateBackupRecordInput,
} from '../../../../functions/workflow/backup/update-backup-record.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };
const RESULT = { attempt: 1, backupTso: '449999999999999999', sizeBytes: '9007199254740993', endTime: later(60) };
const PROCESSING = { ...aBackup({ attempts: 1 }), status: 'Processing', startTime: CREATED, progress: 99 } as const;

describe('the end of an operation', () => {
  it('frees the cluster first, so that a workflow shown as ended holds nothing', async () => {
    const done: string[] = [];
    await endOperation(INPUT, 'BackupCluster', 'Finished', {
      clusters: { unlock: async () => done.push('unlock') > 0 },
      workflows: { setStatus: async () => done.push('setStatus') > 0 },
      clock: { now: () => 0 },
    });

    expect(done).toEqual(['unlock', 'setStatus']);
  });

  const recorded = (record: BackupRecord | undefined) => {
    const done: unknown[][] = [];
    const note = async (...step: unknown[]) => done.push(step) > 0;
    const deps = {
      clusters: { unlock: (...ids: string[]) => note('unlock', ...ids) },
      workflows: {
        setStatus: async ({ flowName, bizId }: Pick<Workflow, 'flowName' | 'bizId'>, status: string, at: string) =>
          note('setStatus', flowName, bizId, status, at),
      },
      backups: {
        get: async (id: string) => (id === record?.backupId ? record : FULL),
        releaseBase: (id: string) => note('releaseBase', id),
        releaseFromRestore: async (id: string) => {
          await note('releaseFromRestore', id);
        },
      },
      deletions: { finish: async (id: string) => void (await note('finish', id)) },
      clock: { now: () => Date.parse(CREATED) },
    };
    return { done, deps };
  };
  const FULL: BackupRecord = {
    ...aBackup({ backupId: 'full' }),
    ...({ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1' } as const),
    ...{ finishedAttempt: 1, dependents: new Set(['backup-1']), dependentsAdded: 1 },
  };
  const DELETED: BackupRecord = {
    ...aBackup({ backupType: 'incr', base: { backupId: 'full', backupTso: '1' } }),
    status: 'Failed',
    endTime: CREATED,
    error: { code: 10000, message: 'it failed' },
  };

  it('of a deletion frees the cluster, then the base, and removes the record before the final status', async () => {
    const { done, deps } = recorded(DELETED);

    await endDeletion(INPUT, deps);

    expect(done).toEqual([
      ['unlock', 'cluster-1', 'backup-1'],
      ['releaseBase', 'full'],
      ['finish', 'backup-1'],
      ['setStatus', 'DeleteBackup', 'cluster-1', 'Finished', CREATED],
    ]);
  });

  it('of a restore releases the chain first, and last the requested backup', async () => {
    const { done, deps } = recorded(DELETED);

    await endRestore({ ...INPUT, maintenanceStatusChange: false }, 'RestoreExistCluster', deps);

    // It did not hold the cluster, so it releases none.
    expect(done).toEqual([
      ['releaseFromRestore', 'full'],
      ['releaseFromRestore', 'backup-1'],
      ['setStatus', 'RestoreExistCluster', 'cluster-1', 'Finished', CREATED],
    ]);
  });
});

describe('node updateBackupRecord', () => {
  it('records TSO, size and end, once', async () => {
    const stores = new MemoryStores();
    stores.record = PROCESSING;
    const input = updateBackupRecordInput.parse({ ...INPUT, backup: RESULT });

    await updateBackupRecord(input, stores);
    const first = stores.record;
    await updateBackupRecord(input, stores);

    expect(first).toMatchObject({
      status: 'Finished',
      backupTso: '449999999999999999',
      sizeBytes: '9007199254740993',
      endTime: later(60),
      finishedAttempt: 1,
    });
    expect(stores.record).toEqual(first);
    expect(stores.succeededAt).toBe(later(60));
  });

  it('does not finish a backup that another attempt has taken over', async () => {
    const stores = new MemoryStores();
    stores.record = { ...PROCESSING, attempts: 2 };

    const run = updateBackupRecord(
      { workFlowId: 'backup-1', clusterId: 'cluster-1', backupId: 'backup-1', backup: RESULT },
      stores,
    );

    await expect(run).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(stores.record).toHaveProperty('status', 'Processing');
    expect(stores.succeededAt).toBeUndefined();
  });

  it('does not finish a backup whose cancellation was promised as its statement ended', async () => {
    const stores = new MemoryStores();
    stores.record = { ...PROCESSING, cancelRequested: true };

    const run = updateBackupRecord(
      { workFlowId: 'backup-1', clusterId: 'cluster-1', backupId: 'backup-1', backup: RESULT },
      stores,
    );

    await expect(run).rejects.toMatchObject({ name: 'BackupCanceled' });
    expect(stores.record).toHaveProperty('status', 'Processing');
  });

  it('accepts no number in place of a 64-bit one', () => {
    const backup = { ...RESULT, backupTso: 449 };

    expect(updateBackupRecordInput.safeParse({ ...INPUT, backup }).success).toBe(false);
  });
});

describe('node end', () => {
  const clock = { now: () => Date.parse(CREATED) };

  it('frees the cluster and records that the workflow finished, even when it runs twice', async () => {
    const stores = new MemoryStores();

    await endOperation(INPUT, 'BackupCluster', 'Finished', { ...stores, clock });
    await endOperation(INPUT, 'BackupCluster', 'Finished', { ...stores, clock });

    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Finished');
  });

  it('leaves the lock to a caller that holds the cluster itself', async () => {
    const stores = new MemoryStores();

    await endOperation({ ...INPUT, maintenanceStatusChange: false }, 'BackupCluster', 'Finished', { ...stores, clock });

    expect(stores.cluster).toHaveProperty('maintenance');
  });
});
