import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deletionId } from '../../../../functions/domain/backup/backup-record.ts';
import { REMOVAL } from '../../../../functions/operations/cluster/remove-cluster.ts';
import { type ReconcileDeps, reconcile } from '../../../../functions/operations/repair/reconcile.ts';
import { CREATED } from '../../../support/records.ts';

const NOW = Date.parse(CREATED);

/** Unfinished operations have ended by the time they are checked, except failing ones. */
function prepare({ hasTime = () => true, failing = [] }: { hasTime?: () => boolean; failing?: string[] } = {}) {
  const looked: string[] = [];
  const look = (kind: string) => async (id: string) => {
    looked.push(`${kind} ${id}`);
    if (failing.includes(id)) throw new Error('throttled');
    return undefined;
  };
  const hold = (clusterId: string, operationId: string) => ({
    clusterId,
    maintenance: { status: 'BackUp' as const, operationId, since: CREATED },
  });
  const deps = {
    unfinished: {
      holds: async () => [hold('cluster-1', 'backup-1'), hold('cluster-2', REMOVAL)],
      workflows: async () => ['backup-1', 'restore-1', deletionId({ backupId: 'locked', deletions: 1 })],
      deletions: async () => ({ due: ['due'], locked: ['locked'] }),
      withFiles: async () => ['failed'],
    },
    clusters: { get: look('cluster') },
    backups: { get: look('backup') },
    // With a hold and without a workflow, an operation is left to its starter for five minutes.
    workflows: { get: look('workflow') },
    hasTime,
  };
  return { looked, run: () => reconcile(NOW, deps as unknown as ReconcileDeps) };
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue();
});

describe('a sweep of unfinished operations', () => {
  it('checks each once, except deletions that wait for a lock', async () => {
    const { run, looked } = prepare();

    expect(await run()).toEqual({ running: 1, over: 4, repaired: 0, failed: 0, left: 0 });
    expect(looked.sort()).toEqual([
      'backup due',
      'backup failed',
      'cluster cluster-2',
      'workflow backup-1',
      'workflow restore-1',
    ]);
  });

  it('continues after a failure', async () => {
    const { run } = prepare({ failing: ['restore-1', 'due'] });

    expect(await run()).toEqual({ running: 1, over: 2, repaired: 0, failed: 2, left: 0 });
  });

  it('leaves the rest to the next sweep when its time is up', async () => {
    let looks = 0;
    const { run, looked } = prepare({
      hasTime: () => {
        looks += 1;
        return looks <= 2;
      },
    });

    expect(await run()).toMatchObject({ left: 3 });
    expect(looked).toHaveLength(2);
  });
});
