import { describe, expect, it } from 'vitest';
import { endOperation } from '../../../functions/domain/end-operation.ts';
import { updateBackupRecord, updateBackupRecordInput } from '../../../functions/workflow/nodes/update-backup-record.ts';
import { MemoryStores } from '../../support/memory-stores.ts';
import { aBackup, CREATED, later } from '../../support/records.ts';

const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };
const RESULT = { attempt: 1, backupTso: '449999999999999999', sizeBytes: '9007199254740993', endTime: later(60) };
const PROCESSING = { ...aBackup({ attempts: 1 }), status: 'Processing', startTime: CREATED, progress: 99 } as const;

describe('the end of an operation', () => {
  it('frees the cluster first, so that a workflow that reads as ended holds nothing', async () => {
    const done: string[] = [];
    await endOperation(INPUT, 'BackupCluster', 'Finished', {
      clusters: { unlock: async () => done.push('unlock') > 0 },
      workflows: { setStatus: async () => done.push('setStatus') > 0 },
      clock: { now: () => 0 },
    });

    expect(done).toEqual(['unlock', 'setStatus']);
  });
});

describe('node updateBackupRecord', () => {
  it('notes TSO, size and end, and notes them once', async () => {
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

  it('does not finish a backup whose cancelling was promised as its statement ended', async () => {
    const stores = new MemoryStores();
    stores.record = { ...PROCESSING, cancelRequested: true };

    const run = updateBackupRecord(
      { workFlowId: 'backup-1', clusterId: 'cluster-1', backupId: 'backup-1', backup: RESULT },
      stores,
    );

    await expect(run).rejects.toMatchObject({ name: 'BackupCanceled' });
    expect(stores.record).toHaveProperty('status', 'Processing');
  });

  it('takes no number for a 64-bit one', () => {
    const backup = { ...RESULT, backupTso: 449 };

    expect(updateBackupRecordInput.safeParse({ ...INPUT, backup }).success).toBe(false);
  });
});

describe('node end', () => {
  const clock = { now: () => Date.parse(CREATED) };

  it('frees the cluster and says that the workflow finished, twice as well as once', async () => {
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
