import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InitializingBackup } from '../../../functions/domain/backup/backup-record.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, aWorkflow } from '../../support/records.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

const HOUR = 3_600_000;
const hoursAgo = (hours: number) => new Date(world.ports.clock.now() - hours * HOUR).toISOString();

async function finished(backupId: string, hours: number, change: Partial<InitializingBackup> = {}) {
  const { backups } = world.ports;
  const at = hoursAgo(hours);
  await backups.create(aBackup({ backupId, createTime: at, ...change }));
  await backups.startAttempt(backupId, at);
  await backups.finish(backupId, { attempt: 1, backupTso: '449', sizeBytes: '9007199254740993', at });
}

async function failed(backupId: string, clusterId: string, hours: number) {
  const { backups, workflows } = world.ports;
  const flow = { workFlowId: backupId, flowName: 'BackupCluster', bizId: clusterId } as const;
  const at = hoursAgo(hours);
  await backups.create(aBackup({ backupId, clusterId, createTime: at }));
  await workflows.create(aWorkflow({ ...flow, createTime: at }));
  await backups.fail(backupId, { error: { code: 20_602, message: 'no space left on device' }, at });
  await workflows.setStatus(flow, 'Error', at);
}

const verify = (backupId: string, recoverySeconds: number) =>
  world.ports.backups.recordDrill(backupId, {
    verdict: 'verified',
    recoverySeconds,
    evidence: {
      ...{ workFlowId: `drill-${backupId}`, time: hoursAgo(0), result: 'passed', mismatches: [], assertions: [] },
      ...{ tables: 1, comparison: 'rows', rows: '1' },
    },
    at: hoursAgo(0),
  });

const save = (clusterId: string, strategy: object) =>
  world.api(`PUT /clusters/${clusterId}/strategy`, {
    strategy: { backupDate: 'Monday', period: '7:00-9:00', ...strategy },
  });

async function overviewOf(clusterId: string) {
  const { data } = await world.api('GET /overview?pageSize=100');
  const { clusters } = data as { clusters: { clusterId: string }[] };
  return clusters.find((cluster) => cluster.clusterId === clusterId);
}

async function history(clusterId: string, query = '') {
  const { data } = await world.api(`GET /clusters/${clusterId}/history?${query}`);
  return data as { backups: { backupId: string }[]; missedWindows: object[]; since?: string };
}

