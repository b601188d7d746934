import { describe, expect, it } from 'vitest';
import type { BackupRecord, DeletingBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { ExecutionState } from '../../../../functions/domain/workflow/workflow-executions.ts';
import { REMOVAL } from '../../../../functions/operations/cluster/remove-cluster.ts';
import {
  removeRemainingFiles,
  type SettleDeps,
  settleDeletion,
  settleOperation,
  settleRemoval,
} from '../../../../functions/operations/repair/settle-unfinished.ts';
import { aBackup, aCluster, aWorkflow, CREATED, later } from '../../../support/records.ts';

it('leaves the removal of a cluster to its request for five minutes', async () => {
  const removed: string[] = [];
  const deps: Partial<SettleDeps> = {
    clusters: {
      get: async () => aCluster({ maintenance: { status: 'Deleting', operationId: REMOVAL, since: CREATED } }),
      remove: async (clusterId) => removed.push(clusterId) > 0,
      unlock: async () => true,
    },
    secrets: { remove: async () => {} },
  };
  const settle = (minutes: number) =>
    settleRemoval('cluster-1', Date.parse(CREATED) + minutes * 60_000, deps as SettleDeps);

  expect(await settle(4.9)).toBe('running');
  expect(removed).toEqual([]);
  expect(await settle(5)).toBe('repaired');
  expect(removed).toEqual(['cluster-1']);
});

const MINUTE = 60;
const HOUR = 3_600;
const at = (seconds: number) => Date.parse(later(seconds));

describe('a record whose deletion has not ended', () => {
  const deleting = (change: Partial<DeletingBackup> = {}): DeletingBackup => ({
    ...aBackup(),
    ...({ status: 'Deleting', deleteTime: CREATED, deletions: 1, updateTime: CREATED } as const),
    ...change,
  });

  async function settle(
    record: BackupRecord | undefined,
    seconds: number,
    state: 'running' | 'ended' | 'absent' = 'ended',
  ) {
    const deps = {
      backups: { get: async () => record },
      deletions: { startAgain: async () => record, beginDeletion: async () => record, start: async () => record },
      executions: {
        arnOf: (_: unknown, id: string) => id,
        stateOf: async () => ({ state }),
        start: async () => true,
      },
      clock: { now: () => at(seconds) },
    };
    return await settleDeletion('backup-1', at(seconds), deps as unknown as SettleDeps).catch(() => 'started');
  }

  it.each<[string, BackupRecord | undefined, number, string]>([
    ['is over once its record is removed', undefined, 0, 'over'],
    ['is over if its record is not being deleted', aBackup(), HOUR, 'over'],
    ['is left alone for the first five minutes', deleting(), 5 * MINUTE - 1, 'running'],
    [
      'is left alone for as long again as it has been failing',
      deleting({ updateTime: later(20 * MINUTE) }),
      40 * MINUTE - 1,
      'running',
    ],
    ['is left alone for a day at most', deleting({ updateTime: later(90 * HOUR) }), 114 * HOUR - 1, 'running'],
    ['is left alone while it is locked', deleting({ lockedUntil: later(HOUR) }), HOUR - 1, 'running'],
    [
      'does not count the time for which it was locked',
      deleting({ lockedUntil: later(HOUR), updateTime: later(HOUR + MINUTE) }),
      HOUR + 6 * MINUTE - 1,
      'running',
    ],
  ])('%s', async (_, record, seconds, outcome) => {
    expect(await settle(record, seconds)).toBe(outcome);
  });

  it.each<[string, DeletingBackup, number]>([
    ['after five minutes', deleting(), 5 * MINUTE],
    ['after as long again as it has been failing', deleting({ updateTime: later(20 * MINUTE) }), 40 * MINUTE],
    ['after a day', deleting({ updateTime: later(90 * HOUR) }), 114 * HOUR],
    ['when its lock ends', deleting({ lockedUntil: later(HOUR) }), HOUR],
    [
      'five minutes after the first try since its lock',
      deleting({ lockedUntil: later(HOUR), updateTime: later(HOUR + MINUTE) }),
      HOUR + 6 * MINUTE,
    ],
  ])('is retried %s, if no execution is running', async (_, record, seconds) => {
    expect(await settle(record, seconds)).not.toBe('running');
    expect(await settle(record, seconds, 'absent')).not.toBe('running');
    expect(await settle(record, seconds, 'running')).toBe('running');
  });
});

describe('files of a failed backup', () => {
  const failed = (change: object = {}): BackupRecord => ({
    ...aBackup(),
    ...({ status: 'Failed', startTime: CREATED, endTime: CREATED, updateTime: CREATED } as const),
    ...{ error: { code: 1, message: 'it failed' }, filesRemain: 'the store was away', ...change },
  });

  async function remove(record: BackupRecord | undefined, seconds: number) {
    const runs: unknown[][] = [];
    const deps = {
      backups: { get: async () => record },
      failNodes: { run: async (...run: unknown[]) => runs.push(run) },
    };
    return [await removeRemainingFiles('backup-1', at(seconds), deps as unknown as SettleDeps), runs] as const;
  }

  it('are removed by the node that knows them', async () => {
    const error = { Error: 'FilesRemain', Cause: 'the store was away' };
    expect(await remove(failed(), 5 * MINUTE)).toMatchObject([
      'repaired',
      [['BackupCluster', { flowName: 'BackupCluster' }, error]],
    ]);
    const scratch = failed({ backupMode: 'scratch' });
    expect(await remove(scratch, 5 * MINUTE)).toMatchObject(['repaired', [[expect.any(String), {}, error]]]);
  });

  it('stay if it is too early, or there are none', async () => {
    expect(await remove(failed(), 5 * MINUTE - 1)).toEqual(['running', []]);
    for (const none of [undefined, aBackup()]) {
      expect(await remove(none, HOUR)).toEqual(['over', []]);
    }
  });
});

describe('an operation that is not known to have ended', () => {
  const HOLD = {
    clusterId: 'cluster-1',
    maintenance: { status: 'BackUp', operationId: 'backup-1', since: CREATED },
  } as const;
  const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };

  interface World {
    workflow?: ReturnType<typeof aWorkflow> | undefined;
    execution?: ExecutionState;
    hold?: typeof HOLD | undefined;
    record?: BackupRecord;
    seconds?: number;
  }
  async function settle({ workflow, execution = { state: 'absent' }, hold, record, seconds = 0 }: World) {
    const deps = {
      workflows: { get: async () => workflow },
      backups: { get: async () => record },
      executions: {
        stateOf: async () => execution,
        stop: async () => Promise.reject(new Error('it is stopped')),
      },
    };
    return await settleOperation('backup-1', hold, at(seconds), deps as unknown as SettleDeps).catch(
      (error: unknown) => (error instanceof Error && error.message === 'it is stopped' ? 'stopped' : 'repairing'),
    );
  }
  const running = { state: 'running', input: INPUT } as ExecutionState;

  it.each<[string, World, string]>([
    ['without a workflow or a hold is over', {}, 'over'],
    ['is left for five minutes to whoever starts it', { hold: HOLD, seconds: 299 }, 'running'],
    ['is taken back after that', { hold: HOLD, seconds: 300 }, 'repairing'],
    ['with a workflow and no execution is left for five minutes', { workflow: aWorkflow(), seconds: 299 }, 'running'],
    ['with a workflow and no execution is taken back after that', { workflow: aWorkflow(), seconds: 300 }, 'repairing'],
    [
      'that runs is left alone',
      { workflow: aWorkflow({ status: 'Processing' }), execution: running, hold: HOLD },
      'running',
    ],
    [
      'that has not begun in time is ended',
      { workflow: aWorkflow(), execution: running, hold: HOLD, record: aBackup(), seconds: 25 * HOUR },
      'stopped',
    ],
    [
      'that may still begin is left alone',
      { workflow: aWorkflow(), execution: running, hold: HOLD, record: aBackup(), seconds: HOUR },
      'running',
    ],
    [
      'whose record is removed is left alone',
      { workflow: aWorkflow(), execution: running, hold: HOLD, seconds: 25 * HOUR },
      'running',
    ],
    [
      'that holds no cluster is left alone',
      { workflow: aWorkflow(), execution: running, record: aBackup(), seconds: 25 * HOUR },
      'running',
    ],
    [
      'that is not a backup is left alone',
      {
        workflow: aWorkflow({ flowName: 'RestoreExistCluster' }),
        execution: running,
        hold: HOLD,
        record: aBackup(),
        seconds: 25 * HOUR,
      },
      'running',
    ],
  ])('%s', async (_, world, outcome) => {
    expect(await settle(world)).toBe(outcome);
  });
});
