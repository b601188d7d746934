import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { autoBackup } from '../../../functions/operations/strategy/auto-backup.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
// The world's clock begins at 10:00 UTC on Sunday, 2026-03-01.
beforeAll(async () => {
  vi.spyOn(console, 'info').mockReturnValue();
  world = await startApiWorld();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

let clusterId: string;
let clusters = 0;
beforeEach(async () => {
  clusters += 1;
  clusterId = await world.register(`cluster-${clusters}`);
  world.missed.length = 0;
});

const HOUR = 3_600_000;
const DAILY = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday';
const now = () => world.ports.clock.now();
/** `10:00` of the world's day, and of the days after it. */
const put = (period: string, change: object = {}) =>
  world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { backupDate: DAILY, period, ...change } });
const strategy = async () => (await world.api(`GET /clusters/${clusterId}/strategy`)).data.strategy as Strategy;
const sweep = () => autoBackup(now(), { ...world.ports, hasTime: () => true });
const hourNow = () => new Date(now()).getUTCHours();
/** A window from this many hours after now to that many. */
const period = (from: number, to: number) => {
  const hour = (plus: number) => `${(hourNow() + plus + 24) % 24}:00`;
  return `${hour(from)}-${hour(to)}`;
};
const at = (hours: number) => new Date(now() + hours * HOUR).toISOString();

interface Strategy {
  timezone: string;
  nextRuns: string[];
  lastMissed?: { start: string; end: string; reason: string };
  lastCanceled?: { start: string; end: string; reason: string };
}

describe('an open window that waits', () => {
  it('is canceled if its strategy moves it away', async () => {
    await put(period(-1, 1));

    await put(period(3, 5));

    expect((await strategy()).lastCanceled).toEqual({
      start: at(-1),
      end: at(1),
      reason: 'the strategy was changed while it was open',
    });
    expect((await strategy()).lastMissed).toBeUndefined();
    expect(world.missed).toEqual([]);
  });

  it('continues if its strategy makes it longer', async () => {
    await put(period(-1, 1));

    await put(period(-1, 2));

    expect(await strategy()).not.toHaveProperty('lastCanceled');
    expect(await sweep()).toMatchObject({ started: 1 });
  });

  it('is canceled if its strategy is paused or deleted', async () => {
    await put(period(-1, 1));
    await put(period(-1, 1), { paused: true });
    const paused = await strategy();
    await put(period(-2, 1));
    await world.api(`DELETE /clusters/${clusterId}/strategy`);

    expect(paused.lastCanceled).toMatchObject({ reason: 'the strategy was paused while it was open' });
    expect((await strategy()).lastCanceled).toMatchObject({
      start: at(-2),
      reason: 'the strategy was deleted while it was open',
    });
  });

  it('is open again, and no longer canceled, if its strategy is paused and resumed', async () => {
    await put(period(-1, 1));
    await put(period(-1, 1), { paused: true });

    await put(period(-1, 1));

    expect(await strategy()).not.toHaveProperty('lastCanceled');
    expect(await sweep()).toMatchObject({ started: 1 });
    await world.ports.clusters.unlock(clusterId, [...world.executions.keys()].at(-1) ?? '');
  });

  it('is exchanged for another and back, which leaves the other as the canceled one', async () => {
    await put(period(-1, 1));
    await put(period(-2, 1));

    await put(period(-1, 1));

    expect((await strategy()).lastCanceled).toMatchObject({ start: at(-2) });
    // The sweeps of other tests must find nothing of it.
    await world.api(`DELETE /clusters/${clusterId}/strategy`);
  });

  it('ends as started if its strategy changes after its backup has started', async () => {
    await put(period(-1, 1));
    expect(await sweep()).toMatchObject({ started: 1 });

    await put(period(3, 5));

    expect(await strategy()).not.toHaveProperty('lastCanceled');
    await world.ports.clusters.unlock(clusterId, [...world.executions.keys()].at(-1) ?? '');
  });
});

