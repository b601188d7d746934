import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../../functions/api/http/handler.ts';
import { QUERY_ROUTES } from '../../../functions/api/routes/query-routes.ts';
import type { InitializingBackup } from '../../../functions/domain/backup/backup-record.ts';
import { autoBackup } from '../../../functions/operations/strategy/auto-backup.ts';
import { apiEvent } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, aWorkflow } from '../../support/records.ts';

let world: ApiWorld;
beforeAll(async () => {
  vi.spyOn(console, 'info').mockReturnValue();
  world = await startApiWorld();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

const T0 = Date.parse('2026-03-10T00:00:00Z');
const MINUTE = 60_000;
const at = (minutes: number) => new Date(T0 + minutes * MINUTE).toISOString();
const seconds = (minutes: number) => String((T0 + minutes * MINUTE) / 1_000);
const TSO = 464_680_329_216_000_000n;

/** A finished backup created this many minutes after {@link T0}; its TSO is above 2^53. */
async function finished(backupId: string, minutes: number, change: Partial<InitializingBackup> = {}) {
  const { backups } = world.ports;
  await backups.create(aBackup({ backupId, createTime: at(minutes), ...change }));
  await backups.startAttempt(backupId, at(minutes));
  const backupTso = tso(minutes);
  await backups.finish(backupId, {
    attempt: 1,
    backupTso,
    sizeBytes: '9007199254740993',
    awaitsCopy: true,
    at: at(minutes + 1),
  });
  return { backupId, backupTso };
}
const tso = (minutes: number) => String(TSO + BigInt(minutes));

/** An incremental backup based on another. */
const increment = (
  backupId: string,
  minutes: number,
  base: { backupId: string; backupTso: string },
  clusterId: string,
) => finished(backupId, minutes, { clusterId, backupType: 'incr', base });

const backup = (id: string) => world.api(`GET /backups/${id}/evidence`);

interface ClusterEvidence {
  backups: { backupId: string; chain: { backupId: string; backupTso?: string }[]; chainIncomplete?: string }[];
  missedWindows: { start: string; end: string; reason: string }[];
}
async function cluster(id: string, query = '') {
  const { data, page, ...answer } = await world.api(`GET /clusters/${id}/evidence?${query}`);
  return { ...answer, page, ...(data as unknown as ClusterEvidence) };
}

async function csv(route: string) {
  const answer = await createHandler(QUERY_ROUTES, world.ports, {
    callers: { type: 'iam' },
    metrics: { emit: () => {} },
  })(apiEvent(route, undefined));
  return { status: answer.statusCode, headers: answer.headers ?? {}, body: answer.body ?? '' };
}

/** RFC 4180, parsed by its grammar. */
function rowsOf(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g;
  for (const [, quoted, plain = '', end] of text.matchAll(cells)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  const [header = [], ...rest] = rows.filter((cells) => cells.length > 1);
  return rest.map((row) => Object.fromEntries(header.map((name, column) => [name, row[column] ?? ''])));
}

describe('the evidence of a backup', () => {
  it('says what was backed up when, at which TSO, where it is stored, and until when it is locked', async () => {
    const { backups } = world.ports;
    await backups.create(aBackup({ backupId: 'e1', createTime: at(0), scope: { databases: ['shop'] } }));
    await backups.startAttempt('e1', at(1));
    const result = { attempt: 1, backupTso: tso(0), sizeBytes: '9007199254740993', fileCount: 38, at: at(2) };
    const origin = { clusterId: 'cluster-1', tidbClusterId: '7382117346512345678' };
    await backups.finish('e1', { ...result, origin, lockedUntil: at(9_000), checksums: { tables: 2 } });

    expect(await backup('e1')).toMatchObject({
      code: 0,
      data: {
        asOf: new Date(world.ports.clock.now()).toISOString(),
        evidence: {
          ...{ backupId: 'e1', clusterId: 'cluster-1', status: 'Finished', scope: { databases: ['shop'] } },
          ...{ createTime: at(0), startTime: at(1), endTime: at(2), backupTso: tso(0) },
          chain: [{ backupId: 'e1', backupTso: tso(0) }],
          ...{ sizeBytes: '9007199254740993', files: 38, lockedUntil: at(9_000), checksums: { tables: 2 } },
          location: 's3://backups/tidb/cluster-1/e1/attempt-1',
          tidbClusterId: '7382117346512345678',
        },
      },
    });
  });

  it('says where its second copy is stored, and since when it is complete', async () => {
    const copy = { bucket: 'the-copy', region: 'eu-west-1' };
    await finished('copied', 0, { location: { type: 's3', bucket: 'b', prefix: 'p', copy } });
    expect((await backup('copied')).data.evidence).toMatchObject({ copyPath: 's3://the-copy/p/attempt-1' });
    expect((await backup('copied')).data.evidence).not.toHaveProperty('copiedAt');

    await world.ports.backups.recordCopied('copied', at(7));

    expect((await backup('copied')).data.evidence).toMatchObject({ copiedAt: at(7) });
    expect((await csv('GET /backups/copied/evidence?format=csv')).body).toContain(`s3://the-copy/p/attempt-1,${at(7)}`);
  });

  it('includes the monthly cost of its files and of its second copy', async () => {
    const location = { type: 's3', bucket: 'b', prefix: 'p' } as const;
    const usd = async (backupId: string, change: Partial<InitializingBackup>) => {
      await finished(backupId, 0, { location: { ...location }, ...change });
      return (await backup(backupId)).data.perMonthUsd;
    };
    const once = (2 ** 53 / 1024 ** 3) * 0.023;
    const copy = { bucket: 'the-copy', region: 'eu-west-1' };

    expect(await usd('paid', {})).toBeCloseTo(once, 3);
    expect(await usd('paid-twice', { location: { ...location, copy } })).toBeCloseTo(2 * once, 3);
    expect(await usd('on-nfs', { location: { type: 'nfs', path: '/backups' } })).toBeUndefined();
    await world.ports.backups.create(aBackup({ backupId: 'unfinished', createTime: at(0) }));
    expect((await backup('unfinished')).data).not.toHaveProperty('perMonthUsd');
  });

  it('has its last drill, with what was compared', async () => {
    await finished('drilled', 0);
    const found = { workFlowId: 'd1', time: at(5), tables: 3, comparison: 'rows' as const, rows: '90071992547409930' };
    const held = { mismatches: [], assertions: [{ assertion: 'SELECT 1', passed: true }] };
    const evidence = { ...found, ...held, result: 'passed' as const };
    await world.ports.backups.recordDrill('drilled', { verdict: 'verified', recoverySeconds: 7, evidence, at: at(5) });

    expect((await backup('drilled')).data.evidence).toMatchObject({
      verifiedAt: at(5),
      recoverySeconds: 7,
      drill: evidence,
    });
  });

  it('lists the tables that its last drill compared', async () => {
    const { backups, workflows } = world.ports;
    await finished('listed', 0);
    const workFlowId = 'drill-of-listed';
    await workflows.create(aWorkflow({ workFlowId, flowName: 'RestoreDrill' }));
    const tables = [{ database: 'shop', table: 'orders', outcome: 'differs', rows: '9007199254740993' } as const];
    await workflows.recordDrillTables(workFlowId, { tables, omitted: 7 });
    expect((await backup('listed')).data).not.toHaveProperty('drillTables');

    const found = { time: at(9), tables: 8, rows: '9', mismatches: [], assertions: [] };
    const evidence = { workFlowId, result: 'failed' as const, ...found };
    await backups.recordDrill('listed', { verdict: 'refuted', evidence, at: at(9) });

    expect((await backup('listed')).data.drillTables).toEqual({ tables, omitted: 7 });
  });

  it('has the complete chain that a restore needs, the full backup first', async () => {
    const full = await finished('chain-0', 0, { clusterId: 'chain' });
    const one = await increment('chain-1', 10, full, 'chain');
    const two = await increment('chain-2', 20, one, 'chain');

    expect((await backup('chain-2')).data.evidence).toMatchObject({ chain: [full, one, two] });
    expect((await backup('chain-2')).data.evidence).not.toHaveProperty('chainIncomplete');
  });

  it('says that a link of the chain is missing', async () => {
    await increment('orphan', 30, { backupId: 'gone', backupTso: tso(1) }, 'orphans');

    expect((await backup('orphan')).data.evidence).toMatchObject({
      chain: [{ backupId: 'gone', backupTso: tso(1) }, { backupId: 'orphan' }],
      chainIncomplete: 'the record of gone no longer exists',
    });
  });

  it('of a failed one says why, and claims no snapshot', async () => {
    await world.ports.backups.create(aBackup({ backupId: 'failed', createTime: at(0) }));
    await world.ports.backups.fail('failed', { error: { code: 10007, message: 'TiDB is away' }, at: at(1) });

    const { evidence } = (await backup('failed')).data;

    expect(evidence).toMatchObject({ status: 'Failed', error: { message: 'TiDB is away' } });
    expect(evidence).not.toHaveProperty('backupTso');
  });

  it('of an unknown one is refused', async () => {
    expect(await backup('nobody')).toMatchObject({ status: 404, code: 20612 });
  });

  it('contains no ARN of a secret, whatever the record contains', async () => {
    const credentials = { accessKeySecretArn: 'arn:secret:a', secretAccessKeySecretArn: 'arn:secret:b' };
    const location = {
      type: 's3',
      bucket: 'b',
      prefix: 'p',
      endpoint: 'http://store.example.com',
      credentials,
    } as const;
    await finished('elsewhere', 0, { clusterId: 'elsewhere', location });

    expect(JSON.stringify((await backup('elsewhere')).data)).not.toContain('arn:secret');
    expect((await csv('GET /clusters/elsewhere/evidence?format=csv')).body).not.toContain('arn:secret');
  });
});

describe('the evidence of a cluster', () => {
  it('has the backups of a time range, newest first, to the last millisecond of its last second', async () => {
    for (const [index, minutes] of [0, 10, 20, 30].entries()) {
      await finished(`range-${index}`, minutes, { clusterId: 'range' });
    }

    const found = await cluster('range', `startTime=${seconds(10)}&endTime=${seconds(20)}`);

    expect(found.backups.map(({ backupId }) => backupId)).toEqual(['range-2', 'range-1']);
  });

  it('keeps every missed window long after the strategy and the cluster are removed', async () => {
    const clusterId = await world.register('missing');
    const daily = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday';
    const strategy = { backupDate: daily, period: '12:00-13:00' };
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });
    const from = world.ports.clock.now();
    const hour = 60 * MINUTE;
    const windowOf = (day: number) => new Date(Math.floor(from / (24 * hour)) * 24 * hour + (24 * day + 12) * hour);

    // No sweep for three days: it finds three windows at once, of which the strategy stores the last.
    world.advance(3 * 24 * hour);
    await autoBackup(world.ports.clock.now(), { ...world.ports, hasTime: () => true });
    // One that no sweep has recorded yet ends with the strategy, another with a change of it.
    world.advance(24 * hour);
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { ...strategy, period: '12:00-12:30' } });
    world.advance(24 * hour);
    await world.api(`DELETE /clusters/${clusterId}/strategy`);
    // And one with the cluster itself.
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { ...strategy, period: '12:00-13:00' } });
    world.advance(24 * hour);
    await world.api(`DELETE /clusters/${clusterId}`);

    const { missedWindows, backups } = await cluster(clusterId);

    expect(missedWindows.map(({ start }) => start)).toEqual(
      [5, 4, 3, 2, 1, 0].map((day) => windowOf(day).toISOString()),
    );
    expect(missedWindows.at(-1)).toEqual({
      start: windowOf(0).toISOString(),
      end: new Date(windowOf(0).getTime() + hour).toISOString(),
      reason: 'no sweep ran while it was open',
    });
    expect(backups).toEqual([]);
    expect((await world.api('GET /clusters?pageSize=100')).data.clusters).not.toContainEqual(
      expect.objectContaining({ clusterId: expect.stringContaining('missed') }),
    );
  });

  it('keeps a window whose backup could not start in it, even if its strategy has other windows by then', async () => {
    const clusterId = await world.register('unbegun');
    const hour = new Date(world.ports.clock.now()).getUTCHours();
    const period = (from: number) => `${(hour + from) % 24}:00-${(hour + from + 2) % 24}:00`;
    const strategy = { backupDate: 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday', period: period(23) };
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });
    await autoBackup(world.ports.clock.now(), { ...world.ports, hasTime: () => true });
    const { maintenance } = (await world.ports.clusters.get(clusterId)) ?? {};
    const claim = maintenance?.claim ?? expect.unreachable('its backup has started');

    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { ...strategy, period: period(5) } });
    await world.ports.strategies.miss(clusterId, claim, 'it came too late');

    expect((await cluster(clusterId)).missedWindows).toEqual([
      { start: claim.windowStart, end: claim.windowEnd, reason: 'it came too late' },
    ]);
  });

  it('is paged by tokens over backups and missed windows together, each once, at a constant cost', async () => {
    const missed = [5, 15, 25].map((minutes) => ({ start: at(minutes), end: at(minutes + 1), reason: 'busy' }));
    await world.ports.strategies.keepMissed('walked', missed);
    for (let index = 0; index < 4; index += 1) await finished(`w-${index}`, index * 10, { clusterId: 'walked' });
    const seen: string[] = [];
    const calls: string[][] = [];

    for (let token = ''; ; ) {
      world.calls.length = 0;
      const { backups, missedWindows, page } = await cluster('walked', `pageSize=2${token && `&pageToken=${token}`}`);
      calls.push([...world.calls]);
      expect(backups.length + missedWindows.length).toBeLessThanOrEqual(2);
      expect(page).not.toHaveProperty('total');
      seen.push(...backups.map(({ backupId }) => backupId), ...missedWindows.map(({ start }) => start));
      if (page?.nextPageToken === undefined) break;
      token = page.nextPageToken;
      // New records are newer than the walk.
      await finished(`late-${calls.length}`, 100 + calls.length, { clusterId: 'walked' });
    }

    expect(seen.toSorted()).toEqual([...missed.map(({ start }) => start), 'w-0', 'w-1', 'w-2', 'w-3'].toSorted());
    expect(calls).toHaveLength(4);
    for (const page of calls) {
      expect(page.filter((call) => call === 'QueryCommand')).toHaveLength(2);
      expect(page.filter((call) => call === 'BatchGetItemCommand').length).toBeLessThanOrEqual(2);
      expect(page.length).toBeLessThanOrEqual(4);
    }
  });

  it('finds chains that reach beyond its page and range, and searches only up to a limit', async () => {
    let base = await finished('deep-0', 0, { clusterId: 'deep' });
    for (let index = 1; index <= 6; index += 1) base = await increment(`deep-${index}`, index * 10, base, 'deep');
    world.calls.length = 0;

    const { backups } = await cluster('deep', `startTime=${seconds(60)}&pageSize=1`);

    expect(backups[0]?.chain.map(({ backupId }) => backupId)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((index) => `deep-${index}`),
    );
    expect(world.calls).toHaveLength(4);
  });

  it('continues only with its own token', async () => {
    for (let index = 0; index < 3; index += 1) await finished(`own-${index}`, index, { clusterId: 'own' });
    const { page } = await cluster('own', 'pageSize=1');
    const token = page?.nextPageToken;

    expect(await cluster('own', `pageSize=2&pageToken=${token}`)).toMatchObject({ status: 400, code: 10001 });
    expect(await cluster('walked', `pageSize=1&pageToken=${token}`)).toMatchObject({ status: 400, code: 10001 });
    expect(await cluster('own', `pageSize=1&pageToken=${token}`)).toMatchObject({ code: 0 });
  });

  it('is refused for a misspelled cluster, and empty for one without backups', async () => {
    await world.register('fresh');

    expect(await cluster('ordres')).toMatchObject({ status: 404, code: 10003 });
    expect(await cluster('fresh')).toMatchObject({ code: 0, backups: [], missedWindows: [] });
    expect(await cluster('range', `startTime=${seconds(1_000)}`)).toMatchObject({ code: 0, backups: [] });
  });

  it.each(['format=xml', 'format=CSV', 'startTime=2&endTime=1', 'page=1', 'starttime=1', 'pageSize=101'])(
    'refuses %s in the envelope',
    async (query) => {
      expect(await cluster('range', query)).toMatchObject({ status: 400, code: 10001 });
    },
  );
});

