import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorkflowStore } from '../../../../functions/adapters/dynamodb/workflows-store.ts';
import type { WorkflowStore } from '../../../../functions/domain/workflow/workflow-store.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aWorkflow, later } from '../../../support/records.ts';

let tables: TestTables;
let workflows: WorkflowStore;
beforeAll(async () => {
  tables = await startTables();
  workflows = createWorkflowStore(tables.table('workflows'));
});
afterAll(() => tables.stop());

const PAGE = { page: 1, pageSize: 10 };

it('an ended workflow keeps its status, whatever arrives late', async () => {
  const workflow = aWorkflow({ workFlowId: 'ended', bizId: 'late' });
  await workflows.create(workflow);

  expect(await workflows.setStatus(workflow, 'Processing', later(1))).toBe(true);
  expect(await workflows.setStatus(workflow, 'Finished', later(2))).toBe(true);
  expect(await workflows.setStatus(workflow, 'Finished', later(3))).toBe(true);
  expect(await workflows.setStatus(workflow, 'Processing', later(4))).toBe(false);
  expect(await workflows.setStatus(workflow, 'Error', later(4))).toBe(false);

  expect(await workflows.get('ended')).toEqual({ ...workflow, status: 'Finished', updateTime: later(3) });
});

it('shows its current step, until that is done', async () => {
  const workflow = aWorkflow({ workFlowId: 'steps', bizId: 'steps', flowName: 'RestoreExistCluster' });
  await workflows.create(workflow);
  const step = async () => (await workflows.get('steps'))?.step;

  await workflows.setStatus(workflow, 'Processing', later(1), 'restoring');
  expect(await step()).toBe('restoring');
  await workflows.setStatus(workflow, 'Processing', later(2));
  expect(await step()).toBeUndefined();
  await workflows.setStatus(workflow, 'Processing', later(3), 'restoring');
  await workflows.recordSuccess('steps', later(4));
  expect(await step()).toBeUndefined();
  await workflows.setStatus(workflow, 'Processing', later(5), 'restoring');
  await workflows.setStatus(workflow, 'Error', later(6));
  expect(await step()).toBeUndefined();
});

it('lets only the last run of a restore record its progress, until the workflow has ended', async () => {
  const workflow = aWorkflow({ workFlowId: 'runs', bizId: 'runs', flowName: 'RestoreExistCluster' });
  await workflows.create(workflow);
  const statement = { server: 'tidb-0:4000', connectionId: '9007199254740995' };

  const first = await workflows.beginRestore('runs', later(1));
  expect(first).toEqual({ ...workflow, restoreRuns: 1, updateTime: later(1) });
  expect(await workflows.recordRestore('runs', { run: 1, restored: 0, statement, at: later(2) })).toBe(true);
  const second = await workflows.beginRestore('runs', later(3));
  expect(second).toMatchObject({ restoreRuns: 2, restore: { restored: 0, statement } });
  expect(await workflows.recordRestore('runs', { run: 1, restored: 1, at: later(4) })).toBe(false);
  expect(await workflows.recordRestore('runs', { run: 2, restored: 1, at: later(4) })).toBe(true);
  expect((await workflows.get('runs'))?.restore).toEqual({ restored: 1 });

  await workflows.setStatus(workflow, 'Error', later(5));
  expect(await workflows.recordRestore('runs', { run: 2, restored: 2, at: later(6) })).toBe(false);
  expect(await workflows.beginRestore('runs', later(6))).toBeUndefined();
  expect(await workflows.beginRestore('none', later(6))).toBeUndefined();
});

it('lists find a workflow by its new status, and no longer by the old', async () => {
  const moving = aWorkflow({ workFlowId: 'moving', bizId: 'moved' });
  await workflows.create(moving);
  await workflows.create(aWorkflow({ workFlowId: 'other', bizId: 'moved', flowName: 'RestoreExistCluster' }));

  await workflows.setStatus(moving, 'Error', later(1));

  const find = async (filter: Parameters<WorkflowStore['list']>[0]) =>
    (await workflows.list({ bizId: 'moved', ...filter }, PAGE)).items.map((item) => item.workFlowId);
  expect(await find({ status: 'Initializing' })).toEqual(['other']);
  expect(await find({ status: 'Error' })).toEqual(['moving']);
  expect(await find({ status: 'Error', flowName: 'BackupCluster' })).toEqual(['moving']);
  expect(await find({ status: 'Error', flowName: 'RestoreExistCluster' })).toEqual([]);
  expect(await find({})).toEqual(['other', 'moving']);
});

it('is rolled back only before it has started', async () => {
  const begun = aWorkflow({ workFlowId: 'begun' });
  await workflows.create(begun);
  await workflows.create(aWorkflow({ workFlowId: 'unstarted' }));
  await workflows.setStatus(begun, 'Processing', later(1));

  expect(await workflows.removeUnstarted('unstarted')).toBe(true);
  expect(await workflows.removeUnstarted('unstarted')).toBe(true);
  expect(await workflows.removeUnstarted('begun')).toBe(false);
  expect(await workflows.setStatus(aWorkflow({ workFlowId: 'unstarted' }), 'Error', later(2))).toBe(false);
  expect(await workflows.get('unstarted')).toBeUndefined();
});
