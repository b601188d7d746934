import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRecordPlaces } from '../../../../functions/adapters/dynamodb/record-places.ts';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import type { BackupFilter } from '../../../../functions/domain/backup/backup-store.ts';
import type { WorkflowFilter } from '../../../../functions/domain/workflow/workflow-store.ts';
import { countRecords } from '../../../../functions/operations/status/count-records.ts';
import { recountRecords } from '../../../../functions/operations/status/recount-records.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { countReads, type Reads } from '../../../support/read-units.ts';
import { aBackup, aWorkflow } from '../../../support/records.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-01T00:30:00.000Z');
const iso = (at: number) => new Date(at).toISOString();
const dayAfter = (day: number) => Date.parse('2026-12-01T01:00:00.000Z') + day * 24 * HOUR;

let tables: TestTables;
let reads: Reads;
const records: BackupRecord[] = [];

beforeAll(async () => {
  tables = await startTables();
  reads = countReads(tables.client);
  // Of two clusters, one an hour each.
  for (let number = 0; number < 640; number += 1) {
    const clusterId = number % 2 === 0 ? 'c1' : 'c2';
    const createTime = iso(START + Math.floor(number / 2) * HOUR);
    const backupMode = number % 3 === 0 ? 'manual' : 'auto';
    records.push(aBackup({ backupId: `b${number}`, clusterId, backupMode, createTime }));
  }
  for (let first = 0; first < records.length; first += 20) {
    await Promise.all(records.slice(first, first + 20).map((record) => write(record)));
  }
});
afterAll(() => tables.stop());
beforeEach(() => {
  reads.commands = [];
  reads.units = 0;
});

async function write(record: BackupRecord): Promise<void> {
  if (record.status === 'Initializing') await tables.stores.backups.create(record);
}

const created = (record: BackupRecord) => ({ changeId: record.backupId, sequence: '1', time: record.createTime });

const take = (...some: BackupRecord[]) => takeAt(dayAfter(0), ...some);

async function takeAt(now: number, ...some: BackupRecord[]): Promise<void> {
  const backups = some.map((after) => ({ ...created(after), before: undefined, after }));
  await countRecords({ backups, workflows: [] }, iso(now), tables.stores);
}

function recount(now: number, wait: () => Promise<void> = async () => {}) {
  const recordsBefore = createRecordPlaces(tables.client, {
    BACKUPS_TABLE: tables.names.backups,
    WORKFLOWS_TABLE: tables.names.workflows,
  });
  return recountRecords(now, { ...tables.stores, recordsBefore, wait });
}

const page = { page: 1, pageSize: 10 };
const list = (filter: BackupFilter, after?: string) => tables.stores.backups.list(filter, { ...page, after });

function expected({ clusterId, backupMode, createdFrom = 0, createdTo = dayAfter(9) }: BackupFilter): number {
  return records.filter(
    (record) =>
      (clusterId ?? record.clusterId) === record.clusterId &&
      (backupMode ?? record.backupMode) === record.backupMode &&
      createdFrom <= Date.parse(record.createTime) &&
      createdTo >= Date.parse(record.createTime),
  ).length;
}

