import { describe, expect, it } from 'vitest';
import { type DeletionFailDeps, deletionFail } from '../../../../functions/workflow/deletion/deletion-fail.ts';
import { aBackup, aWorkflow, CREATED } from '../../../support/records.ts';

const INPUT = {
  ...{ workFlowId: 'w', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true },
  error: { Error: 'FilesRemain', Cause: '{"errorMessage": "AccessDenied"}' },
};

/** @returns the calls, in order */
async function run(succeededAt: string | undefined): Promise<string[]> {
  const calls: string[] = [];
  const called = (name: string) => async () => calls.push(name) > 0;
  const deps = {
    backups: { get: async () => aBackup(), releaseBase: called('releaseBase') },
    clusters: { unlock: called('unlock') },
    deletions: { fail: called('fail'), finish: called('finish') },
    workflows: {
      get: async () => aWorkflow({ workFlowId: 'w', ...(succeededAt && { succeededAt }) }),
      setStatus: async (_: unknown, status: string) => void calls.push(status),
    },
    clock: { now: () => Date.parse(CREATED) },
  };
  await expect(deletionFail(INPUT, deps as unknown as DeletionFailDeps)).rejects.toMatchObject({
    name: 'FilesRemain',
    message: 'AccessDenied',
  });
  return calls;
}

describe('node fail of a deletion', () => {
  it('records why the record is still there, and frees the cluster', async () => {
    expect(await run(undefined)).toEqual(['fail', 'unlock', 'Error']);
  });

  it('ends a successful one as a success', async () => {
    expect(await run(CREATED)).toEqual(['unlock', 'finish', 'Finished']);
  });
});
