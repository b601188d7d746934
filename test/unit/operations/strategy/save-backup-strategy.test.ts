import { describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../../../functions/domain/cluster/cluster.ts';
import {
  afterSaving,
  type SaveBackupStrategyDeps,
  saveBackupStrategy,
  type WantedStrategy,
} from '../../../../functions/operations/strategy/save-backup-strategy.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

/** A Sunday, while the window is open. */
const NOW = Date.parse(CREATED);
const OPENED = later(-3_600);
const WANTED: WantedStrategy = { weekdays: ['Sunday'], period: { start: 9 * 60, end: 11 * 60 }, paused: false };
const STRATEGY = { ...WANTED, timezone: 'UTC', registeredAt: CREATED };

/** @param isSaved outcome of each attempt */
function prepare(cluster: Cluster | undefined, ...isSaved: boolean[]) {
  const calls: unknown[][] = [];
  const deps: SaveBackupStrategyDeps = {
    clusters: { get: async () => cluster },
    strategies: {
      keepMissed: async (_, windows) => void calls.push(['keepMissed', windows.length]),
      save: async (_, change) => {
        calls.push(['save', change]);
        return isSaved.shift() ?? true;
      },
    },
    events: { missed: async (windows) => void calls.push(['tell', windows.length]) },
    metrics: { emit: (values) => void calls.push(['emit', values]) },
    hasWorker: true,
    clock: { now: () => NOW },
  };
  const saves = () => calls.filter(([call]) => call === 'save').map(([, change]) => change);
  return { calls, saves, deps, save: (wanted = WANTED) => saveBackupStrategy('cluster-1', wanted, deps) };
}

describe('saveBackupStrategy', () => {
  it('serves the open window, according to the cluster as read', async () => {
    const servedAt = later(-7 * 86_400);
    const { save, saves } = prepare(aCluster({ servedAt }));

    await save();

    expect(saves()).toMatchObject([{ nextRunAt: OPENED, servedAt, reopens: false }]);
  });

  it('says that a canceled window is open again, and only that one', async () => {
    const canceled = (start: string) => aCluster({ lastCanceled: { start, end: later(3_600), reason: 'paused' } });
    const again = prepare(canceled(OPENED));
    await again.save();
    expect(again.saves()).toMatchObject([{ reopens: true }]);

    const another = prepare(canceled(later(-7 * 86_400)));
    await another.save();
    expect(another.saves()).toMatchObject([{ reopens: false }]);

    const paused = prepare(aCluster());
    await paused.save({ ...WANTED, paused: true });
    expect(paused.saves()).toMatchObject([{ nextRunAt: undefined, reopens: false }]);
  });

  it('records the windows that end with the change before it saves, and publishes them afterwards', async () => {
    const missing = aCluster({ strategy: STRATEGY, nextRunAt: later(-8 * 86_400 - 3_600) });
    const { save, calls } = prepare(missing, false, true);

    await save({ ...WANTED, paused: true });

    expect(calls.map(([call]) => call)).toEqual(['keepMissed', 'save', 'keepMissed', 'save', 'emit', 'tell']);
    expect(calls.at(-1)).toEqual(['tell', 1]);
  });

  it('succeeds even if they cannot be published', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const { save, deps } = prepare(aCluster({ strategy: STRATEGY, nextRunAt: later(-8 * 86_400 - 3_600) }));
    deps.events = { missed: async () => Promise.reject(new Error('throttled')) };

    await expect(save()).resolves.toBeUndefined();
  });

  it('gives up after three attempts against a cluster that keeps changing', async () => {
    const { save, saves } = prepare(aCluster(), false, false, false);

    await expect(save()).rejects.toMatchObject({ code: 20605, message: expect.stringContaining('try again') });
    expect(saves()).toHaveLength(3);
  });

  it('saves at the third attempt', async () => {
    const { save, saves } = prepare(aCluster(), false, false, true);

    await save();

    expect(saves()).toHaveLength(3);
  });

  it('refuses an unknown cluster, and drills on a missing worker', async () => {
    await expect(prepare(undefined).save()).rejects.toMatchObject({ code: 10003 });

    const { save, deps, calls } = prepare(aCluster());
    deps.hasWorker = false;
    const drill: WantedStrategy['drill'] = {
      weekdays: ['Sunday'],
      assertions: [],
      parameters: {},
      executor: 'fargate',
    };
    await expect(save({ ...WANTED, drill })).rejects.toMatchObject({ code: 10001 });
    expect(calls).toEqual([]);
  });

  it.each(['keepMissed', 'save'] as const)('returns 20605 if the store fails: %s', async (call) => {
    const { save, deps } = prepare(aCluster());
    deps.strategies = { ...deps.strategies, [call]: async () => Promise.reject(new Error('throttled')) };

    await expect(save()).rejects.toMatchObject({ code: 20605, cause: { message: 'throttled' } });
  });
});

describe('the time zone of a strategy', () => {
  const BERLIN = 'Europe/Berlin';
  const own = { ...STRATEGY, timezone: BERLIN };
  const following = { ...own, followsCluster: true };

  it.each<[string, WantedStrategy, Partial<Cluster>, boolean]>([
    ["follows the cluster's by default", WANTED, {}, true],
    ["is its own if it names one, even the cluster's", { ...WANTED, timezone: BERLIN }, {}, false],
    [
      'still follows it when sent back',
      { ...WANTED, timezone: BERLIN, isSentBack: true },
      { strategy: following },
      true,
    ],
    ['is still its own when sent back', { ...WANTED, timezone: BERLIN, isSentBack: true }, { strategy: own }, false],
    ['follows it when sent back after its removal', { ...WANTED, timezone: BERLIN, isSentBack: true }, {}, true],
    [
      'is its own when sent back with another zone',
      { ...WANTED, timezone: 'UTC', isSentBack: true },
      { strategy: following },
      false,
    ],
    ['is its own if a new request names it', { ...WANTED, timezone: BERLIN }, { strategy: following }, false],
  ])('%s', (_, wanted, change, follows) => {
    const { strategy } = afterSaving(wanted, aCluster({ timezone: BERLIN, ...change }), NOW);

    expect(strategy.timezone).toBe(wanted.timezone ?? BERLIN);
    expect(strategy.followsCluster).toBe(follows ? true : undefined);
    expect(strategy).not.toHaveProperty('isSentBack');
    expect(strategy.registeredAt).toBe(CREATED);
  });

  it.each([
    [true, 'the strategy was paused while it was open'],
    [false, 'the strategy was changed while it was open'],
  ])('says why it ends an open window: paused %s', (paused, reason) => {
    const cluster = aCluster({ strategy: STRATEGY, nextRunAt: OPENED });
    const period = { start: 20 * 60, end: 21 * 60 };

    expect(afterSaving({ ...WANTED, period, paused }, cluster, NOW).ended.canceled).toMatchObject({ reason });
  });
});