describe('the overview of all clusters', () => {
  it('measures the newest backup and the newest verified one against their limits', async () => {
    await world.registerEarly('aged');
    await save('aged', { maxBackupAgeHours: 2, maxVerifiedAgeHours: 48 });
    await finished('aged-1', 30, { clusterId: 'aged' });
    await finished('aged-2', 3, { clusterId: 'aged' });
    await verify('aged-1', 60);

    expect(await overviewOf('aged')).toMatchObject({
      recentBackups: [
        { backupId: 'aged-2', endTime: hoursAgo(3), sizeBytes: '9007199254740993' },
        { backupId: 'aged-1', endTime: hoursAgo(30) },
      ],
      ...{ maxBackupAgeHours: 2, isOverdue: true },
      newestVerified: { backupId: 'aged-1', endTime: hoursAgo(30) },
      ...{ maxVerifiedAgeHours: 48, isUnverified: false, paused: false },
      nextWindow: { start: '2026-03-02T07:00:00.000Z', end: '2026-03-02T09:00:00.000Z' },
    });
  });

  it('counts the time since the registration while there is no backup', async () => {
    await world.registerEarly('empty');
    await save('empty', { maxBackupAgeHours: 26 });

    expect(await overviewOf('empty')).toMatchObject({ recentBackups: [], isOverdue: true, isUnverified: false });
  });

  it('shows the progress of a running backup', async () => {
    await world.registerEarly('running');
    const { data } = await world.api('POST /backups', { clusterId: 'running', backupMode: 'manual' });
    const { backupId } = data as { backupId: string };
    const at = hoursAgo(0);
    await world.ports.backups.startAttempt(backupId, at);
    await world.ports.backups.recordProgress(backupId, { attempt: 1, progress: 42, step: 'counting', at });

    expect(await overviewOf('running')).toMatchObject({
      ...{ maintenanceStatus: 'BackUp', operationId: backupId, progress: 42, step: 'counting' },
    });
  });

  it('shows what a restore is doing', async () => {
    await world.registerEarly('restoring');
    await finished('restorable', 1, { clusterId: 'restoring' });
    const { data } = await world.api('POST /clusters/restoring/restore', { backupId: 'restorable' });
    const workFlowId = String(data.workFlowId);
    const flow = { workFlowId, flowName: 'RestoreExistCluster', bizId: 'restoring' } as const;
    await world.ports.workflows.setStatus(flow, 'Processing', hoursAgo(0), 'checking the target');

    expect(await overviewOf('restoring')).toMatchObject({ maintenanceStatus: 'Restore', step: 'checking the target' });
  });

  it('names a failed backup until one finishes, or its record is deleted', async () => {
    await world.registerEarly('failing');
    await finished('good', 5, { clusterId: 'failing' });
    await failed('bad', 'failing', 4);
    const bad = { backupId: 'bad', endTime: hoursAgo(4), error: 'no space left on device' };
    expect(await overviewOf('failing')).toMatchObject({ lastFailed: bad });

    await finished('good-again', 3, { clusterId: 'failing' });
    expect(await overviewOf('failing')).not.toHaveProperty('lastFailed');

    await failed('bad-again', 'failing', 2);
    expect(await overviewOf('failing')).toMatchObject({ lastFailed: { backupId: 'bad-again' } });
    await world.ports.deletions.begin('bad-again', hoursAgo(0));
    expect(await overviewOf('failing')).not.toHaveProperty('lastFailed');
  });

  it('finds the clusters with problems among many, longest overdue first, at the same cost', async () => {
    const { due } = world.ports;
    await Promise.all(Array.from({ length: 20 }, (_, n) => world.registerEarly(`fine-${n}`)));
    for (const [clusterId, hours] of [
      ['late', 30],
      ['later', 50],
    ] as const) {
      await world.registerEarly(clusterId);
      await save(clusterId, { maxBackupAgeHours: 26 });
      await finished(`of-${clusterId}`, hours, { clusterId });
      await due.lookAgain(clusterId, hoursAgo(hours - 26));
    }
    await world.registerEarly('recovered');
    await save('recovered', { maxBackupAgeHours: 26 });
    await due.lookAgain('recovered', hoursAgo(100));
    await finished('of-recovered', 1, { clusterId: 'recovered' });
    await failed('of-broken', await world.registerEarly('broken'), 1);
    await failed('long-ago', await world.registerEarly('broken-long-ago'), 200);
    world.calls.length = 0;

    const { data } = await world.api('GET /overview?problems=true&pageSize=100');

    const ids = (data.clusters as { clusterId: string }[]).map(({ clusterId }) => clusterId);
    expect(ids).toEqual(expect.arrayContaining(['later', 'late', 'broken']));
    expect(ids.indexOf('later')).toBeLessThan(ids.indexOf('late'));
    expect(ids.filter((id) => /^(fine|recovered|broken-long-ago)/.test(id))).toEqual([]);
    // The queries of four shards, failures with their count, and a few for each cluster found.
    expect(world.calls.length).toBeLessThanOrEqual(14 + 4 * (ids.length + 1));
  });

  it('pages through the clusters with problems', async () => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const position = token === undefined ? '' : `&pageToken=${token}`;
      const { data, page } = await world.api(`GET /overview?problems=true&pageSize=2${position}`);
      found.push(...(data.clusters as { clusterId: string }[]).map(({ clusterId }) => clusterId));
      token = page?.nextPageToken;
    } while (token !== undefined);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(['later', 'late', 'broken']));
    expect(await world.api('GET /overview?problems=maybe')).toMatchObject({ code: 10_001 });
  });

  it('costs four calls and three small queries a cluster, however many backups there are', async () => {
    for (let n = 0; n < 30; n += 1) await finished(`many-${n}`, n, { clusterId: 'aged' });
    const { data } = await world.api('GET /clusters?pageSize=100');
    const clusters = (data.clusters as object[]).length;
    world.calls.length = 0;

    await world.api('GET /overview?pageSize=100');

    // And one for failed backups.
    expect(world.calls.length).toBeLessThanOrEqual(5 + 3 * clusters);
  });

  it('continues with a page token', async () => {
    const { page } = await world.api('GET /overview?pageSize=1');
    const next = await world.api(`GET /overview?pageSize=1&pageToken=${page?.nextPageToken}`);

    expect(next).toMatchObject({ code: 0, data: { clusters: [expect.anything()] } });
  });
});

