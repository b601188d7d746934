import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WindowMissed } from '../../../functions/domain/events/window-events.ts';
import {
  formatPeriod,
  formatWeekdays,
  WEEKDAYS,
  windowsEndingAfter,
} from '../../../functions/domain/strategy/backup-window.ts';
import { startDueDrills } from '../../../functions/operations/drill/start-due-drills.ts';
import { type AutoBackupDeps, autoBackup, type Sweep } from '../../../functions/operations/strategy/auto-backup.ts';
import type { ApiPorts } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { dying } from '../../support/dying.ts';
import { aBackup, CREATED } from '../../support/records.ts';

let world: ApiWorld;
/** The published missed windows. */
let told: WindowMissed[] = [];

beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

/** Clusters of the running test: afterwards none of them is due or held. */
let clusterIds: string[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const clusterId of clusterIds) {
    await world.api(`DELETE /clusters/${clusterId}/strategy`);
    await free(clusterId);
  }
  clusterIds = [];
  told = [];
  await limitTo('0');
});

/** The world's clock, which the API sees, stands at 10:00 on Sunday, March 1st. */
const sundayAt = (time: string) => CREATED.replace('10:00:00.000', `${time}:00.000`);
const mondayAt = (time: string) => sundayAt(time).replace('-03-01', '-03-02');

async function registered(clusterId: string, strategy: object, change?: object): Promise<string> {
  await world.register(clusterId, change);
  clusterIds.push(clusterId);
  await save(clusterId, strategy);
  return clusterId;
}

async function save(clusterId: string, strategy: object): Promise<void> {
  const answer = await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });
  expect(answer).toMatchObject({ code: 0, data: {} });
}

const DAILY = { backupDate: formatWeekdays(WEEKDAYS), period: '9:00-11:00' };

async function limitTo(configValue: string): Promise<void> {
  await world.api('POST /config/update', { configKey: 'maxConcurrentAutoBackups', configValue });
}

function depsOf(ports: ApiPorts): AutoBackupDeps {
  return {
    ...ports,
    hasTime: () => true,
    events: {
      async missed(windows) {
        told.push(...windows);
      },
    },
  };
}

const sweep = (time: string, change: Partial<AutoBackupDeps> = {}): Promise<Sweep> =>
  autoBackup(Date.parse(time), { ...depsOf(world.ports), ...change });

interface RecordJson {
  id: string;
  createTime: string;
  backupMode: string;
  status: string;
}

async function recordsOf(clusterId: string): Promise<RecordJson[]> {
  const { data } = await world.api(`GET /backups?clusterId=${clusterId}&pageSize=100`);
  return data.backupRecords as RecordJson[];
}

const clusterOf = async (clusterId: string) => (await world.api(`GET /clusters/${clusterId}`)).data;
const strategyOf = async (clusterId: string) =>
  (await world.api(`GET /clusters/${clusterId}/strategy`)).data.strategy as Record<string, unknown>;

/** Ends the operation that holds the cluster, as far as the cluster is concerned. */
async function free(clusterId: string): Promise<void> {
  const holder = (await world.ports.clusters.get(clusterId))?.maintenance;
  if (holder !== undefined) await world.ports.clusters.unlock(clusterId, holder.operationId);
}

