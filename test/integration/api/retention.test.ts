import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InitializingBackup } from '../../../functions/domain/backup/backup-record.ts';
import { UNTIL_CHANGED } from '../../../functions/domain/cluster/due-store.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, aWorkflow } from '../../support/records.ts';

let world: ApiWorld;
// The world's clock stands at 10:00 UTC on Sunday, 2026-03-01.
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

let clusterId: string;
let clusters = 0;
beforeEach(async () => {
  clusters += 1;
  clusterId = await world.registerEarly(`cluster-${clusters}`);
});

/** A finished backup of that moment. */
async function finished(createTime: string, change: Partial<InitializingBackup> = {}): Promise<string> {
  const backupId = `${clusterId}-${createTime.slice(0, 10)}`;
  const { backups } = world.ports;
  await backups.create(aBackup({ backupId, clusterId, backupMode: 'auto', createTime, ...change }));
  await backups.startAttempt(backupId, createTime);
  await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '9007199254740993', at: createTime });
  return backupId;
}

const put = (strategy: object) =>
  world.api(`PUT /clusters/${clusterId}/strategy`, {
    strategy: { backupDate: 'Sunday', period: '1:00-2:00', ...strategy },
  });

const preview = async (query = '') => {
  const { data, page } = await world.api(`GET /clusters/${clusterId}/retention/preview?${query}`);
  return { data, page, decisions: data.decisions as { backupId: string; action: string; reasons: string[] }[] };
};

describe('the retention of a strategy', () => {
  it('is returned as saved, and removed by saving without it', async () => {
    const retention = { keepLast: 7, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 3, maxAgeDays: 2_000 };

    expect(await put({ retention })).toMatchObject({ code: 0 });
    const saved = await world.api(`GET /clusters/${clusterId}/strategy`);
    await put({});
    const without = await world.api(`GET /clusters/${clusterId}/strategy`);

    expect(saved.data.strategy).toMatchObject({ retention });
    expect(without.data.strategy).not.toHaveProperty('retention');
  });

  it('makes the sweep check the cluster until the rule, the strategy or the cluster is removed', async () => {
    const isRuled = async () =>
      (await world.ports.due.find('retention', UNTIL_CHANGED)).some((due) => due.clusterId === clusterId);
    const found: boolean[] = [];
    const look = async () => found.push(await isRuled());

    await look();
    await put({ retention: { keepLast: 1 } });
    await look();
    await put({});
    await look();
    await put({ retention: { keepLast: 1 } });
    await world.api(`DELETE /clusters/${clusterId}/strategy`);
    await look();
    await put({ retention: { keepLast: 1 } });
    await world.api(`DELETE /clusters/${clusterId}`);
    await look();

    expect(found).toEqual([false, true, false, false, false]);
  });
});