// Each test builds on the one before: an upgrade, and the days after it.
describe('totals of long lists', () => {
  it("are counted by keys until a later day's recount finds every counter correct", async () => {
    expect((await list({})).total).toBe(640);
    expect(await recount(dayAfter(0))).toMatchObject({ unsettled: 0 });
    expect((await tables.stores.counters.total('backups', {}, () => true)) ?? 'unknown').toBe('unknown');

    expect(await recount(dayAfter(1))).toEqual({ counters: expect.any(Number), corrected: 0, unsettled: 0 });

    expect(await tables.stores.counters.total('backups', {}, () => true)).toBe(640);
  });

  it('are exact for every combination of filters', async () => {
    const edge = START + 3 * 24 * HOUR;
    const filters: BackupFilter[] = [
      {},
      { backupMode: 'auto' },
      { clusterId: 'c1' },
      { clusterId: 'c2', backupMode: 'manual' },
      { createdFrom: edge },
      { createdTo: edge + 10 * 24 * HOUR },
      { createdFrom: edge + 1, createdTo: edge + 8 * 24 * HOUR },
      { createdFrom: START, createdTo: START + HOUR },
    ];
    for (const filter of filters) expect([filter, (await list(filter)).total]).toEqual([filter, expected(filter)]);
  });

  it('cost no more calls and units for a page of a long list', async () => {
    const costOf = async (filter: BackupFilter, after?: string) => {
      reads.commands = [];
      reads.units = 0;
      const { next } = await list(filter, after);
      return { commands: [...reads.commands], units: reads.units, next };
    };
    const first = await costOf({});
    const second = await costOf({}, first.next);

    expect(first.commands).toEqual(['Query', 'Query', 'BatchGetItem']);
    expect(second.commands).toEqual(['Query', 'Query', 'Query', 'BatchGetItem']);
    // 501 keys, 28 days of counters, and ten records.
    for (const { units } of [first, second]) expect(units).toBeLessThan(60);
  });

  it('lead from page to page by cursor, and return every record once', async () => {
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const found = await tables.stores.backups.list({ backupMode: 'auto' }, { page: 1, pageSize: 100, after });
      ids.push(...found.items.map(({ backupId }) => backupId));
      expect(found.total).toBe(expected({ backupMode: 'auto' }));
      after = found.next;
    } while (after !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(expected({ backupMode: 'auto' }));
  });

  it('follow the writes, whatever is repeated or concurrent', async () => {
    const more = [0, 1, 2, 3].map((number) =>
      aBackup({ backupId: `more${number}`, clusterId: 'c1', backupMode: 'manual', createTime: iso(dayAfter(0)) }),
    );
    await Promise.all(more.map(write));
    records.push(...more);

    await Promise.all(more.map((record) => take(record)));
    expect((await list({})).total).toBe(644);
    await take(...more);

    expect((await list({})).total).toBe(644);
    expect((await list({ createdFrom: dayAfter(-40) })).total).toBe(644);
  });

  it('are corrected after a lost change, but not for one in transit', async () => {
    const [lost, late] = [0, 1].map((number) =>
      aBackup({
        backupId: `l${number}`,
        clusterId: `c${number}`,
        backupMode: 'auto',
        createTime: iso(dayAfter(number)),
      }),
    );
    if (lost === undefined || late === undefined) throw new Error('two records');
    await write(lost);
    await write(late);
    records.push(lost, late);

    const found = await recount(dayAfter(2), () => take(late));

    expect(found).toMatchObject({ corrected: 2, unsettled: 0 });
    expect((await list({})).total).toBe(records.length);
    expect(await recount(dayAfter(3))).toMatchObject({ corrected: 0, unsettled: 0 });
  });

  it('leave a counter that is being written to the next recount', async () => {
    const [lost, other] = ['lost', 'other'].map((backupId) =>
      aBackup({ backupId, clusterId: 'c9', backupMode: 'auto', createTime: iso(dayAfter(2)) }),
    );
    if (lost === undefined || other === undefined) throw new Error('two records');
    await write(lost);

    const meanwhile = async () => {
      await write(other);
      await take(other);
    };
    expect(await recount(dayAfter(5), meanwhile)).toMatchObject({ corrected: 0, unsettled: 2 });
    expect(await recount(dayAfter(6))).toMatchObject({ corrected: 2, unsettled: 0 });
    records.push(lost, other);
    expect((await list({})).total).toBe(records.length);
  });

  it('of workflows distinguish how they ended', async () => {
    const runs = Array.from({ length: 6 }, (_, index) =>
      aWorkflow({ workFlowId: `w${index}`, bizId: 'c1', createTime: iso(dayAfter(0)) }),
    );
    await Promise.all(runs.map((run) => tables.stores.workflows.create(run)));
    await Promise.all(
      runs.slice(0, 4).map((run) => tables.stores.workflows.setStatus(run, 'Finished', iso(dayAfter(0)))),
    );
    await recount(dayAfter(7));

    const many = Array.from({ length: 510 }, (_, index) => {
      const status = index % 2 === 0 ? 'Finished' : 'Error';
      return aWorkflow({ workFlowId: `m${index}`, bizId: 'c2', status, createTime: iso(dayAfter(0)) });
    });
    await Promise.all(many.map((run) => tables.stores.workflows.create(run)));
    const after = many.map((run) => ({ changeId: run.workFlowId, sequence: '1', time: run.createTime, after: run }));
    const workflows = after.map((change) => ({ ...change, before: undefined }));
    await countRecords({ backups: [], workflows }, iso(dayAfter(0)), tables.stores);
    const total = async (filter: WorkflowFilter) => (await tables.stores.workflows.list(filter, page)).total;
    expect(await total({})).toBe(516);
    expect(await total({ bizId: 'c2' })).toBe(510);
    expect(await total({ flowName: 'BackupCluster' })).toBe(516);
    expect(await total({ status: 'Finished' })).toBe(259);
    expect(await total({ status: 'Initializing' })).toBe(2);

    const all = await tables.stores.counters.all();
    const ofAll = all.filter(({ group }) => group === 'workflows').map(({ day, counts }) => ({ day, counts }));
    const counts = { 'BackupCluster#Unended': 2, 'BackupCluster#Finished': 259, 'BackupCluster#Error': 255 };
    expect(ofAll).toEqual([{ day: '2026-12-01', counts }]);
  });

  it('still know what they have taken in when they are corrected', async () => {
    const [lost, known] = ['lost-too', 'known'].map((backupId) =>
      aBackup({ backupId, clusterId: 'c8', backupMode: 'auto', createTime: iso(dayAfter(7)) }),
    );
    if (lost === undefined || known === undefined) throw new Error('two records');
    await Promise.all([lost, known].map(write));
    await takeAt(dayAfter(7), known);
    expect(await recount(dayAfter(8))).toMatchObject({ corrected: 2, unsettled: 0 });

    await takeAt(dayAfter(8), known);

    expect(await recount(dayAfter(8))).toMatchObject({ corrected: 0, unsettled: 0 });
  });

  it('of today are left to the stream', async () => {
    const record = aBackup({ backupId: 'today', clusterId: 'c7', createTime: iso(dayAfter(9)) });
    await write(record);

    expect(await recount(dayAfter(9))).toMatchObject({ corrected: 0, unsettled: 0 });

    const days = (await tables.stores.counters.all()).map(({ day }) => day);
    expect(days).not.toContain(record.createTime.slice(0, 10));
  });

  it('are written and removed only as they were read, and removed once they hold nothing', async () => {
    const { counters } = tables.stores;
    const key = { group: 'backups#c6', day: '2026-12-24' };
    const stored = async () => (await counters.all()).find(({ group }) => group === key.group);
    const counter = { counts: { auto: 1 }, taken: {} };

    expect(await counters.replace(key, counter, undefined)).toBe(true);
    expect(await counters.replace(key, counter, undefined)).toBe(false);
    const former = await stored();
    expect(await counters.replace(key, counter, former)).toBe(true);
    for (const next of [counter, { counts: {}, taken: {} }])
      expect(await counters.replace(key, next, former)).toBe(false);
    expect(await counters.replace(key, { counts: {}, taken: {} }, await stored())).toBe(true);

    expect(await stored()).toBeUndefined();
  });
});
