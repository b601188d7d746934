import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { displayPath } from '../../../functions/domain/storage/storage-location.ts';
import type { CaughtError } from '../../../functions/domain/workflow/node-failure.ts';
import type { WaitingWorkflow } from '../../../functions/domain/workflow/waiting-workflow.ts';
import { nodesOnWorker, WHEN_STOPPED, type WorkerDeps } from '../../../functions/worker/nodes.ts';
import { runTask } from '../../../functions/worker/run-task.ts';
import type { NodeOnWorker } from '../../../functions/worker/task.ts';
import { backupMetaBytes, filesOf } from '../../support/backup-meta.ts';
import { FakeTidb } from '../../support/fake-tidb.ts';
import { MemoryStores } from '../../support/memory-stores.ts';
import { aBackup, later } from '../../support/records.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };
const BEAT_EVERY_MS = 100_000;
const HOUR_MS = 3_600_000;
/** What a restore into a new cluster, or a drill, adds to the input. */
const NEW_CLUSTER = {
  ...{ provisioner: 'lambda', onFailure: 'destroy', clusterName: 'new', timezone: 'UTC', parameters: {} },
  drill: { clusterId: 'cluster-1', startTime: later(0) },
  ready: { readyTime: later(0) },
};

let warn: MockInstance;
beforeEach(() => {
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  warn = vi.spyOn(console, 'warn').mockReturnValue();
});

/** A token of Step Functions: the first outcome uses it up. */
class Token implements WaitingWorkflow {
  readonly beats: number[] = [];
  outcome: { result: unknown } | CaughtError | undefined;
  isOver = false;
  /** Until then no call gets through; milliseconds since 1970. */
  awayUntil = 0;
  /** For this many calls with an outcome only the answer is lost. */
  lostAnswers = 0;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async beat(): Promise<boolean> {
    this.#getThrough();
    this.beats.push(this.#clock.now());
    return !this.isOver;
  }

  succeed = async (result: unknown) => this.#end({ result });
  fail = async (error: CaughtError) => this.#end(error);

  #end(outcome: { result: unknown } | CaughtError): boolean {
    this.#getThrough();
    if (this.isOver) return false;
    this.isOver = true;
    this.outcome = outcome;
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw new Error('socket hang up');
    }
    return true;
  }

  #getThrough(): void {
    if (this.#clock.now() < this.awayUntil) throw new Error('ECONNREFUSED');
  }
}

function prepare({ record = aBackup(), node = 'backup' as NodeOnWorker } = {}) {
  const stores = new MemoryStores(record);
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const token = new Token(clock);
  const removed: string[] = [];
  const files: WorkerDeps['files'] = {
    read: async () => undefined,
    write: async () => {},
    exists: async () => false,
    isEmpty: async () => false,
    dataBytes: async () => 0n,
    contents: async () => undefined,
    stateOf: async () => ({}),
    abortUploads: async () => {},
    removeAll: async (location) => void removed.push(displayPath(location)),
  };
  const deps: WorkerDeps = { ...stores, backups: stores.backups, tidb, files, clock };
  const stop = new AbortController();
  const began = clock.now();
  const run = () =>
    runTask((interruption) => nodesOnWorker(deps, interruption)[node](INPUT), {
      workflow: token,
      clock,
      beatEveryMs: BEAT_EVERY_MS,
      stopped: stop.signal,
      whenStopped: WHEN_STOPPED[node],
    });
  return { stores, clock, tidb, token, files, removed, deps, stop, began, run };
}