describe('the preview', () => {
  it('of the current rule says what would be removed and what would stay, each with its reason, removals first on a page', async () => {
    await put({ retention: { keepLast: 1, keepMonthly: 2 } });
    const [january, early, late] = await Promise.all(
      ['2026-01-31', '2026-02-01', '2026-02-28'].map((day) => finished(`${day}T01:00:00.000Z`)),
    );

    const { data, page, decisions } = await preview();

    expect(data).toMatchObject({
      retention: { keepLast: 1, keepMonthly: 2 },
      timezone: 'UTC',
      paused: false,
      toRemove: 1,
      toKeep: 2,
      bytesToRemove: '9007199254740993',
    });
    expect(page).toEqual({ page: 1, pageSize: 10, total: 3 });
    expect(decisions).toMatchObject([
      { backupId: early, action: 'remove', reasons: ['not kept by any part of the rule'] },
      { backupId: late, reasons: ['the newest finished backup', 'last 1 of 1', 'monthly 2026-02'] },
      { backupId: january, action: 'keep', reasons: ['monthly 2026-01'] },
    ]);
  });

  it('of a proposed rule and zone works as if they were the strategy’s, and changes nothing', async () => {
    await put({ retention: { keepLast: 9 }, paused: true });
    await finished('2026-02-01T02:00:00.000Z');
    await finished('2026-02-20T02:00:00.000Z');
    await finished('2026-02-28T02:00:00.000Z');

    const current = await preview();
    const proposed = await preview('keepMonthly=2&timezone=America/New_York');
    const after = await preview();

    expect(current.data).toMatchObject({ paused: true, toRemove: 0 });
    expect(proposed.data).toMatchObject({
      retention: { keepMonthly: 2 },
      timezone: 'America/New_York',
      paused: false,
      toRemove: 1,
    });
    // The first of them was made in January there.
    expect(proposed.decisions.map(({ reasons }) => reasons.at(-1))).toEqual([
      'not kept by any part of the rule',
      'monthly 2026-02',
      'monthly 2026-01',
    ]);
    expect(after).toEqual(current);
  });

  it('knows everything that keeps a backup: that it runs, is restored, or is manual', async () => {
    await put({ retention: { keepLast: 1, maxAgeDays: 1 } });
    const restored = await finished('2020-01-01T00:00:00.000Z');
    await world.ports.backups.holdForRestore(restored, 'restore-1');
    const manual = await finished('2020-01-02T00:00:00.000Z', { backupMode: 'manual' });
    const expiring = await finished('2020-01-03T00:00:00.000Z', {
      backupMode: 'manual',
      expireAt: '2026-03-01T09:59:59.999Z',
    });
    await finished('2020-01-04T00:00:00.000Z');
    const running = aBackup({ backupId: `${clusterId}-running`, clusterId, createTime: '2020-01-05T00:00:00.000Z' });
    await world.ports.backups.create(running);

    const { decisions } = await preview();

    expect(decisions.map(({ backupId, action, reasons }) => [backupId, action, ...reasons])).toEqual([
      [expiring, 'remove', 'manual, its expireAt 2026-03-01T09:59:59.999Z has passed'],
      [running.backupId, 'keep', 'running'],
      [`${clusterId}-2020-01-04`, 'keep', 'the newest finished backup'],
      [manual, 'keep', 'manual, without expireAt'],
      [restored, 'keep', 'being restored by restore-1'],
    ]);
  });

  it('ignores a restore that has ended without releasing it', async () => {
    await put({ retention: { keepLast: 1 } });
    const restored = await finished('2020-01-01T00:00:00.000Z');
    await finished('2020-01-02T00:00:00.000Z');
    const workFlowId = `${clusterId}-ended`;
    await world.ports.workflows.create(aWorkflow({ workFlowId, status: 'Error' }));
    await world.ports.backups.holdForRestore(restored, workFlowId);

    const { decisions } = await preview();

    expect(decisions).toContainEqual(expect.objectContaining({ backupId: restored, action: 'remove' }));
  });

  it('of a cluster without a rule keeps everything, and says so', async () => {
    await finished('2020-01-01T00:00:00.000Z');
    await finished('2020-01-02T00:00:00.000Z');

    const { data, decisions } = await preview();

    expect(data).not.toHaveProperty('retention');
    expect(decisions.map(({ reasons }) => reasons.at(-1))).toEqual(Array(2).fill('there is no retention rule'));
  });

  it('leaves out backups being deleted', async () => {
    await put({ retention: { keepLast: 1 } });
    await finished('2026-02-01T00:00:00.000Z');
    await world.ports.deletions.begin(`${clusterId}-2026-02-01`, '2026-03-01T00:00:00.000Z');

    expect((await preview()).decisions).toEqual([]);
  });

  it('costs two calls, and for 5,000 backups of many databases one or two more', async () => {
    await put({ retention: { keepDaily: 30 } });
    await finished('2026-02-01T00:00:00.000Z');
    world.calls.length = 0;
    await preview();
    expect(world.calls).toEqual(['GetItemCommand', 'QueryCommand']);

    const { client, names } = world.tables;
    const scopeKey = Array.from({ length: 10 }, (_, index) => `database_${index}`).join();
    const records = Array.from({ length: 5_000 }, (_, index) => {
      const createTime = new Date(Date.UTC(2010, 0, 1) + index * 86_400_000).toISOString();
      const backupId = `${clusterId}-${String(index).padStart(36, '0')}`;
      const [startTime, endTime] = [createTime, createTime];
      const ended = { status: 'Finished', startTime, endTime, sizeBytes: '1', backupTso: '1', finishedAttempt: 1 };
      return { ...aBackup({ backupId, clusterId, createTime, backupMode: 'auto' }), ...ended, scopeKey };
    });
    for (let first = 0; first < records.length; first += 25) {
      const items = records.slice(first, first + 25).map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteCommand({ RequestItems: { [names.backups]: items } }));
    }
    world.calls.length = 0;

    const { data, page, decisions } = await preview('pageSize=100&page=1');

    // About 1.3 MB of keys, in pages of 1 MB; each DynamoDB counts the bytes of an item in its own way.
    const [first, ...queries] = world.calls;
    expect(first).toBe('GetItemCommand');
    expect(queries.every((call) => call === 'QueryCommand')).toBe(true);
    expect([2, 3]).toContain(queries.length);
    expect(data).toMatchObject({ toRemove: 4_970, toKeep: 31, bytesToRemove: '4970' });
    expect(page).toMatchObject({ page: 1, pageSize: 100, total: 5_001 });
    expect(decisions.map(({ action }) => action)).toEqual([...Array(69).fill('remove'), ...Array(31).fill('keep')]);
  });

  it.each([
    ['start to be removed', 6, 1],
    ['start to be kept', 1, 6],
  ])('neither skips nor repeats a backup by page tokens while others %s', async (_, before, after) => {
    await put({ retention: { keepLast: before } });
    const days = ['2026-02-01', '2026-02-02', '2026-02-03', '2026-02-04', '2026-02-05', '2026-02-06'];
    const ids = await Promise.all(days.map((day) => finished(`${day}T01:00:00.000Z`)));

    const first = await preview('pageSize=2');
    await put({ retention: { keepLast: after } });
    const second = await preview(`pageSize=2&pageToken=${first.page?.nextPageToken}`);
    await put({ retention: { keepLast: before } });
    const third = await preview(`pageSize=2&pageToken=${second.page?.nextPageToken}`);

    expect(third.page).not.toHaveProperty('nextPageToken');
    const seen = [first, second, third].flatMap(({ decisions }) => decisions.map(({ backupId }) => backupId));
    expect(seen.toSorted()).toEqual(ids);
  });

  it('repeats no backup by page tokens after a deletion that keeps another', async () => {
    await put({ retention: { keepLast: 2 } });
    const days = ['2026-02-01', '2026-02-02', '2026-02-03', '2026-02-04'];
    const [, removed, ...newest] = await Promise.all(days.map((day) => finished(`${day}T01:00:00.000Z`)));

    const first = await preview('pageSize=2');
    await world.ports.deletions.begin(String(newest[1]), '2026-03-01T00:00:00.000Z');
    const second = await preview(`pageSize=2&pageToken=${first.page?.nextPageToken}`);

    const seen = [first, second].flatMap(({ decisions }) => decisions.map(({ backupId }) => backupId));
    expect(seen).toContain(removed);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('needs a cluster', async () => {
    expect(await world.api('GET /clusters/nowhere/retention/preview')).toMatchObject({ status: 404, code: 10003 });
  });
});

describe('expireAt of a manual backup', () => {
  const backUp = (body: object) => world.api('POST /backups', { clusterId, ...body });

  it('is stored in UTC and shown in its record', async () => {
    const { data } = await backUp({ expireAt: '2026-04-01T00:00:00+02:00' });

    const records = await world.api(`GET /backups?backupId=${data.backupId}`);

    expect(records.data.backupRecords).toMatchObject([{ id: data.backupId, expireAt: '2026-03-31T22:00:00.000Z' }]);
  });

  it.each([
    ['2026-03-01T10:00:00Z', 'expireAt: must be in the future'],
    ['2025-01-01T00:00:00Z', 'expireAt: must be in the future'],
    ['2026-04-01', 'expireAt: must be a time in RFC 3339, such as "2027-01-31T12:00:00Z"'],
    ['2026-02-30T00:00:00Z', 'expireAt: must be a time in RFC 3339'],
    ['2027-01-31T12:00:00', 'expireAt: must be a time in RFC 3339'],
    ['9999-12-31T23:59:59-23:00', 'expireAt: must be a time in RFC 3339'],
    ['', 'expireAt: must be a time in RFC 3339'],
    [1_800_000_000, 'expireAt: '],
  ])('is refused when it is %j', async (expireAt, message) => {
    const answer = await backUp({ expireAt });

    expect(answer).toMatchObject({ status: 400, code: 10001 });
    expect(answer.message).toContain(message);
    expect(await world.ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
  });

  it('is refused for an automatic one, which follows its strategy', async () => {
    const answer = await backUp({ backupMode: 'auto', expireAt: '2027-01-01T00:00:00Z' });

    expect(answer).toMatchObject({ status: 400, code: 10001 });
    expect(answer.message).toContain('expireAt: is only for manual backups');
  });

  it('makes the sweep check its cluster from then on, until it is being deleted', async () => {
    const expireAt = '2026-03-01T10:00:01.000Z';
    const backupId = await finished('2026-02-01T00:00:00.000Z', { backupMode: 'manual', expireAt });
    const isDue = async (at: string) =>
      (await world.ports.retention.clustersWithExpired(Date.parse(at))).includes(clusterId);

    expect(await isDue('2026-03-01T10:00:00.999Z')).toBe(false);
    expect(await isDue(expireAt)).toBe(true);
    await world.ports.deletions.begin(backupId, '2026-03-02T00:00:00.000Z');
    expect(await isDue('2026-03-03T00:00:00.000Z')).toBe(false);
  });
});
