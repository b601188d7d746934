import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBackupStore } from '../../../../functions/adapters/dynamodb/backups-store.ts';
import { createDeletionStore } from '../../../../functions/adapters/dynamodb/deletions-store.ts';
import { createWorkflowStore } from '../../../../functions/adapters/dynamodb/workflows-store.ts';
import type { BackupFilter, BackupStore } from '../../../../functions/domain/backup/backup-store.ts';
import type { WorkflowStore } from '../../../../functions/domain/workflow/workflow-store.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { countReads, type Reads } from '../../../support/read-units.ts';
import { aBackup, aWorkflow, later } from '../../../support/records.ts';

let tables: TestTables;
let backups: BackupStore;
let workflows: WorkflowStore;
let reads: Reads;
beforeAll(async () => {
  tables = await startTables();
  reads = countReads(tables.client);
  backups = createBackupStore(tables.table('backups'));
  workflows = createWorkflowStore(tables.table('workflows'));
});
afterAll(() => tables.stop());
beforeEach(() => {
  reads.commands = [];
  reads.units = 0;
});

/** Records of a cluster, a second apart. Written a few at a time: the engine answers one after the other. */
async function fill(clusterId: string, count: number, from = 0): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  for (let first = 0; first < count; first += 10) {
    await Promise.all(numbers.slice(first, first + 10).map((number) => create(clusterId, number)));
  }
  return numbers.map((number) => `${clusterId}-${number}`);
}

async function create(clusterId: string, number: number): Promise<void> {
  const backupMode = number % 2 ? 'auto' : 'manual';
  // Longer than they get.
  const location = { type: 's3', bucket: 'b', prefix: 'x'.repeat(1_024) } as const;
  const createTime = later(number);
  await backups.create(aBackup({ backupId: `${clusterId}-${number}`, clusterId, backupMode, location, createTime }));
}

async function costOf(filter: BackupFilter, page = 1, pageSize = 10): Promise<{ commands: string[]; units: number }> {
  reads.commands = [];
  reads.units = 0;
  await backups.list(filter, { page, pageSize });
  return { commands: [...reads.commands], units: reads.units };
}

describe('the cost of a page', () => {
  it('depends on the matching records, however many others there are', async () => {
    await fill('asked', 30);
    const filters: BackupFilter[] = [
      { clusterId: 'asked' },
      { clusterId: 'asked', backupMode: 'auto' },
      { clusterId: 'asked', createdFrom: Date.parse(later(5)), createdTo: Date.parse(later(9)) },
      { createdTo: Date.parse(later(100)) },
      { backupId: 'asked-3' },
    ];
    const before = [];
    for (const filter of filters) before.push(await costOf(filter));

    await fill('others', 200, 1_000);

    const after = [];
    for (const filter of filters) after.push(await costOf(filter));
    expect(after).toEqual(before);
  });

  it('is one query over keys and one batch of the items, whatever page it is', async () => {
    await fill('paged', 60, 10_000);
    const cost = { commands: ['Query', 'BatchGetItem'], units: expect.any(Number) };

    for (const page of [1, 3, 6]) expect(await costOf({ clusterId: 'paged' }, page)).toEqual(cost);
    expect((await costOf({ clusterId: 'paged' }, 7)).commands).toEqual(['Query']);
    expect((await costOf({ backupId: 'paged-10000' })).commands).toEqual(['GetItem']);
  });

  it('includes no item outside the page: only keys of the others are read', async () => {
    await fill('keys', 100, 20_000);

    const { units } = await costOf({ clusterId: 'keys' }, 1, 10);

    // Ten consistent reads of up to 4 KB; a hundred keys are less than 16 KB, at half a unit for 4 KB.
    expect(units).toBeLessThanOrEqual(10 + 2);
  });
});

describe('the total', () => {
  it('and the pages are correct while records are added and removed', async () => {
    const clusterId = 'moving';
    const deletions = createDeletionStore(tables.table('backups'));
    const steady = await fill(clusterId, 30, 30_000);
    const leaving = await fill(clusterId, 15, 31_000);

    const coming = fill(clusterId, 15, 32_000);
    const going = Promise.all(leaving.map((backupId) => remove(backupId, deletions)));
    let settled = false;
    const changes = Promise.all([coming, going]).finally(() => {
      settled = true;
    });
    const totals: number[] = [];
    while (!settled) {
      const { items, total } = await backups.list({ clusterId }, { page: 1, pageSize: 100 });
      const ids = items.map(({ backupId }) => backupId);
      totals.push(total);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual([...ids].sort(newestFirst));
      expect(ids).toEqual(expect.arrayContaining(steady));
      // A record that existed a moment ago may be gone before it is read.
      expect(ids.length).toBeLessThanOrEqual(total);
    }
    await changes;

    for (const total of totals) {
      expect(total).toBeGreaterThanOrEqual(30);
      expect(total).toBeLessThanOrEqual(60);
    }
    const left = [...steady, ...(await coming)].sort(newestFirst);
    expect(await allPages({ clusterId }, 7)).toEqual([left, 45]);
    const auto = left.filter((backupId) => Number(backupId.split('-')[1]) % 2 === 1);
    expect(await allPages({ clusterId, backupMode: 'auto' }, 7)).toEqual([auto, auto.length]);
  });

  it('of workflows follows their status', async () => {
    const bizId = 'followed';
    const runs = Array.from({ length: 12 }, (_, index) => aWorkflow({ workFlowId: `run-${index}`, bizId }));
    await Promise.all(runs.map((run) => workflows.create(run)));
    const count = async (status: 'Initializing' | 'Processing' | 'Finished' | 'Error') =>
      (await workflows.list({ bizId, status }, { page: 1, pageSize: 1 })).total;

    await Promise.all(runs.slice(0, 8).map((run) => workflows.setStatus(run, 'Processing', later(1))));
    await Promise.all(runs.slice(0, 3).map((run) => workflows.setStatus(run, 'Finished', later(2))));
    await Promise.all(runs.slice(3, 4).map((run) => workflows.setStatus(run, 'Error', later(2))));

    expect([
      await count('Initializing'),
      await count('Processing'),
      await count('Finished'),
      await count('Error'),
    ]).toEqual([4, 4, 3, 1]);
    expect((await workflows.list({ bizId }, { page: 1, pageSize: 1 })).total).toBe(12);
  });
});

const newestFirst = (a: string, b: string) => Number(b.split('-')[1]) - Number(a.split('-')[1]);

async function allPages(filter: BackupFilter, pageSize: number): Promise<[ids: string[], total: number]> {
  const ids: string[] = [];
  for (let page = 1; ; page += 1) {
    const { items, total } = await backups.list(filter, { page, pageSize });
    ids.push(...items.map(({ backupId }) => backupId));
    if (items.length === 0) return [ids, total];
  }
}

/** Removes a record step by step, as a deletion does. */
async function remove(backupId: string, deletions: ReturnType<typeof createDeletionStore>): Promise<void> {
  await backups.cancel(backupId, { filesRemain: undefined, at: later(1) });
  await deletions.begin(backupId, later(2));
  await deletions.finish(backupId);
}
