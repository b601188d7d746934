import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../../functions/domain/cluster/cluster.ts';
import type { Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import { type RepairEndedDeps, repairEnded } from '../../../../functions/operations/repair/repair-ended.ts';
import {
  type TakeBackUnstartedDeps,
  takeBackUnstarted,
} from '../../../../functions/operations/repair/take-back-unstarted.ts';
import { aCluster, aWorkflow, CREATED, later } from '../../../support/records.ts';

const INPUT = { workFlowId: 'restore-1', clusterId: 'cluster-1', backupId: 'backup-1', maintenanceStatusChange: true };
const ENDED = { state: 'ended', input: INPUT, reason: { Error: 'WorkflowStopped', Cause: 'stopped' } } as const;
const held = (operationId: string, since = later(60)): Cluster =>
  aCluster({ maintenance: { status: 'Restore', operationId, since } });

describe('the leftovers of an ended execution', () => {
  /** @returns the operations whose `fail` node was run */
  async function repaired(cluster: Cluster | undefined, workflow: Workflow | undefined): Promise<string[]> {
    const runs: string[] = [];
    const deps: Partial<RepairEndedDeps> = {
      clusters: { get: async () => cluster, unlock: async () => true },
      workflows: { get: async () => workflow, setStatus: async () => true },
      failNodes: { run: async (_flow, { workFlowId }) => void runs.push(workFlowId) },
    };
    await repairEnded('RestoreExistCluster', ENDED, deps as RepairEndedDeps);
    return runs;
  }
  const workflow = (status: Workflow['status']) =>
    aWorkflow({ workFlowId: 'restore-1', flowName: 'RestoreExistCluster', status });

  it('include its cluster, even if its workflow has already ended', async () => {
    expect(await repaired(held('restore-1'), workflow('Error'))).toEqual(['restore-1']);
    expect(await repaired(held('restore-1'), undefined)).toEqual(['restore-1']);
  });

  it('include its workflow, if that has not ended', async () => {
    expect(await repaired(aCluster(), workflow('Processing'))).toEqual(['restore-1']);
  });

  it('are none if the cluster is free or held by another operation, and the workflow has ended', async () => {
    expect(await repaired(aCluster(), workflow('Error'))).toEqual([]);
    expect(await repaired(held('restore-2'), workflow('Error'))).toEqual([]);
    expect(await repaired(undefined, undefined)).toEqual([]);
  });
});

describe('the cluster of a restore that was never started', () => {
  async function takenBack(cluster: Cluster): Promise<string[]> {
    const done: string[] = [];
    const deps: Partial<TakeBackUnstartedDeps> = {
      clusters: {
        get: async () => cluster,
        unlock: async (clusterId) => {
          done.push(`unlock ${clusterId}`);
          return true;
        },
        remove: async (clusterId) => {
          done.push(`remove ${clusterId}`);
          return true;
        },
      },
      secrets: { remove: async () => {} },
    };
    const operation = { operationId: 'restore-1', flowName: 'RestoreExistCluster', clusterId: 'cluster-1' } as const;
    const begun = { since: later(60), claim: undefined, workflow: undefined };
    await takeBackUnstarted({ ...operation, ...begun }, deps as TakeBackUnstartedDeps);
    return done;
  }

  it('is removed only if it was registered for that restore', async () => {
    expect(await takenBack(held('restore-1', CREATED))).toEqual(['remove cluster-1']);
    expect(await takenBack(held('restore-1'))).toEqual(['unlock cluster-1']);
    expect(await takenBack(held('restore-2', CREATED))).toEqual(['unlock cluster-1']);
  });
});