describe('an open window', () => {
  it('gets one automatic backup, which holds the cluster', async () => {
    const id = await registered('open', DAILY);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 1, started: 1 });

    const [record, ...others] = await recordsOf(id);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ backupMode: 'auto', status: 'Initializing', createTime: sundayAt('10:05') });
    expect(await clusterOf(id)).toMatchObject({ maintenanceStatus: 'BackUp', operationId: record?.id });
    expect(world.executions.get(String(record?.id))).toEqual({
      workFlowId: record?.id,
      backupId: record?.id,
      clusterId: id,
      maintenanceStatusChange: true,
    });
  });

  it('gets a backup with checksums if the strategy has drills, and the next drill uses it', async () => {
    const id = await registered('drilled', { ...DAILY, drill: { backupDate: 'Sunday' } });
    const plain = await registered('plain', DAILY);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ started: 2 });

    const [[record], [other]] = await Promise.all([recordsOf(id), recordsOf(plain)]);
    const backupId = String(record?.id);
    expect(await world.ports.backups.get(String(other?.id))).not.toHaveProperty('wantsChecksums');
    const { wantsChecksums } = (await world.ports.backups.startAttempt(backupId, sundayAt('10:06'))) ?? {};
    const result = { attempt: 1, backupTso: '1', sizeBytes: '1', at: sundayAt('10:30') };
    // As the node does.
    await world.ports.backups.finish(backupId, { ...result, ...(wantsChecksums && { checksums: { tables: 2 } }) });
    expect(await startDueDrills(Date.parse(sundayAt('11:00')), { ...world.ports, hasTime: () => true })).toEqual({
      started: 1,
      skipped: 0,
    });
    const drill = [...world.executions.values()].find((input) => 'drill' in input);
    expect(drill).toMatchObject({ backupId, drill: { clusterId: id } });
  });

  it('gets a full backup on the days that its strategy names, and an incremental one on the others', async () => {
    // 22:00 on Saturday in New York is Sunday in UTC: the strategy's own weekdays count.
    const scope = { databases: ['shop'] };
    const night = { ...DAILY, period: '21:00-23:00', timezone: 'America/New_York', fullBackupDate: 'Sunday' };
    const id = await registered('weekly', { ...night, fallbackToFull: true, scope });
    const served = async (time: string) => {
      expect(await sweep(time)).toMatchObject({ started: 1 });
      const record = (await world.ports.backups.list({ clusterId: id }, { page: 1, pageSize: 1 })).items[0];
      const { backupId = '' } = record ?? {};
      await world.ports.backups.startAttempt(backupId, time);
      const backupTso = String(Date.parse(time));
      await world.ports.backups.finish(backupId, { attempt: 1, backupTso, sizeBytes: '1', at: time });
      await free(id);
      return record;
    };

    // Without a base, the first of a chain is full.
    const saturday = await served('2026-03-08T02:30:00.000Z');
    // Still Saturday there, and Sunday here; the clock goes forward in the night.
    const sunday = await served('2026-03-09T01:30:00.000Z');
    const monday = await served('2026-03-10T01:30:00.000Z');
    const tuesday = await served('2026-03-11T01:30:00.000Z');

    expect(saturday).toMatchObject({ backupType: 'full', scope });
    expect(sunday).toMatchObject({ backupType: 'full', scope });
    expect(monday).toMatchObject({
      backupType: 'incr',
      base: { backupId: sunday?.backupId },
      fallbackToFull: true,
      scope,
    });
    expect(tuesday).toMatchObject({ backupType: 'incr', base: { backupId: monday?.backupId } });
  });

  it('does not build on a backup of a TiDB that had the same id before', async () => {
    const { backups } = world.ports;
    const before = '2026-02-01T01:00:00.000Z';
    await backups.create(aBackup({ backupId: 'of-another', clusterId: 'reused', createTime: before }));
    await backups.startAttempt('of-another', before);
    await backups.finish('of-another', { attempt: 1, backupTso: '1', sizeBytes: '1', at: before });
    const id = await registered('reused', { ...DAILY, fullBackupDate: 'Monday' });

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ started: 1 });

    const { items } = await backups.list({ clusterId: id }, { page: 1, pageSize: 1 });
    expect(items).toMatchObject([{ backupType: 'full', createTime: sundayAt('10:05') }]);
  });

  it('is not served again once its backup has ended', async () => {
    const id = await registered('once', DAILY);
    await sweep(sundayAt('10:05'));
    await free(id);

    expect(await sweep(sundayAt('10:10'))).toMatchObject({ due: 0 });
    expect(await sweep(mondayAt('08:55'))).toMatchObject({ due: 0 });
    expect(await sweep(mondayAt('09:00'))).toMatchObject({ started: 1 });

    expect(await recordsOf(id)).toHaveLength(2);
  });

  it('gets one backup from many concurrent sweeps, even for the same event', async () => {
    const id = await registered('swept-by-many', DAILY);

    const sweeps = await Promise.all(Array.from({ length: 6 }, () => sweep(sundayAt('10:05'))));

    expect(sweeps.reduce((sum, { started }) => sum + started, 0)).toBe(1);
    expect(await recordsOf(id)).toHaveLength(1);
  });

  it('costs a query per shard, and four calls per backup', async () => {
    await registered('cost-1', DAILY);
    await registered('cost-2', DAILY);
    world.calls.length = 0;

    await sweep(sundayAt('10:05'));

    expect(world.calls.toSorted()).toEqual([
      'GetItemCommand',
      ...Array(4).fill('PutItemCommand'),
      ...Array(4).fill('QueryCommand'),
      ...Array(2).fill('StartExecution'),
      ...Array(2).fill('UpdateItemCommand'),
    ]);
  });

  it('is not started by a sweep whose own time is nearly up', async () => {
    const id = await registered('cut-off', DAILY);

    expect(await sweep(sundayAt('10:05'), { hasTime: () => false })).toMatchObject({ left: 1, started: 0 });
    expect(await recordsOf(id)).toEqual([]);
    expect(await sweep(sundayAt('10:10'))).toMatchObject({ started: 1 });
  });

  it('has ended at its last minute', async () => {
    const id = await registered('edge', DAILY);

    expect(await sweep(sundayAt('11:00'))).toMatchObject({ started: 0, missed: 1 });

    expect(await recordsOf(id)).toEqual([]);
  });
});

