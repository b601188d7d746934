import { describe, expect, it, vi } from 'vitest';
import { pacedStarts } from '../../../../functions/adapters/step-functions/paced-starts.ts';
import type { DueStrategy } from '../../../../functions/domain/strategy/strategy.ts';
import { type AutoBackupDeps, autoBackup, type Sweep } from '../../../../functions/operations/strategy/auto-backup.ts';
import { START_BURST, START_RATE } from '../../../../infra/local/aws/step-functions/actions/start-execution.ts';
import { tokenBucket } from '../../../../infra/local/aws/token-bucket.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** The duration of a DynamoDB or Step Functions call. */
const CALL_MS = 10;

/** The function's four minutes minus the time for its last item. */
const TIME_MS = 180_000;

interface Surroundings {
  /** Starts per second by others in the account. */
  others?: number;
  /** Whether the account has reached its limit of open executions. */
  isFull?: boolean;
  paced?: boolean;
}

/** A sweep of this many due strategies in simulated time, against Step Functions' limits. */
async function sweepOf(size: number, { others = 0, isFull = false, paced = true }: Surroundings = {}) {
  const clock = new VirtualClock();
  const began = clock.now();
  const admit = tokenBucket(START_RATE - others, START_BURST);
  const refusal = (name: string) => Object.assign(new Error('refused'), { name });
  const reasons = new Set<string>();
  let throttled = 0;
  const after = async <Answer>(answer: Answer): Promise<Answer> => {
    await clock.sleep(CALL_MS);
    return answer;
  };
  const executions: AutoBackupDeps['executions'] = {
    arnOf: (_, id) => id,
    exists: () => after(false),
    async start() {
      await after(undefined);
      if (isFull) throw refusal('ExecutionLimitExceeded');
      if (admit(clock.now() - began)) return true;
      throttled += 1;
      throw refusal('ThrottlingException');
    },
  };
  const due = Array.from({ length: size }, (_, number): DueStrategy => {
    const strategy = {
      weekdays: ['Sunday' as const],
      period: { start: 600, end: 660 },
      timezone: 'UTC',
      paused: false,
    };
    return { clusterId: `cluster-${number}`, strategy, nextRunAt: '2026-03-01T10:00:00.000Z' };
  });
  const deps: AutoBackupDeps = {
    clusters: { unlock: () => after(true) },
    strategies: {
      due: () => after(due),
      claim: ({ due: { clusterId } }) =>
        after({ outcome: 'claimed', own: { clusterId, tidbClusterId: undefined, since: '' } }),
      unclaim: async (_, __, reason) => {
        reasons.add(reason);
      },
      note: () => after(true),
      keepMissed: async () => {},
      countRunning: async () => 0,
    },
    backups: {
      create: () => after(true),
      removeUnstarted: () => after(true),
      newestOfScope: () => after(undefined),
      holdBase: () => after(true),
      releaseBase: () => after(true),
      get: () => after(undefined),
    },
    workflows: { create: () => after(true), removeUnstarted: () => after(true) },
    config: { read: async () => ({ maxConcurrentAutoBackups: '0' }) },
    executions: paced ? pacedStarts(executions, clock) : executions,
    events: { missed: async () => {} },
    defaultStoragePath: 'bucket/tidb',
    hasTime: () => clock.now() < began + TIME_MS,
  };
  const sweep: Sweep = await autoBackup(began, deps);
  return { sweep, seconds: (clock.now() - began) / 1_000, throttled, reasons };
}

describe('a sweep of 10,000 due strategies', () => {
  vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(console, 'info').mockReturnValue();

  it('starts all of them in its own time, and is never throttled', async () => {
    const { sweep, seconds, throttled } = await sweepOf(10_000);

    expect(sweep).toMatchObject({ due: 10_000, started: 10_000, waiting: 0, failed: 0, left: 0 });
    expect(seconds).toBeLessThan(90);
    expect(throttled).toBe(0);
  });

  it('waits for its turn while others start executions, too', async () => {
    const { sweep, throttled } = await sweepOf(10_000, { others: 80 });

    expect(sweep).toMatchObject({ started: 10_000, failed: 0, left: 0 });
    expect(throttled).toBeGreaterThan(0);
  });

  it('would fail for most of them without a pace', async () => {
    expect((await sweepOf(10_000, { paced: false })).sweep.failed).toBeGreaterThan(1_000);
  });

  it('leaves the windows open, with the reason, while the account may start no execution', async () => {
    const { sweep, reasons } = await sweepOf(16, { isFull: true });

    expect(sweep).toMatchObject({ started: 0, waiting: 16, failed: 0 });
    expect([...reasons]).toEqual([expect.stringContaining('accepted no more executions')]);
  });
});
