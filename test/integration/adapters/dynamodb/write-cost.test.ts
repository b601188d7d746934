import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../functions/adapters/dynamodb/tables.ts';
import { createWorkflowStore } from '../../../../functions/adapters/dynamodb/workflows-store.ts';
import type { Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import type { WorkflowFilter } from '../../../../functions/domain/workflow/workflow-store.ts';
import { writesOfBackup } from '../../../support/backup-life.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aWorkflow, later } from '../../../support/records.ts';
import { countWrites, type Writes } from '../../../support/write-units.ts';

let tables: TestTables;
let writes: Writes;
beforeAll(async () => {
  tables = await startTables();
  const { clusters, backups, workflows, counters } = tables.names;
  writes = countWrites(tables.client, {
    [clusters]: TABLES.clusters,
    [backups]: TABLES.backups,
    [workflows]: TABLES.workflows,
    [counters]: TABLES.counters,
  });
});
afterAll(() => tables.stop());

describe('write units', () => {
  it('of a backup are those of its items and of the indexes that it must be in', async () => {
    expect(await writesOfBackup(tables.table, writes)).toEqual({
      request: 14,
      start: 6,
      end: 12,
      counters: 6,
    });
  });
});

describe('lists of workflows', () => {
  it('find running and ended ones, by every filter', async () => {
    const workflows = createWorkflowStore(tables.table('workflows'));
    const states = ['Initializing', 'Processing', 'Finished', 'Error'] as const;
    const flows = ['CheckCluster', 'DeleteBackup'] as const;
    const all: Workflow[] = [];
    for (let number = 0; number < 32; number += 1) {
      const run = aWorkflow({
        workFlowId: `list-${String(number).padStart(2, '0')}`,
        bizId: `listed-${Math.floor(number / 16)}`,
        flowName: flows[Math.floor(number / 8) % 2] ?? 'CheckCluster',
        status: 'Initializing',
        createTime: later(10 + (number % 5)),
      });
      const status = states[number % 4] ?? 'Initializing';
      await workflows.create(run);
      if (status !== 'Initializing') await workflows.setStatus(run, 'Processing', later(100));
      if (status === 'Finished' || status === 'Error') await workflows.setStatus(run, status, later(101));
      all.push({ ...run, status });
    }
    const newestFirst = all.toSorted((a, b) => (key(a) < key(b) ? 1 : -1));

    for (const bizId of ['listed-1', undefined])
      for (const flowName of [...flows, undefined])
        for (const status of [...states, undefined]) {
          const filter: WorkflowFilter = { bizId, flowName, status };
          const ids = newestFirst
            .filter((run) => [run.bizId, undefined].includes(bizId))
            .filter((run) => flowName === undefined || run.flowName === flowName)
            .filter((run) => status === undefined || run.status === status)
            .map(({ workFlowId }) => workFlowId);
          if (bizId === undefined && flowName === undefined) continue;
          expect([filter, await pages(filter), await tokens(filter)]).toEqual([filter, [ids, ids.length], ids]);
        }

    async function pages(filter: WorkflowFilter): Promise<[ids: string[], total: number]> {
      const ids: string[] = [];
      for (let page = 1; ; page += 1) {
        const { items, total } = await workflows.list(filter, { page, pageSize: 3 });
        if (items.length === 0) return [ids, total];
        ids.push(...items.map(({ workFlowId }) => workFlowId));
      }
    }

    async function tokens(filter: WorkflowFilter): Promise<string[]> {
      const ids: string[] = [];
      for (let after: string | undefined; ; ) {
        const { items, next } = await workflows.list(filter, { page: 1, pageSize: 3, after });
        ids.push(...items.map(({ workFlowId }) => workFlowId));
        if (next === undefined) return ids;
        after = next;
      }
    }
  });
});

const key = ({ createTime, workFlowId }: Workflow) => `${createTime}#${workFlowId}`;
