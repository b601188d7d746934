import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startApiWorld, useApiWorld } from '../../support/api-world.ts';
import { CREATED, later } from '../../support/records.ts';

const world = useApiWorld();
beforeEach(() => {
  world.secrets.clear();
});

const OWN_SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:orders-AbCdEf';

describe('a registered cluster', () => {
  it('is returned as given, except for its password, which is only in Secrets Manager', async () => {
    const password = `p"'\\&+%#/ \n${'ü'}😀`;
    await world.register('whole', {
      clusterName: 'Orders & "Co"',
      endpoints: ['tidb-0.example.com:4000', '10.0.0.7:4000', '[2001:db8::7]:4000'],
      account: { user: 'backup', password },
      tls: 'verify',
      timezone: 'Europe/Berlin',
    });

    const answer = await world.api('GET /clusters/whole/');

    expect(answer).toEqual({
      status: 200,
      code: 0,
      message: 'OK',
      data: {
        clusterId: 'whole',
        clusterName: 'Orders & "Co"',
        endpoints: ['tidb-0.example.com:4000', '10.0.0.7:4000', '[2001:db8::7]:4000'],
        account: { user: 'backup' },
        tls: 'verify',
        timezone: 'Europe/Berlin',
        status: 'Running',
        maintenanceStatus: '',
        createTime: CREATED,
        updateTime: CREATED,
      },
    });
    expect([...world.secrets.values()].map((value) => JSON.parse(value))).toEqual([{ username: 'backup', password }]);
    expect(JSON.stringify(await world.ports.clusters.get('whole'))).not.toContain('😀');
  });

  it('gets an id and defaults if none are given', async () => {
    const account = { secretArn: OWN_SECRET };
    const body = { clusterName: 'x', endpoints: ['t:4000'], account };

    const { data } = await world.api('POST /clusters/', body);

    const { data: cluster } = await world.api(`GET /clusters/${data.clusterId}`);
    expect(cluster).toMatchObject({ account, tls: 'preferred', timezone: 'UTC' });
    expect(world.secrets.size).toBe(0);
  });

  it('keeps its id, and a refused one leaves no secret behind', async () => {
    await world.register('unique');
    world.advance(1);

    const again = await world.api('POST /clusters', {
      clusterId: 'unique',
      clusterName: 'Thief',
      endpoints: ['evil.example.com:4000'],
      account: { user: 'u', password: 'p' },
    });

    expect(again).toMatchObject({ status: 400, code: 10001 });
    expect(world.secrets.size).toBe(1);
    expect((await world.api('GET /clusters/unique')).data.clusterName).toBe('Orders');
  });

  it('keeps its secret if only the answer to its registration was lost', async () => {
    const { create } = world.ports.clusters;
    vi.spyOn(world.ports.clusters, 'create').mockImplementationOnce(async (cluster) => {
      await create(cluster);
      throw new Error('connect ECONNRESET');
    });

    await world.register('answer-lost');

    expect((await world.api('GET /clusters/answer-lost')).code).toBe(0);
    expect(world.secrets.size).toBe(1);
  });

  it('cannot be given the password that the service stores for another', async () => {
    await world.register('victim');
    const [secretArn] = world.secrets.keys();

    const answer = await world.api('POST /clusters', {
      clusterName: 'x',
      endpoints: ['evil.example.com:4000'],
      account: { secretArn },
    });

    expect(answer).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('account.secretArn') });
  });

  it('that is unknown is 10003 on every route', async () => {
    const settings = { clusterName: 'x', endpoints: ['t:4000'] };
    for (const [route, body] of [
      ['GET /clusters/nowhere', undefined],
      ['PUT /clusters/nowhere', settings],
      ['DELETE /clusters/nowhere', undefined],
      ['POST /backups', { clusterId: 'nowhere', backupMode: 'manual' }],
    ] as const) {
      expect(await world.api(route, body), route).toMatchObject({ status: 404, code: 10003, data: {} });
    }
  });

  it('costs one call to get, and two to list', async () => {
    await world.register('cheap');
    world.calls.length = 0;

    await world.api('GET /clusters/cheap');
    expect(world.calls.splice(0)).toEqual(['GetItemCommand']);
    const { page } = await world.api('GET /clusters?pageSize=2&page=1');
    expect(world.calls.splice(0)).toEqual(['QueryCommand', 'BatchGetItemCommand']);
    expect(page).toMatchObject({ page: 1, pageSize: 2 });
  });
});

