import { describe, expect, it, vi } from 'vitest';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { type BackupAloneDeps, backupAlone } from '../../../../functions/workflow/backup/backup-alone.ts';
import { NO_FILES } from '../../../support/backup-node.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };

/** @param attempts that have started before */
function prepare(
  attempts: number,
  removeAll?: BackupAloneDeps['files']['removeAll'],
  change: Partial<Pick<BackupAloneDeps, 'deadline' | 'interruption'>> = {},
) {
  const { clusters, backups, workflows, config } = new MemoryStores(aBackup({ attempts }));
  const clock = new VirtualClock();
  const removed: string[] = [];
  const files: BackupAloneDeps['files'] = {
    ...NO_FILES,
    removeAll: removeAll ?? (async (location) => void removed.push(displayPath(location))),
  };
  const runner = {
    executor: 'lambda',
    deadline: clock.now() + 870_000,
    outOfTime: 'there was no time',
    ...change,
  } as const;
  const deps = { clusters, backups, workflows, config, tidb: new FakeTidb(clock), files, clock, ...runner };
  return { removed, run: () => backupAlone(INPUT, deps) };
}

describe('node backup, run again', () => {
  it('removes the files of the attempts before the one that succeeded', async () => {
    const { run, removed } = prepare(2);

    await expect(run()).resolves.toMatchObject({ attempt: 3 });
    expect(removed).toEqual([1, 2].map((attempt) => `s3://backups/tidb/cluster-1/backup-1/attempt-${attempt}`));
  });

  it('removes nothing after the first attempt', async () => {
    const { run, removed } = prepare(0);

    await run();
    expect(removed).toEqual([]);
  });

  it('succeeds even if they cannot be removed, and stops with its function', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    let signal: AbortSignal | undefined;
    const { run } = prepare(1, async (_, interruption) => {
      signal = interruption;
      throw new Error('AccessDenied');
    });

    await expect(run()).resolves.toMatchObject({ attempt: 2 });
    expect(signal?.aborted).toBe(false);
  });

  describe('limits the removal', () => {
    const signalOf = async (change: Partial<Pick<BackupAloneDeps, 'deadline' | 'interruption'>>) => {
      const given: (AbortSignal | undefined)[] = [];
      const { run } = prepare(1, async (_, signal) => void given.push(signal), change);
      await run();
      return given;
    };

    it("to what is left of its function's time", async () => {
      const timeout = vi.spyOn(AbortSignal, 'timeout');

      const [signal] = await signalOf({});

      // The backup itself has taken ten of 870 seconds.
      expect(timeout.mock.calls).toEqual([[860_000]]);
      expect(signal).toBe(timeout.mock.results[0]?.value);
      timeout.mockRestore();
    });

    it('on a worker, which has no time limit, until it is stopped', async () => {
      const { signal } = new AbortController();

      expect(await signalOf({ deadline: Number.POSITIVE_INFINITY, interruption: signal })).toEqual([signal]);
      expect(await signalOf({ deadline: Number.POSITIVE_INFINITY })).toEqual([undefined]);
    });
  });
});
