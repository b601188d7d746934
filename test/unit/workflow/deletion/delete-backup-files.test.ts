import { describe, expect, it } from 'vitest';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import {
  type DeleteBackupFilesDeps,
  deleteBackupFiles,
} from '../../../../functions/workflow/deletion/delete-backup-files.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

describe('node deleteBackupFiles, of a cluster that a deletion holds', () => {
  /** @returns what it was unlocked for */
  async function unlockedFor(operationId: string): Promise<string[]> {
    const record: BackupRecord = { ...aBackup(), status: 'Deleting', deleteTime: CREATED, deletions: 2 };
    const unlocked: string[] = [];
    const deps: Partial<DeleteBackupFilesDeps> = {
      clusters: {
        get: async () => undefined,
        lock: async () => ({ outcome: 'held', maintenance: { status: 'Deleting', operationId, since: CREATED } }),
        unlock: async (_id, of) => unlocked.push(of) > 0,
      },
      backups: { get: async () => record, releaseBase: async () => true },
      workflows: { create: async () => true, recordSuccess: async () => {} },
      clock: { now: () => Date.parse(CREATED), sleep: async () => {} },
      timeIsUp: new AbortController().signal,
    };
    const input = { workFlowId: 'backup-1-delete-2', clusterId: 'cluster-1', backupId: 'backup-1' };
    const run = deleteBackupFiles(
      { input: { ...input, maintenanceStatusChange: true }, executionArn: 'arn', startTime: CREATED },
      deps as DeleteBackupFilesDeps,
    );
    await expect(run).rejects.toHaveProperty('name', 'ClusterBusy');
    return unlocked;
  }

  it('ends the hold of an earlier deletion of the same backup, which is over', async () => {
    expect(await unlockedFor('backup-1-delete-1')).toEqual(['backup-1-delete-1']);
  });

  it('waits for that of another backup, and for one of its own that is not over', async () => {
    expect(await unlockedFor('backup-2-delete-1')).toEqual([]);
    expect(await unlockedFor('backup-1-delete-2')).toEqual([]);
  });
});
