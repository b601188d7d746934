import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackupOutcome } from '../../../../functions/domain/tidb/tidb.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { type Supervision, supervise, takeUp } from '../../../../functions/workflow/shared/supervise-statement.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const LOCATION = { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1/attempt-1' } as const;
const FOUND: BackupOutcome = { backupTso: '1', sizeBytes: '2' };
const CANCELED = new NodeFailure('BackupCanceled', 'a user has canceled it');

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});

interface Change extends Partial<Pick<Supervision<BackupOutcome>, 'observe' | 'adopt'>> {
  deadline?: number;
  interruption?: AbortSignal;
}

async function prepare({ deadline = Number.POSITIVE_INFINITY, interruption, ...change }: Change = {}) {
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const began = clock.now();
  const session = await tidb.openSession();
  const supervision: Supervision<BackupOutcome> = {
    mark: { kind: 'BACKUP', backupId: 'backup-1', attempt: 1 },
    announce: async () => {},
    send: () => session.backup({ location: LOCATION, limits: {} }),
    observe: async () => {},
    adopt: async () => undefined,
    ...{ session, clock },
    runner: { deadline: began + deadline, outOfTime: 'it is begun again', interruption },
    ...change,
  };
  return { tidb, clock, supervision, passed: () => clock.now() - began };
}

const INTERRUPTED = AbortSignal.abort(new NodeFailure('WorkerInterrupted', 'its host goes away'));

describe('a supervised statement', () => {
  it('is neither sent nor looked for by a run that must stop', async () => {
    const { tidb, supervision } = await prepare({ interruption: INTERRUPTED });

    await expect(supervise(supervision)).rejects.toMatchObject({ name: 'WorkerInterrupted' });
    await expect(takeUp(supervision, '1')).rejects.toThrow(/^BACKUP was stopped at an unknown point: /);
    expect([tidb.sent, tidb.disconnected]).toEqual([[], []]);
  });

  it('is stopped at the check that meets the deadline', async () => {
    // Checks come after 250 ms, 750, 1,750, and every two seconds then.
    const { tidb, supervision, passed } = await prepare({ deadline: 3_750 });
    tidb.runsFor = 60_000;

    await expect(supervise(supervision)).rejects.toMatchObject({
      name: 'OutOfTime',
      message: 'BACKUP was stopped at 6 %: it is begun again',
    });

    expect(tidb.killed).toEqual([tidb.connectionId]);
    expect(passed()).toBeLessThan(3_750 + 5_000);
  });

  it('is not sent again after the deadline if TiDB has dropped it', async () => {
    const { tidb, supervision } = await prepare({ deadline: 3_000 });
    Object.assign(tidb, { runsFor: 1_500, drops: 1 });

    await expect(supervise(supervision)).rejects.toMatchObject({ name: 'OutOfTime' });

    expect(tidb.sent).toHaveLength(1);
  });

  it('is reported as running if its connection is lost while it is killed, and it ignores the kill', async () => {
    const { tidb, supervision } = await prepare({ deadline: 3_750 });
    Object.assign(tidb, { runsFor: 600_000, ignoresKill: true, losesConnectionAfter: 4_000 });

    await expect(supervise(supervision)).rejects.toThrow(/may still be running/);

    expect(tidb.killed.length).toBeGreaterThan(10);
  });

  it('is stopped at once by its supervisor', async () => {
    const { tidb, supervision } = await prepare({ observe: async () => Promise.reject(CANCELED) });
    tidb.runsFor = 600_000;

    await expect(supervise(supervision)).rejects.toBe(CANCELED);
    expect(tidb.isRunning()).toBe(false);
  });
});

describe('a statement whose connection is lost', () => {
  const lost = async (change: Change = {}) => {
    const prepared = await prepare(change);
    Object.assign(prepared.tidb, { runsFor: 600_000, losesConnectionAfter: 100 });
    return prepared;
  };

  it('has ended when two checks in a row do not find it', async () => {
    const { tidb, supervision, passed } = await prepare();
    Object.assign(tidb, { runsFor: 101, losesConnectionAfter: 100 });

    await expect(supervise(supervision)).rejects.toMatchObject({ name: 'TidbConnectionLost' });

    expect(passed()).toBe(100 + 2 * 2_000);
  });

  it('counts by its end, whoever wanted to stop it by then', async () => {
    let ended = false;
    const { tidb, supervision } = await prepare({
      adopt: async () => FOUND,
      observe: async () => (ended ? Promise.reject(CANCELED) : undefined),
    });
    Object.assign(tidb, { runsFor: 101, losesConnectionAfter: 100, onSend: () => (ended = true) });

    await expect(supervise(supervision)).resolves.toBe(FOUND);
  });

  it('is stopped if it is found and no longer wanted', async () => {
    const { tidb, supervision } = await lost({ deadline: 10_000 });

    await expect(supervise(supervision)).rejects.toMatchObject({ name: 'OutOfTime' });

    expect(new Set(tidb.killed)).toEqual(new Set([tidb.connectionId]));
    expect(tidb.isRunning()).toBe(false);
  });

  it('is abandoned after 150 seconds without a possible check', async () => {
    const { tidb, supervision, passed } = await lost();
    tidb.silentServer = 'tidb-0:4000';

    await expect(supervise(supervision)).rejects.toMatchObject({ name: 'TidbConnectionLost' });

    // The first check that fails, and all until 150 seconds later.
    expect(passed()).toBe(100 + 2_000 + 150_000);
  });

  it.each([
    ['TidbConnectionLost', { deadline: 10_000 }],
    ['BackupCanceled', { observe: async () => Promise.reject(CANCELED) }],
  ])('may still be running if it cannot be checked before the stop: %s', async (name, change) => {
    const { tidb, supervision, passed } = await lost(change);
    tidb.silentServer = 'tidb-0:4000';

    await expect(supervise(supervision)).rejects.toMatchObject({
      name,
      message: expect.stringContaining('may still be running'),
    });
    expect(passed()).toBeLessThan(20_000);
  });

  it('leaves no run that may send it, and no connection of its own', async () => {
    const { tidb, supervision } = await prepare({ adopt: async () => FOUND });

    expect(await takeUp(supervision, tidb.connectionId)).toBe(FOUND);
    expect(tidb.disconnected).toEqual([]);
    expect(await takeUp(supervision, '7')).toBe(FOUND);
    expect(tidb.disconnected).toEqual(['7']);
  });
});