describe('a sweep starts nothing for', () => {
  it.each([
    ['paused', { ...DAILY, paused: true }],
    ['without a weekday', { backupDate: '', period: '0:00-0:00' }],
    ['on another day', { ...DAILY, backupDate: 'Monday' }],
    ['at another time', { ...DAILY, period: '10:30-11:00' }],
    ['in another zone', { ...DAILY, timezone: 'America/New_York' }],
  ])('a strategy that is %s', async (state, strategy) => {
    const id = await registered(state.replaceAll(' ', '-'), strategy);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 0 });
    expect(await recordsOf(id)).toEqual([]);
  });

  it('a strategy that was paused or deleted after it was due', async () => {
    const [paused, deleted] = [await registered('paused-late', DAILY), await registered('deleted-late', DAILY)];
    await save(paused, { ...DAILY, paused: true });
    await world.api(`DELETE /clusters/${deleted}/strategy`);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 0 });
  });

  it('a cluster that was removed, or is being removed while the index still shows it', async () => {
    const id = await registered('removed', DAILY);
    const due = await world.ports.strategies.due(sundayAt('10:05'));
    await world.api(`DELETE /clusters/${id}`);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 0 });
    vi.spyOn(world.ports.strategies, 'due').mockResolvedValueOnce(due);
    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 1, overtaken: 1 });
    expect(await recordsOf(id)).toEqual([]);
  });

  it('a strategy replaced meanwhile by one with the same first window: none of its other windows is skipped', async () => {
    const id = await registered('replaced', { ...DAILY, backupDate: 'Sunday' });
    const due = await world.ports.strategies.due(sundayAt('10:05'));
    await save(id, DAILY);

    vi.spyOn(world.ports.strategies, 'due').mockResolvedValueOnce(due);
    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 1, overtaken: 1 });

    expect(await sweep(sundayAt('10:10'))).toMatchObject({ started: 1 });
    await free(id);
    expect(await sweep(mondayAt('09:05'))).toMatchObject({ started: 1, missed: 0 });
  });

  it('a window served before its strategy was saved again, or deleted and saved again', async () => {
    const id = await registered('saved-again', DAILY);
    await sweep(sundayAt('10:05'));
    await free(id);
    world.advance(10 * 60_000);

    await save(id, { ...DAILY, period: '9:00-12:00' });
    expect(await sweep(sundayAt('10:10'))).toMatchObject({ due: 0 });
    await world.api(`DELETE /clusters/${id}/strategy`);
    await save(id, DAILY);
    expect(await sweep(sundayAt('10:15'))).toMatchObject({ due: 0 });

    expect(await recordsOf(id)).toHaveLength(1);
    world.advance(-10 * 60_000);
  });

  it('a window that a sweep takes just as its strategy is saved', async () => {
    const id = await registered('racing', DAILY);
    const { get } = world.ports.clusters;
    vi.spyOn(world.ports.clusters, 'get').mockImplementationOnce(async (clusterId) => {
      const seen = await get(clusterId);
      await sweep(sundayAt('10:00'));
      await world.ports.clusters.unlock(id, String((await get(id))?.maintenance?.operationId));
      return seen;
    });

    await save(id, { ...DAILY, period: '9:00-12:00' });

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ due: 0 });
    expect(await recordsOf(id)).toHaveLength(1);
  });
});