describe('the history of a cluster', () => {
  it('joins what the indexes know about each backup', async () => {
    const { backups } = world.ports;
    await world.registerEarly('past');
    await finished('past-full', 50, { clusterId: 'past', backupMode: 'auto' });
    await finished('past-incr', 40, {
      ...{ clusterId: 'past', backupType: 'incr', base: { backupId: 'past-full', backupTso: '449' } },
    });
    await verify('past-full', 312);
    await backups.create(aBackup({ backupId: 'past-failed', clusterId: 'past', createTime: hoursAgo(20) }));
    await backups.fail('past-failed', { error: { code: 10_007, message: 'no TiDB' }, at: hoursAgo(19) });

    expect((await history('past')).backups).toEqual([
      { backupId: 'past-failed', backupType: 'full', backupMode: 'manual', status: 'Failed', createTime: hoursAgo(20) },
      {
        ...{ backupId: 'past-incr', backupType: 'incr', backupMode: 'manual', status: 'Finished' },
        ...{ createTime: hoursAgo(40), startTime: hoursAgo(40), endTime: hoursAgo(40), baseBackupId: 'past-full' },
        sizeBytes: '9007199254740993',
      },
      {
        ...{ backupId: 'past-full', backupType: 'full', backupMode: 'auto', status: 'Finished' },
        ...{ createTime: hoursAgo(50), startTime: hoursAgo(50), endTime: hoursAgo(50), recoverySeconds: 312 },
        sizeBytes: '9007199254740993',
      },
    ]);
  });

  it('keeps to the time range, even for a backup that ends after it', async () => {
    await world.registerEarly('ranged');
    await finished('before', 30, { clusterId: 'ranged' });
    await finished('after', 1, { clusterId: 'ranged' });
    const { backups } = world.ports;
    await backups.create(aBackup({ backupId: 'long', clusterId: 'ranged', createTime: hoursAgo(20) }));
    await backups.startAttempt('long', hoursAgo(20));
    await backups.finish('long', { attempt: 1, backupTso: '449', sizeBytes: '1', at: hoursAgo(5) });
    const unix = (hours: number) => Math.floor(Date.parse(hoursAgo(hours)) / 1_000);

    const { backups: found } = await history('ranged', `startTime=${unix(25)}&endTime=${unix(10)}`);

    expect(found).toEqual([expect.objectContaining({ backupId: 'long', endTime: hoursAgo(5) })]);
  });

  it('costs the same however many backups there are, and says where it was cut', async () => {
    await world.registerEarly('long');
    const create = (n: number) =>
      world.ports.backups.create(aBackup({ backupId: `l${n}`, clusterId: 'long', createTime: hoursAgo(1 + n) }));
    for (let n = 0; n < 1_010; n += 10) await Promise.all(Array.from({ length: 10 }, (_, m) => create(n + m)));
    world.calls.length = 0;

    const { backups, since } = await history('long');

    expect(backups).toHaveLength(1_000);
    expect(since).toBe(hoursAgo(1_000));
    expect(world.calls.length).toBeLessThanOrEqual(8);
  });

  it('accepts a range up to the end of time', async () => {
    expect(await world.api('GET /clusters/past/history?endTime=253402300799')).toMatchObject({ code: 0 });
  });

  it('refuses a cluster that is not registered', async () => {
    expect(await world.api('GET /clusters/nobody/history')).toMatchObject({ status: 404, code: 10_003 });
  });
});