describe('a worker', () => {
  it("runs a backup's node without a time limit, sends heartbeats, and reports the result", async () => {
    const { run, tidb, token, stores, began } = prepare();
    tidb.runsFor = HOUR_MS;

    expect(await run()).toBe(true);

    expect(token.outcome).toMatchObject({ result: { attempt: 1, backupTso: '449999999999999999' } });
    const beats = HOUR_MS / BEAT_EVERY_MS;
    expect(token.beats.length).toBeGreaterThanOrEqual(beats);
    expect(token.beats.length).toBeLessThanOrEqual(beats + 2);
    expect(token.beats[0]).toBe(began);
    expect(stores.record).toMatchObject({ status: 'Processing', executor: 'fargate' });
  });

  it("reports a failure as Step Functions would report a function's", async () => {
    const { run, token, tidb } = prepare();
    tidb.isAway = true;

    expect(await run()).toBe(true);

    const { Error: name, Cause } = token.outcome as CaughtError;
    expect(name).toBe('TidbUnreachable');
    const errorMessage = 'no TiDB server could be reached: tidb-0:4000 (ECONNREFUSED)';
    expect(JSON.parse(Cause)).toEqual({ errorType: name, errorMessage });
  });

  it('ends as canceled when a user cancels it', async () => {
    const { run, token, tidb, stores, clock } = prepare();
    tidb.runsFor = 10 * HOUR_MS;
    tidb.onSend = () => void clock.sleep(600_000).then(() => stores.requestCancel());

    await run();

    expect(token.outcome).toMatchObject({ Error: 'BackupCanceled' });
    expect(tidb.isRunning()).toBe(false);
  });

  it('ignores failed heartbeats', async () => {
    const { run, token, tidb, clock } = prepare();
    tidb.runsFor = 1_200_000;
    token.awayUntil = clock.now() + 1_000_000;

    await run();

    expect(token.outcome).toHaveProperty('result');
    expect(warn.mock.calls[0]).toMatchObject([{ error: { message: 'ECONNREFUSED' } }]);
  });
});

describe('a node on the worker', () => {
  it.each(Object.keys(WHEN_STOPPED) as NodeOnWorker[])(
    'has its name and its request in each log line: %s',
    async (node) => {
      const { deps } = prepare();
      const input = { ...INPUT, correlationId: 'request-1', ...NEW_CLUSTER };
      // Of any cluster: the node then ends before it asks TiDB anything.
      const broken = { ...deps, backups: { ...deps.backups, get: () => Promise.reject(new Error('throttled')) } };

      await nodesOnWorker(broken, new AbortController().signal)
        [node](input)
        .catch(() => undefined);

      expect(warn).toHaveBeenLastCalledWith(
        expect.objectContaining({ message: 'node failed', node, correlationId: 'request-1', workFlowId: 'backup-1' }),
      );
    },
  );
});

describe('the outcome', () => {
  it('is reported again if the answer was lost: a finished backup does not become a failed one', async () => {
    const { run, token } = prepare();
    token.lostAnswers = 1;
    const fail = vi.spyOn(token, 'fail');

    expect(await run()).toBe(true);

    expect(token.outcome).toHaveProperty('result');
    expect(fail).not.toHaveBeenCalled();
  });

  it('is reported once Step Functions can be reached again', async () => {
    const { run, token, clock } = prepare();
    token.awayUntil = clock.now() + 1_200_000;

    expect(await run()).toBe(true);

    expect(token.outcome).toHaveProperty('result');
  });

  it('is abandoned after an hour, in which the workflow has missed the worker', async () => {
    const { run, token, clock, began } = prepare();
    token.awayUntil = Number.POSITIVE_INFINITY;

    expect(await run()).toBe(false);

    expect(clock.now() - began).toBeGreaterThanOrEqual(HOUR_MS);
    expect(clock.now() - began).toBeLessThan(1.1 * HOUR_MS);
  });

  it('is reported again after half a second, and then at longer intervals, up to 15 seconds', async () => {
    const { run, token, clock } = prepare();
    token.awayUntil = Number.POSITIVE_INFINITY;
    const at: number[] = [];
    const succeed = vi.spyOn(token, 'succeed').mockImplementation(async () => {
      at.push(clock.now());
      if (at.length < 9) throw new Error('ECONNREFUSED');
      return true;
    });

    expect(await run()).toBe(true);

    expect(succeed).toHaveBeenCalledTimes(9);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });
});