describe('a busy cluster', () => {
  it('is tried by each sweep until it is free', async () => {
    const id = await registered('busy', DAILY);
    const { data } = await world.api('POST /backups', { clusterId: id });

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ waiting: 1, started: 0 });
    expect(await sweep(sundayAt('10:10'))).toMatchObject({ waiting: 1, started: 0 });
    await world.ports.clusters.unlock(id, String(data.backupId));

    expect(await sweep(sundayAt('10:15'))).toMatchObject({ started: 1 });
    expect(await strategyOf(id)).not.toHaveProperty('lastMissed');
  });

  it('that is busy until the window ends has missed it, as the strategy and an event say', async () => {
    const id = await registered('busy-to-the-end', DAILY);
    const { data } = await world.api('POST /backups', { clusterId: id });
    await sweep(sundayAt('10:05'));
    world.calls.length = 0;
    await sweep(sundayAt('10:55'));
    // The reason is already recorded.
    expect(world.calls.filter((call) => call === 'UpdateItemCommand')).toHaveLength(1);

    expect(await sweep(sundayAt('11:00'))).toMatchObject({ missed: 1, waiting: 0 });
    expect(await sweep(sundayAt('11:05'))).toMatchObject({ due: 0 });

    const missed = {
      start: sundayAt('09:00'),
      end: sundayAt('11:00'),
      reason: `BackUp ${data.backupId} held the cluster`,
    };
    expect(await strategyOf(id)).toMatchObject({ lastMissed: missed });
    expect(told).toEqual([{ clusterId: id, ...missed }]);
    await world.ports.clusters.unlock(id, String(data.backupId));
    expect(await sweep(mondayAt('09:00'))).toMatchObject({ started: 1 });
  });
});

describe('after an outage, the service', () => {
  it('catches up inside the window, and records what it missed before', async () => {
    const id = await registered('down', DAILY);

    expect(await sweep('2026-03-04T10:55:00Z')).toMatchObject({ started: 1, missed: 3 });
    expect(await sweep('2026-03-04T10:56:00Z')).toMatchObject({ due: 0 });

    expect(await recordsOf(id)).toHaveLength(1);
    const reason = 'no sweep ran while it was open';
    expect(told).toEqual(
      ['01', '02', '03'].map((day) => ({
        clusterId: id,
        start: `2026-03-${day}T09:00:00.000Z`,
        end: `2026-03-${day}T11:00:00.000Z`,
        reason,
      })),
    );
    expect(await strategyOf(id)).toMatchObject({ lastMissed: { start: '2026-03-03T09:00:00.000Z', reason } });
  });

  it('publishes the newest windows if it missed many', async () => {
    await registered('long-down', DAILY);

    await sweep('2026-03-15T12:00:00Z');

    const starts = told.map(({ start }) => start.slice(0, 10));
    expect(starts).toHaveLength(10);
    expect([starts.at(0), starts.at(-1)]).toEqual(['2026-03-06', '2026-03-15']);
  });

  it('publishes a missed window later if the event bus was down, too', async () => {
    const id = await registered('mute', DAILY);
    const mute = { missed: () => Promise.reject(new Error('EventBridge is away')) };

    expect(await sweep(sundayAt('11:00'), { events: mute })).toMatchObject({ left: 1 });
    expect(await sweep(sundayAt('11:05'))).toMatchObject({ missed: 1, left: 0 });

    expect(told).toMatchObject([{ clusterId: id, start: sundayAt('09:00') }]);
  });
});