describe('evidence as CSV', () => {
  it('has a row for each backup and missed window, in one order', async () => {
    const full = await finished('csv-0', 0, { clusterId: 'csv', scope: { databases: ['shop', 'crm'] } });
    await increment('csv-1', 20, full, 'csv');
    await world.ports.strategies.keepMissed('csv', [{ start: at(10), end: at(11), reason: 'Restore "r", held it' }]);

    const { headers, body } = await csv('GET /clusters/csv/evidence?format=csv');

    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="evidence-of-csv.csv"',
    });
    expect(rowsOf(body)).toEqual([
      expect.objectContaining({ kind: 'backup', backupId: 'csv-1', chain: 'csv-0 csv-1', backupTso: tso(20) }),
      expect.objectContaining({ kind: 'missedWindow', startTime: at(10), reason: 'Restore "r", held it' }),
      expect.objectContaining({ kind: 'backup', scope: 'shop\ncrm', sizeBytes: '9007199254740993' }),
    ]);
  });

  it('names the next page in headers, which lead to the end', async () => {
    for (let index = 0; index < 3; index += 1) await finished(`l-${index}`, index, { clusterId: 'linked' });
    const ids: (string | undefined)[] = [];

    for (let query = 'format=csv&pageSize=2'; query !== ''; ) {
      const { headers, body } = await csv(`GET /clusters/linked/evidence?${query}`);
      ids.push(...rowsOf(body).map(({ backupId }) => backupId));
      const token = headers['x-next-page-token'];
      [, query = ''] = /^<\?(.*)>; rel="next"$/.exec(String(headers.link ?? '')) ?? [];
      expect(new URLSearchParams(query).get('pageToken') ?? undefined).toBe(token);
    }

    expect(ids).toEqual(['l-2', 'l-1', 'l-0']);
  });

  it('of one backup contains what its drill compared, and computes nothing', async () => {
    await finished('csv-drilled', 0, { scope: { databases: ['=cmd|calc'] } });
    const assertions = [{ assertion: '-- held\nSELECT 1', passed: false }];
    const found = {
      workFlowId: 'd2',
      time: at(5),
      tables: 1,
      rows: '4',
      mismatches: ['@shop.orders', 'b'],
      assertions,
    };
    const evidence = { ...found, result: 'failed' as const };
    await world.ports.backups.recordDrill('csv-drilled', { verdict: 'refuted', evidence, at: at(5) });

    const { headers, body } = await csv('GET /backups/csv-drilled/evidence?format=csv');
    const file = 'attachment; filename="evidence-of-backup-csv-drilled.csv"';
    expect(headers).toHaveProperty('content-disposition', file);

    expect(rowsOf(body)).toEqual([
      expect.objectContaining({
        ...{ scope: "'=cmd|calc", drillResult: 'failed', drillRows: '4', drillMismatches: "'@shop.orders\nb" },
        drillAssertions: 'false: -- held\nSELECT 1',
      }),
    ]);
  });

  it('that is refused is answered in the envelope', async () => {
    const { status, headers, body } = await csv('GET /backups/nobody/evidence?format=csv');

    expect([status, headers['content-type']]).toEqual([404, 'application/json']);
    expect(JSON.parse(body)).toMatchObject({ code: 20612, data: {} });
  });
});