describe('a worker that no workflow waits for any more', () => {
  it('stops its statement at the next heartbeat, reports to no one, and records that files may remain', async () => {
    const { run, token, tidb, clock, stores } = prepare();
    tidb.runsFor = 10 * HOUR_MS;
    tidb.onSend = () =>
      void clock.sleep(600_000).then(async () => {
        token.isOver = true;
        await stores.backups.fail('backup-1', { error: { code: 10000, message: 'gone' }, at: later(600) });
      });
    const sent = clock.now();

    expect(await run()).toBe(true);

    expect(tidb.isRunning()).toBe(false);
    expect(clock.now() - sent).toBeLessThan(600_000 + BEAT_EVERY_MS + 30_000);
    expect(token.outcome).toBeUndefined();
    expect(stores.record).toMatchObject({ status: 'Failed', filesRemain: expect.stringContaining('abandoned run') });
  });
});

describe('a heartbeat that no workflow waits for', () => {
  it('interrupts the work, and is the last one', async () => {
    const clock = new VirtualClock();
    const token = new Token(clock);
    void clock.sleep(2.5 * BEAT_EVERY_MS).then(() => Object.assign(token, { isOver: true }));
    let reason: unknown;
    const work = async (interruption: AbortSignal) => {
      await clock.sleep(HOUR_MS, interruption).catch(() => undefined);
      reason = interruption.reason;
    };

    await runTask(work, {
      ...{ workflow: token, clock, beatEveryMs: BEAT_EVERY_MS },
      ...{ stopped: new AbortController().signal, whenStopped: 'stopped' },
    });

    expect(reason).toMatchObject({ name: 'OperationSuperseded' });
    expect(token.beats).toHaveLength(4);
  });
});