describe('maxConcurrentAutoBackups', () => {
  it('limits concurrent backups, and starts those first whose windows end first; the rest wait', async () => {
    await limitTo('2');
    const late = await registered('late', DAILY);
    const soon = await registered('soon', { ...DAILY, period: '9:00-10:30' });
    const soonest = await registered('soonest', { ...DAILY, period: '9:00-10:15' });

    expect(await sweep(sundayAt('10:00'))).toMatchObject({ started: 2, waiting: 1 });
    expect(await recordsOf(late)).toEqual([]);
    expect(await sweep(sundayAt('10:05'))).toMatchObject({ started: 0, waiting: 1 });
    await free(soon);

    expect(await sweep(sundayAt('10:10'))).toMatchObject({ started: 1 });
    await free(soonest);
    await free(late);
  });

  it('is the reason if a window is missed for it', async () => {
    await limitTo('1');
    const first = await registered('first', { ...DAILY, period: '9:00-10:30' });
    const second = await registered('second', DAILY);
    await sweep(sundayAt('10:00'));
    await sweep(sundayAt('11:00'));

    expect(told).toMatchObject([{ clusterId: second, reason: 'maxConcurrentAutoBackups (1) were running' }]);
    await free(first);
  });
});

describe('a backup that cannot be started', () => {
  const down = () => Promise.reject(new Error('connect ECONNREFUSED'));

  it.each([
    ['claim', (ports: ApiPorts) => vi.spyOn(ports.strategies, 'claim').mockImplementationOnce(down)],
    ['record', (ports: ApiPorts) => vi.spyOn(ports.backups, 'create').mockImplementationOnce(down)],
    ['workflow', (ports: ApiPorts) => vi.spyOn(ports.workflows, 'create').mockImplementationOnce(down)],
    ['execution', (ports: ApiPorts) => vi.spyOn(ports.executions, 'start').mockImplementationOnce(down)],
  ])('because of its missing %s leaves the cluster free and the window due', async (what, breakIt) => {
    const id = await registered(`no-${what}`, DAILY);
    breakIt(world.ports);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ failed: 1, started: 0 });
    expect(await clusterOf(id)).toMatchObject({ maintenanceStatus: '' });
    expect(await recordsOf(id)).toEqual([]);

    expect(await sweep(sundayAt('10:10'))).toMatchObject({ started: 1 });
    await free(id);
  });

  it('even if the claim was made and only the answer was lost', async () => {
    const id = await registered('lost-claim', DAILY);
    const { claim } = world.ports.strategies;
    vi.spyOn(world.ports.strategies, 'claim').mockImplementationOnce(async (wanted) => {
      await claim(wanted);
      return await down();
    });

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ failed: 1 });
    expect(await clusterOf(id)).toMatchObject({ maintenanceStatus: '' });
    expect(await sweep(sundayAt('10:10'))).toMatchObject({ started: 1 });
  });

  it('does not keep others in its sweep from starting', async () => {
    const ids = [await registered('other-1', DAILY), await registered('other-2', DAILY)];
    vi.spyOn(world.ports.backups, 'create').mockImplementationOnce(down);

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ started: 1, failed: 1 });
    expect(await sweep(sundayAt('10:10'))).toMatchObject({ started: 1 });
    for (const id of ids) expect(await recordsOf(id)).toHaveLength(1);
  });

  it('because of an invalid configuration waits, and says so if the window is missed', async () => {
    const id = await registered('misconfigured', DAILY);
    await world.api('POST /config/update', { configKey: 'BackupStorageType', configValue: 'nfs' });

    expect(await sweep(sundayAt('10:05'))).toMatchObject({ waiting: 1 });
    await sweep(sundayAt('11:00'));

    expect(told).toMatchObject([{ clusterId: id, reason: expect.stringContaining('BackupStoragePath') }]);
    await world.api('POST /config/update', { configKey: 'BackupStorageType', configValue: 's3' });
  });

  it('is never started twice by a sweep that dies, at any call, and the next one', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let call = 0; call < 6; call += 1) {
        const id = await registered(`dies-${when}-${call}`, DAILY);
        const { strategies, backups, workflows, clusters, executions } = world.ports;
        const { start, exists, arnOf } = executions;
        const { ports } = dying(
          { strategies, backups, workflows, clusters, executions: { start, exists } },
          call,
          when,
        );
        const mortal = {
          ...ports,
          executions: { start: ports.executions.start, exists: ports.executions.exists, arnOf },
        };
        await sweep(sundayAt('10:05'), mortal).catch(() => undefined);

        await sweep(sundayAt('10:10'));
        await sweep(sundayAt('10:15'));

        const records = await recordsOf(id);
        expect(records.length, id).toBeLessThanOrEqual(1);
        const held = (await clusterOf(id)).operationId;
        // Repair finds its half-done work by the lock, which names the backup.
        expect(held === undefined || String(held).startsWith('auto-20260301T090000Z-'), id).toBe(true);
        await free(id);
      }
    }
  });
});

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

