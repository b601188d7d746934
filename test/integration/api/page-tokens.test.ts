import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup } from '../../support/records.ts';

let world: ApiWorld;

beforeAll(async () => {
  world = await startApiWorld();
});

afterAll(async () => {
  await world.stop();
});

const CREATED_AT = Date.parse('2026-03-02T00:00:00Z');

/** Records `{clusterId}-00`, `-01`, …, one a second; the last two in the same millisecond. */
async function records(clusterId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${clusterId}-${String(index).padStart(2, '0')}`);
  for (const [index, backupId] of ids.entries()) {
    const createTime = new Date(CREATED_AT + Math.min(index, count - 2) * 1_000).toISOString();
    await world.ports.backups.create(aBackup({ backupId, clusterId, createTime }));
  }
  return ids.reverse();
}

const idsIn = (list: unknown) =>
  (list as Record<string, string>[]).map(
    ({ id, clusterId, backupId, workFlowId }) => id ?? backupId ?? workFlowId ?? clusterId,
  );

/** Walks through a list; `between` is called after each page. */
async function walk(target: string, name: string, between: (page: number) => Promise<unknown> = async () => {}) {
  const seen: (string | undefined)[] = [];
  const totals: number[] = [];
  for (let token = ''; ; ) {
    const { code, message, data, page } = await world.api(`GET ${target}${token && `&pageToken=${token}`}`);
    expect(code, message).toBe(0);
    seen.push(...idsIn(data[name]));
    totals.push(page?.total ?? Number.NaN);
    if (page?.nextPageToken === undefined) return { seen, totals };
    expect(page.nextPageToken.length).toBeLessThanOrEqual(1_024);
    token = page.nextPageToken;
    await between(page.page);
  }
}

describe('paging by tokens', () => {
  it('returns each record once, and the total with every page', async () => {
    const ids = await records('plain', 7);

    expect(await walk('/backups?clusterId=plain&pageSize=3', 'backupRecords')).toEqual({
      seen: ids,
      totals: [7, 7, 7],
    });
    expect(await walk('/backups?clusterId=plain&pageSize=7', 'backupRecords')).toEqual({ seen: ids, totals: [7] });
  });

  it('neither skips nor repeats a record while others are added and removed', async () => {
    const ids = await records('busy', 9);
    const later = (page: number) => new Date(CREATED_AT + 3_600_000 + page).toISOString();

    const { seen } = await walk('/backups?clusterId=busy&pageSize=2', 'backupRecords', async (page) => {
      // Even the last one seen: the next page begins after it all the same.
      if (page === 1) for (const id of ids.slice(0, 2)) await world.ports.backups.removeUnstarted(id);
      await world.ports.backups.create(
        aBackup({ backupId: `new-${page}`, clusterId: 'busy', createTime: later(page) }),
      );
    });

    expect(seen).toEqual(ids);
  });

  it('works for clusters and workflows too', async () => {
    for (const id of ['w1', 'w2', 'w3']) await world.register(id);
    const started = [];
    for (const clusterId of ['w1', 'w2', 'w3']) {
      started.unshift((await world.api('POST /backups', { clusterId })).data.workFlowId);
    }

    const clusters = await walk('/clusters?pageSize=1', 'clusters');
    const workflows = await walk('/workflow?flowName=BackupCluster&pageSize=2', 'workFlows');

    expect([...clusters.seen].sort()).toEqual(['w1', 'w2', 'w3']);
    expect([...workflows.seen].sort()).toEqual(started.sort());
  });

  it('walks through the decisions of retention as they were at its first page', async () => {
    await world.register('kept');
    const ids = await records('kept', 5);
    world.advance(7 * 86_400_000);

    const { seen } = await walk('/clusters/kept/retention/preview?pageSize=2', 'decisions', async (page) => {
      if (page === 1) await world.ports.backups.removeUnstarted(String(ids[0]));
      world.advance(1_000);
      const now = world.ports.clock.now();
      const createTime = new Date(now).toISOString();
      await world.ports.backups.create(aBackup({ backupId: `late-${now}`, clusterId: 'kept', createTime }));
    });

    expect([...seen].sort()).toEqual([...ids].sort());
  });
});

describe('a page token', () => {
  const first = async (query: string, caller?: object) => {
    const { page } = await world.api(`GET /backups?${query}`, undefined, caller && { authorizer: caller });
    return page?.nextPageToken ?? '';
  };

  it.each([
    ['another filter', 'clusterId=bound&backupMode=manual&pageSize=2'],
    ['one filter fewer', 'pageSize=2'],
    ['another page size', 'clusterId=bound&pageSize=3'],
    ['the default page size', 'clusterId=bound'],
    ['another time', 'clusterId=bound&pageSize=2&startTime=1'],
  ])('is refused with %s', async (_, query) => {
    await records('bound', 5);
    const token = await first('clusterId=bound&pageSize=2');

    const answer = await world.api(`GET /backups?${query}&pageToken=${token}`);

    expect(answer).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('pageToken: ') });
  });

  it('of another list, or of another caller, is refused', async () => {
    await records('whose', 5);
    const one = { iam: { userId: 'AIDAONE' } };
    const token = await first('pageSize=2', one);
    const ask = async (route: string, authorizer: object) => (await world.api(route, undefined, { authorizer })).code;

    expect(await ask(`GET /backups?pageSize=2&pageToken=${token}`, one)).toBe(0);
    expect(await ask(`GET /backups?pageSize=2&pageToken=${token}`, { iam: { userId: 'AIDATWO' } })).toBe(10001);
    expect(await ask(`GET /clusters?pageSize=2&pageToken=${token}`, one)).toBe(10001);
  });

  it('is refused if it is damaged, too long, empty, or given with a page', async () => {
    await records('damaged', 5);
    const query = 'clusterId=damaged&pageSize=2';
    const token = await first(query);
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    const forged = Buffer.from(JSON.stringify({ page: 2, after: '2026', digest: 'x' })).toString('base64url');

    for (const bad of [flipped, token.slice(0, -4), `${token}!`, `${token}AAAA`, 'null', forged, 'x'.repeat(1_025)]) {
      const answer = await world.api(`GET /backups?${query}&pageToken=${encodeURIComponent(bad)}`);
      expect(answer, bad).toMatchObject({ code: 10001, message: expect.stringContaining('pageToken: ') });
    }
    expect(await world.api(`GET /backups?${query}&page=2&pageToken=${token}`)).toMatchObject({
      code: 10001,
      message: expect.stringContaining('pageToken: must not be given together with page'),
    });
  });

  it('costs no more calls than a page', async () => {
    await records('calls', 5);
    const token = await first('clusterId=calls&pageSize=2');
    world.calls.length = 0;

    await world.api(`GET /backups?clusterId=calls&pageSize=2&pageToken=${token}`);

    expect(world.calls).toEqual(['QueryCommand', 'BatchGetItemCommand']);
  });
});
