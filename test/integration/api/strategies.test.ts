import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
// The world's clock stands at 10:00 UTC on Sunday, 2026-03-01.
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

const get = async (clusterId: string) => (await world.api(`GET /clusters/${clusterId}/strategy`)).data.strategy;
const put = (clusterId: string, strategy: unknown) => world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });

describe('the strategy of a cluster', () => {
  it('is empty until one is saved, and the answer may be sent back', async () => {
    await world.register('new', { timezone: 'Asia/Tokyo' });
    const none = {
      clusterId: 'new',
      backupDate: '',
      period: '0:00-0:00',
      timezone: 'Asia/Tokyo',
      paused: false,
      nextRuns: [],
    };

    expect(await get('new')).toEqual(none);
    expect(await put('new', none)).toMatchObject({ status: 200, code: 0, data: {} });
    expect(await get('new')).toEqual(none);
  });

  it('is returned normalized, with its next three starts', async () => {
    await world.register('normalized');

    await put('normalized', { backupDate: ' friday ,MONDAY', period: '07:05 - 09:00', timezone: 'Europe/Berlin' });

    expect(await get('normalized')).toEqual({
      clusterId: 'normalized',
      backupDate: 'Monday,Friday',
      period: '7:05-9:00',
      timezone: 'Europe/Berlin',
      paused: false,
      nextRuns: ['2026-03-02T06:05:00.000Z', '2026-03-06T06:05:00.000Z', '2026-03-09T06:05:00.000Z'],
    });
  });

  it('says on which of its days the backup is full, and what is backed up', async () => {
    await world.register('chained');
    const wanted = {
      ...{ backupDate: 'Wednesday,Sunday', period: '1:00-3:00', fullBackupDate: 'sunday', fallbackToFull: true },
      scope: { tables: ['shop.orders', '`a.b`.`c`'] },
    };

    await put('chained', wanted);

    const answer = await get('chained');
    expect(answer).toMatchObject({ ...wanted, fullBackupDate: 'Sunday' });
    expect(await put('chained', answer)).toMatchObject({ code: 0 });
    expect(await get('chained')).toEqual(answer);
    expect(await put('chained', { ...wanted, fullBackupDate: '' })).toMatchObject({ code: 0 });
    expect(await get('chained')).not.toHaveProperty('fullBackupDate');
  });

  it("reaches across midnight, and uses its cluster's zone", async () => {
    await world.register('midnight', { timezone: 'America/New_York' });

    await put('midnight', { backupDate: 'Sunday', period: '22:00-2:00' });

    expect(await get('midnight')).toMatchObject({
      period: '22:00-2:00',
      timezone: 'America/New_York',
      // Summer time begins on March 8th, at 2:00.
      nextRuns: ['2026-03-02T03:00:00.000Z', '2026-03-09T02:00:00.000Z', '2026-03-16T02:00:00.000Z'],
    });
  });

  it('that is paused is stored, and has no next start', async () => {
    await world.register('paused');

    await put('paused', { backupDate: 'Monday', period: '7:00-9:00', paused: true });

    expect(await get('paused')).toMatchObject({ backupDate: 'Monday', paused: true, nextRuns: [] });
  });

  it('belongs to the cluster in the path, whatever was read from another', async () => {
    await world.register('foreign');
    const strategy = { clusterId: 'another', backupDate: 'Monday', period: '7:00-9:00' };

    expect(await put('foreign', strategy)).toMatchObject({ code: 0 });
    expect(await get('foreign')).toMatchObject({ clusterId: 'foreign' });

    const other = await world.api('PUT /clusters/foreign/strategy', { clusterId: 'another', strategy });
    expect(other).toMatchObject({ status: 400, code: 10001 });
    expect(other.message).toContain('clusterId: must match the path');
  });

  it('is deleted, and deleting none succeeds', async () => {
    await world.register('deleted');
    await put('deleted', { backupDate: 'Monday', period: '7:00-9:00' });

    for (const _ of ['there', 'gone']) {
      expect(await world.api('DELETE /clusters/deleted/strategy')).toMatchObject({ status: 200, code: 0, data: {} });
      expect(await get('deleted')).toMatchObject({ backupDate: '', period: '0:00-0:00' });
    }
  });

  it('survives a change of its cluster, and is removed with it', async () => {
    await world.register('changed');
    await put('changed', { backupDate: 'Monday', period: '7:00-9:00' });
    const registration = { clusterName: 'New', endpoints: ['tidb.example.com:4000'] };

    expect(await world.api('PUT /clusters/changed', registration)).toMatchObject({ code: 0 });
    expect(await get('changed')).toMatchObject({ backupDate: 'Monday' });

    await world.api('DELETE /clusters/changed');
    await world.register('changed');
    expect(await get('changed')).toMatchObject({ backupDate: '' });
  });

  it('costs one call to read, two to save and one to delete', async () => {
    await world.register('counted');
    const counted = async (work: () => Promise<unknown>) => {
      world.calls.length = 0;
      await work();
      return [...world.calls];
    };

    expect(await counted(() => put('counted', { backupDate: 'Monday', period: '7:00-9:00' }))).toEqual([
      'GetItemCommand',
      'UpdateItemCommand',
    ]);
    expect(await counted(() => get('counted'))).toEqual(['GetItemCommand']);
    expect(await counted(() => world.api('DELETE /clusters/counted/strategy'))).toEqual(['UpdateItemCommand']);
  });
});

describe('an invalid strategy', () => {
  it.each(['GET', 'PUT', 'DELETE'])('%s: of an unregistered cluster is 10003', async (method) => {
    const body = method === 'PUT' ? { strategy: { backupDate: '', period: '0:00-0:00' } } : undefined;
    expect(await world.api(`${method} /clusters/nowhere/strategy`, body)).toMatchObject({ status: 404, code: 10003 });
  });

  const down = () => Promise.reject(new Error('ProvisionedThroughputExceeded'));

  it('that meets an unavailable store is 20605 to save, 20606 to read and 20607 to delete', async () => {
    await world.register('away');
    const { clusters, strategies } = world.ports;

    vi.spyOn(strategies, 'save').mockImplementationOnce(down);
    expect(await put('away', { backupDate: '', period: '0:00-0:00' })).toMatchObject({ status: 500, code: 20605 });
    vi.spyOn(clusters, 'get').mockImplementationOnce(down);
    expect(await world.api('GET /clusters/away/strategy')).toMatchObject({ status: 500, code: 20606 });
    vi.spyOn(strategies, 'remove').mockImplementationOnce(down);
    expect(await world.api('DELETE /clusters/away/strategy')).toMatchObject({ status: 500, code: 20607 });
  });

  it('that is overtaken again and again is 20605', async () => {
    await world.register('overtaken');
    const save = vi.spyOn(world.ports.strategies, 'save').mockResolvedValue(false);

    expect(await put('overtaken', { backupDate: '', period: '0:00-0:00' })).toMatchObject({ status: 500, code: 20605 });

    expect(save).toHaveBeenCalledTimes(3);
    save.mockRestore();
  });
});