it('gives each window of two weeks one backup, even where the clock goes back', async () => {
  // Berlin's clock goes back on October 25th, New York's on November 1st.
  const [from, to] = [Date.UTC(2026, 9, 21), Date.UTC(2026, 10, 4)];
  const schedules = [
    { weekdays: WEEKDAYS, period: { start: 150, end: 200 }, timezone: 'Europe/Berlin' },
    { weekdays: WEEKDAYS, period: { start: 1_420, end: 20 }, timezone: 'America/New_York' },
    { weekdays: ['Monday', 'Thursday'] as const, period: { start: 0, end: 30 }, timezone: 'Asia/Kolkata' },
  ];
  const lives = [];
  for (const schedule of schedules) {
    const clusterId = await registered(`weeks-in-${schedule.timezone.split('/')[1]}`, {
      backupDate: formatWeekdays(schedule.weekdays),
      period: formatPeriod(schedule.period),
      timezone: schedule.timezone,
    });
    lives.push({ clusterId, windows: windowsEndingAfter(schedule, from, 20).filter(({ start }) => start < to) });
  }
  // Saved in March: earlier windows belong to another test.
  for (const due of await world.ports.strategies.due(new Date(to).toISOString())) {
    await world.ports.strategies.note(due, { nextRunAt: new Date(from).toISOString() });
  }

  for (let now = from; now < to; now += 10 * MINUTE) {
    // Where no window begins or ends, an occasional sweep is enough.
    const isNear = lives.some(({ windows }) =>
      windows.some(({ start, end }) => start - 30 * MINUTE < now && now < end + 30 * MINUTE),
    );
    if (isNear || now % (DAY / 4) === 0) {
      await sweep(new Date(now).toISOString());
      for (const { clusterId } of lives) await free(clusterId);
    }
  }

  for (const { clusterId, windows } of lives) {
    const times = (await recordsOf(clusterId)).map(({ createTime }) => Date.parse(createTime)).reverse();
    expect(times.length, clusterId).toBe(windows.length);
    for (const [i, { start, end }] of windows.entries()) {
      expect(times[i], clusterId).toBeGreaterThanOrEqual(start);
      expect(times[i], clusterId).toBeLessThan(end);
    }
  }
  expect(told).toEqual([]);
});