describe('changing a cluster', () => {
  const settings = { clusterName: 'New', endpoints: ['new.example.com:4000'], tls: 'required' };

  it('replaces all but the account, if none is given', async () => {
    await world.register('renamed', { timezone: 'Asia/Tokyo' });
    const before = [...world.secrets];
    world.advance(1_000);

    expect(await world.api('PUT /clusters/renamed', settings)).toMatchObject({ code: 0, data: {} });

    const { data } = await world.api('GET /clusters/renamed');
    expect(data).toMatchObject({ ...settings, timezone: 'UTC', account: { user: 'backup' } });
    expect(data.updateTime).not.toBe(data.createTime);
    expect([...world.secrets]).toEqual(before);
  });

  it('does not restore an account that another request has replaced meanwhile', async () => {
    await world.register('two-at-once');
    const { change } = world.ports.clusters;
    vi.spyOn(world.ports.clusters, 'change').mockImplementationOnce(async (...request) => {
      await world.api('PUT /clusters/two-at-once', { ...settings, account: { secretArn: OWN_SECRET } });
      return await change(...request);
    });

    await world.api('PUT /clusters/two-at-once', settings);

    expect((await world.api('GET /clusters/two-at-once')).data.account).toEqual({ secretArn: OWN_SECRET });
  });

  it('puts a new password where the nodes read it', async () => {
    await world.register('rotated');
    const [secretArn = ''] = world.secrets.keys();

    await world.api('PUT /clusters/rotated', { ...settings, account: { user: 'root', password: 'new' } });

    expect([...world.secrets]).toEqual([[secretArn, JSON.stringify({ username: 'root', password: 'new' })]]);
    expect((await world.api('GET /clusters/rotated')).data.account).toEqual({ user: 'root' });
  });

  it('removes the stored password when the account becomes a secret of the user, and creates one when it no longer is', async () => {
    await world.register('moved');

    await world.api('PUT /clusters/moved', { ...settings, account: { secretArn: OWN_SECRET } });
    expect(world.secrets.size).toBe(0);
    await world.api('PUT /clusters/moved', { ...settings, account: { user: 'u', password: 'p' } });

    expect(world.secrets.size).toBe(1);
    expect((await world.api('GET /clusters/moved')).data.account).toEqual({ user: 'u' });
  });
});

describe('removing a cluster', () => {
  it('removes its stored password, and frees its id', async () => {
    await world.register('leaving');

    expect(await world.api('DELETE /clusters/leaving/')).toEqual({ status: 200, code: 0, message: 'OK', data: {} });

    expect(world.secrets.size).toBe(0);
    expect(await world.api('GET /clusters/leaving')).toMatchObject({ status: 404, code: 10003 });
    await world.register('leaving');
  });

  it('is refused while an operation holds it', async () => {
    await world.register('held');
    const { data } = await world.api('POST /backups', { clusterId: 'held', backupMode: 'manual' });

    const answer = await world.api('DELETE /clusters/held');

    expect(answer).toMatchObject({
      status: 409,
      code: 20114,
      message: expect.stringContaining(`BackUp ${data.backupId}`),
    });
    expect(world.secrets.size).toBe(1);
  });

  it('continues after an interruption when it is repeated, and nothing starts meanwhile', async () => {
    await world.register('half');
    vi.spyOn(world.ports.secrets, 'remove').mockRejectedValueOnce(new Error('timeout'));
    vi.spyOn(console, 'error').mockReturnValueOnce();

    expect(await world.api('DELETE /clusters/half')).toMatchObject({ status: 500, code: 10000 });
    expect((await world.api('GET /clusters/half')).data).toMatchObject({ maintenanceStatus: 'Deleting' });
    expect(await world.api('POST /backups', { clusterId: 'half' })).toMatchObject({ code: 20114 });

    expect(await world.api('DELETE /clusters/half')).toMatchObject({ code: 0 });
    expect(world.secrets.size).toBe(0);
  });
});

it('explains what it may mean if none of the former endpoints is left', async () => {
  const own = await startApiWorld();
  await own.register('moves');
  const change = async (endpoints: string[]) =>
    (await own.api('PUT /clusters/moves', { clusterName: 'Moves', endpoints })).data;

  expect(await change(['before-any-backup:4000'])).toEqual({});
  const { createTime: registeredAt = '' } = (await own.ports.clusters.get('moves')) ?? {};
  await own.ports.clusters.recordTidb('moves', { registeredAt, tidb: { clusterId: '7', since: registeredAt } });
  expect(await change(['before-any-backup:4000', 'one-more:4000'])).toEqual({});
  expect(await change(['elsewhere:4000'])).toEqual({
    notes: [expect.stringContaining('If they lead to another TiDB than 7, the next backup will detect it')],
  });
  expect((await own.api('GET /clusters/moves')).data).toMatchObject({ tidb: { clusterId: '7', since: registeredAt } });
  await own.stop();
});

it('lists clusters newest first, in pages', async () => {
  const own = await startApiWorld();
  for (const id of ['a', 'b', 'c']) {
    await own.register(id);
    own.advance(1_000);
  }

  const { data, page } = await own.api('GET /clusters/?page=1&pageSize=2');

  expect(page).toMatchObject({ page: 1, pageSize: 2, total: 3 });
  expect(data.clusters).toMatchObject([
    { clusterId: 'c', createTime: later(2) },
    { clusterId: 'b', createTime: later(1) },
  ]);
  await own.stop();
});