describe('a worker that is stopped from outside', () => {
  const MOMENTS: [string, (world: ReturnType<typeof prepare>) => void][] = [
    ['before it begins', ({ stop }) => stop.abort()],
    ['while it connects', ({ stop, tidb }) => stopAfter(tidb, 'openSession', stop)],
    ['as it records its attempt', ({ stop, deps }) => stopAfter(deps.backups, 'startAttempt', stop)],
    ['as it is about to send the statement', ({ stop, deps }) => stopAfter(deps.backups, 'recordStatement', stop)],
    ['as the statement is sent', ({ stop, tidb }) => Object.assign(tidb, { onSend: () => stop.abort() })],
    ['while the statement runs', ({ stop, tidb, clock }) => stopIn(90_000, { stop, tidb, clock })],
    [
      'while it looks for a statement whose connection was lost',
      ({ stop, tidb, clock }) => {
        tidb.losesConnectionAfter = 20_000;
        stopIn(90_000, { stop, tidb, clock });
      },
    ],
  ];

  it.each(MOMENTS)('%s leaves nothing running, and ends in time', async (_moment, arrange) => {
    const world = prepare();
    const { run, tidb, token, clock } = world;
    tidb.runsFor = 10 * HOUR_MS;
    let stoppedAt = clock.now();
    world.stop.signal.addEventListener('abort', () => {
      stoppedAt = clock.now();
    });
    arrange(world);

    expect(await run()).toBe(true);

    expect(token.outcome).toMatchObject({
      Error: 'WorkerInterrupted',
      Cause: expect.stringContaining('another worker starts the backup again'),
    });
    expect(tidb.isRunning()).toBe(false);
    expect(tidb.openConnections).toBe(0);
    expect(clock.now() - stoppedAt).toBeLessThan(60_000);
    expect(world.stores.record?.status).not.toBe('Failed');
  });

  it.each([
    ['ignores its kill', (tidb: FakeTidb) => Object.assign(tidb, { ignoresKill: true })],
    ['can no longer be reached', (tidb: FakeTidb) => Object.assign(tidb, { isAway: true })],
  ])('reports in time that its statement %s may still be running', async (_what, strike) => {
    const { run, tidb, token, clock, stop } = prepare();
    tidb.runsFor = 10 * HOUR_MS;
    let stoppedAt = 0;
    tidb.onSend = () =>
      void clock.sleep(90_000).then(() => {
        strike(tidb);
        stoppedAt = clock.now();
        stop.abort();
      });

    expect(await run()).toBe(true);

    expect(token.outcome).toMatchObject({
      Error: 'WorkerInterrupted',
      Cause: expect.stringContaining('may still be running'),
    });
    expect(clock.now() - stoppedAt).toBeLessThan(110_000);
  });

  it('ends in time even if TiDB does not answer, and says so', async () => {
    const { run, token, clock, stop, deps, began } = prepare();
    deps.tidb = { ...deps.tidb, openSession: () => new Promise(() => {}) };
    void clock.sleep(10_000).then(() => stop.abort());

    expect(await run()).toBe(true);

    expect(token.outcome).toMatchObject({
      Error: 'WorkerInterrupted',
      Cause: expect.stringContaining('may still be running'),
    });
    expect(clock.now() - began).toBeLessThan(110_000);
  });

  it('ends in time even if it cannot report', async () => {
    const { run, token, clock, stop, tidb, began } = prepare();
    token.awayUntil = Number.POSITIVE_INFINITY;
    tidb.runsFor = 10 * HOUR_MS;
    void clock.sleep(10_000).then(() => stop.abort());

    expect(await run()).toBe(false);

    expect(tidb.isRunning()).toBe(false);
    expect(clock.now() - began).toBeLessThan(120_000);
  });

  it('reports the result if its backup has just finished', async () => {
    const { run, token, stop, files } = prepare();
    files.stateOf = async () => {
      stop.abort();
      return {};
    };

    await run();

    expect(token.outcome).toHaveProperty('result');
  });

  it('says in the middle of a restore what to do with the tables', async () => {
    const { run, token, tidb, clock, stop, stores, files } = prepare({ node: 'restoreFromSrcCluster' });
    files.read = filesOf({ backupmeta: backupMetaBytes({ backupTso: '1' }) }).read;
    await stores.backups.startAttempt('backup-1', later(0));
    await stores.backups.finish('backup-1', { attempt: 1, backupTso: '1', sizeBytes: '1', at: later(1) });
    tidb.runsFor = 10 * HOUR_MS;
    stopIn(90_000, { stop, tidb, clock });
    const { onSend } = tidb;
    tidb.onSend = () => {
      tidb.tables = [{ database: 'shop', table: 'orders' }];
      onSend();
    };

    await run();

    expect(token.outcome).toMatchObject({
      Error: 'WorkerInterrupted',
      Cause: expect.stringMatching(/RESTORE was stopped at 0 %: .*; restore again; it left 1 tables; drop them/),
    });
    expect(tidb.isRunning()).toBe(false);
  });

  /** As the call's answer comes. */
  function stopAfter<Target extends object>(target: Target, method: keyof Target, stop: AbortController): void {
    const real = target[method];
    if (typeof real !== 'function') throw new Error('not a method');
    Object.assign(target, {
      [method]: async (...args: unknown[]) => {
        const answer: unknown = await Reflect.apply(real, target, args);
        stop.abort();
        return answer;
      },
    });
  }

  function stopIn(
    ms: number,
    { stop, tidb, clock }: Pick<ReturnType<typeof prepare>, 'stop' | 'tidb' | 'clock'>,
  ): void {
    tidb.onSend = () => void clock.sleep(ms).then(() => stop.abort());
  }
});

describe('a backup with earlier attempts', () => {
  it('removes only their files when it has succeeded', async () => {
    const { run, removed, tidb } = prepare({ record: aBackup({ attempts: 2 }) });
    let removedWhenSent: string[] | undefined;
    tidb.onSend = () => {
      removedWhenSent = [...removed];
    };

    await run();

    expect(removedWhenSent).toEqual([]);
    expect(removed).toEqual([1, 2].map((attempt) => `s3://backups/tidb/cluster-1/backup-1/attempt-${attempt}`));
  });

  it('does not fail if they cannot be removed, but logs it', async () => {
    const { run, token, files } = prepare({ record: aBackup({ attempts: 1 }) });
    files.removeAll = () => Promise.reject(new Error('SlowDown'));

    await run();

    expect(token.outcome).toMatchObject({ result: { attempt: 2 } });
    expect(warn.mock.calls).toMatchObject([[{ attempt: 2, error: { message: 'SlowDown' } }]]);
  });

  it('keeps them if it fails: the node that ends the backup removes all', async () => {
    const { run, removed, tidb } = prepare({ record: aBackup({ attempts: 1 }) });
    tidb.isAway = true;

    await run();

    expect(removed).toEqual([]);
  });
});
