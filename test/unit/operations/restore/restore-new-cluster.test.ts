import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import {
  type RestoreNewClusterDeps,
  restoreNewCluster,
} from '../../../../functions/operations/restore/restore-new-cluster.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const BACKUP: FinishedBackup = {
  ...aBackup(),
  ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1', finishedAttempt: 1 },
};

describe('a restore into a given cluster whose execution seems not to have started', () => {
  /** @param isUnstarted whether its workflow could be rolled back */
  async function restore(isUnstarted: boolean): Promise<{ removed: string[]; answer: unknown }> {
    const removed: string[] = [];
    const deps: Partial<RestoreNewClusterDeps> = {
      clusters: {
        get: async () => undefined,
        create: async () => true,
        remove: async (clusterId) => removed.push(clusterId) > 0,
      },
      backups: { get: async () => BACKUP },
      workflows: { get: async () => undefined, create: async () => true, removeUnstarted: async () => isUnstarted },
      executions: {
        ...({ arnOf: () => 'arn', exists: async () => false } as const),
        start: () => Promise.reject(new Error('no answer')),
      } as unknown as RestoreNewClusterDeps['executions'],
      ...{ hasProvisioner: false, hasWorker: false, secretsPrefix: 'tidb-backup/test' },
      attempt: { isRepeated: false, newId: () => 'new-id', createTime: () => CREATED },
    };
    const request = {
      ...{ backupId: 'backup-1', clusterId: 'copy', clusterName: 'Copy', timezone: 'UTC' },
      ...{ endpoints: ['tidb:4000'], onFailure: 'keep', account: { secretArn: 'arn:aws:secretsmanager:x' } },
    } as unknown as Parameters<typeof restoreNewCluster>[0];
    const answer = await restoreNewCluster(request, deps as RestoreNewClusterDeps).catch((error: unknown) => error);
    return { removed, answer };
  }

  it('removes the cluster, and says so', async () => {
    const { removed, answer } = await restore(true);

    expect(removed).toEqual(['copy']);
    expect(answer).toHaveProperty('code', 40103);
  });

  it('keeps the cluster if the execution runs after all', async () => {
    expect(await restore(false)).toEqual({ removed: [], answer: { workFlowId: 'new-id', clusterId: 'copy' } });
  });
});