describe('a window that closed without a backup and that no sweep has recorded yet', () => {
  it.each(['PUT', 'DELETE'])('is missed when the strategy is changed or removed: %s', async (method) => {
    await put(period(1, 2));
    world.advance(3 * HOUR);

    if (method === 'PUT') await put(period(5, 6));
    else await world.api(`DELETE /clusters/${clusterId}/strategy`);

    const window = { start: at(-2), end: at(-1), reason: 'no sweep ran while it was open' };
    expect(world.missed).toEqual([{ clusterId, ...window }]);
    if (method === 'PUT') expect((await strategy()).lastMissed).toEqual(window);
  });

  it('is missed, with the reason for its wait, when its cluster is removed', async () => {
    await put(period(1, 2));
    world.advance(HOUR);
    const hold = { status: 'Restore', operationId: 'restore-1', since: at(0) } as const;
    await world.ports.clusters.lock(clusterId, hold);
    expect(await sweep()).toMatchObject({ waiting: 1 });
    world.advance(2 * HOUR);
    await world.ports.clusters.unlock(clusterId, 'restore-1');

    expect(await world.api(`DELETE /clusters/${clusterId}`)).toMatchObject({ code: 0 });

    expect(world.missed.filter((window) => window.clusterId === clusterId)).toMatchObject([
      { clusterId, start: at(-2), reason: 'Restore restore-1 held the cluster' },
    ]);
  });

  it('is still missed if the event bus is unavailable', async () => {
    vi.spyOn(console, 'error').mockReturnValueOnce();
    vi.spyOn(world.ports.events, 'missed').mockRejectedValueOnce(new Error('throttled'));
    await put(period(1, 2));
    world.advance(3 * HOUR);

    expect(await put(period(5, 6))).toMatchObject({ code: 0 });

    expect((await strategy()).lastMissed).toMatchObject({ start: at(-2) });
  });
});

describe('a cluster that is registered again during a window', () => {
  it('has its own backup in it', async () => {
    const window = period(-1, 2);
    await put(window);
    expect(await sweep()).toMatchObject({ started: 1 });
    const former = [...world.executions.keys()].at(-1) ?? '';
    await world.ports.clusters.unlock(clusterId, former);
    await world.api(`DELETE /clusters/${clusterId}`);
    world.advance(HOUR);
    await world.register(clusterId);
    await world.api(`PUT /clusters/${clusterId}/strategy`, {
      strategy: { backupDate: DAILY, period: window },
    });

    expect(await sweep()).toMatchObject({ started: 1, overtaken: 0 });

    const own = [...world.executions.keys()].at(-1) ?? '';
    expect(own).not.toBe(former);
    await world.ports.clusters.unlock(clusterId, own);
  });
});

describe('the time zone of a strategy', () => {
  const move = (timezone: string) =>
    world.api(`PUT /clusters/${clusterId}`, { clusterName: 'Moved', endpoints: ['tidb:4000'], timezone });
  const sendBack = async (change: object) =>
    world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { ...(await strategy()), ...change } });

  it("follows the cluster's unless it names its own", async () => {
    await put('3:00-4:00');
    await move('Asia/Tokyo');
    const followed = await strategy();
    await sendBack({});
    await move('Europe/Berlin');
    const sentBack = await strategy();
    await world.api(`DELETE /clusters/${clusterId}/strategy`);
    await put('3:00-4:00', { timezone: 'Europe/Berlin' });
    await move('UTC');

    expect(followed).toMatchObject({ timezone: 'Asia/Tokyo' });
    expect(followed.nextRuns[0]).toMatch(/T18:00:00.000Z$/);
    // Sent back as returned, it still follows.
    expect(sentBack).toMatchObject({ timezone: 'Europe/Berlin' });
    expect(await strategy()).toMatchObject({ timezone: 'Europe/Berlin' });
  });

  it("follows the cluster's if the answer for a cluster without a strategy is sent back, changed", async () => {
    await sendBack({ backupDate: 'Monday', period: '3:00-4:00' });
    await move('Asia/Tokyo');

    expect(await strategy()).toMatchObject({ timezone: 'Asia/Tokyo' });
  });

  it("is its own if it is named, even if it is the cluster's", async () => {
    await put('3:00-4:00');
    await put('3:00-4:00', { timezone: 'UTC' });
    await sendBack({ period: '4:00-5:00' });
    await move('Asia/Tokyo');

    expect(await strategy()).toMatchObject({ timezone: 'UTC' });
  });

  it('that moves away from an open window cancels it', async () => {
    await put(period(-1, 1));

    await move('Asia/Tokyo');

    expect((await strategy()).lastCanceled).toMatchObject({ start: at(-1) });
  });

  it('that moves away from an open window and back opens it again', async () => {
    await put(period(-1, 1));
    await move('Asia/Tokyo');

    await move('UTC');

    expect(await strategy()).not.toHaveProperty('lastCanceled');
    expect(await sweep()).toMatchObject({ started: 1 });
    await world.ports.clusters.unlock(clusterId, [...world.executions.keys()].at(-1) ?? '');
  });
});
