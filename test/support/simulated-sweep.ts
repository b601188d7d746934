import { pacedStarts } from '../../functions/adapters/step-functions/paced-starts.ts';
import type { DueStrategy } from '../../functions/domain/strategy/strategy.ts';
import { type AutoBackupDeps, autoBackup, type Sweep } from '../../functions/operations/strategy/auto-backup.ts';
import { START_BURST, START_RATE } from '../../infra/local/aws/step-functions/actions/start-execution.ts';
import { tokenBucket } from '../../infra/local/aws/token-bucket.ts';
import { VirtualClock } from './virtual-clock.ts';

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
export async function simulateSweep(size: number, { others = 0, isFull = false, paced = true }: Surroundings = {}) {
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
