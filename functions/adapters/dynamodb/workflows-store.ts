import { UNFINISHED, workflow } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { getItem, putNew, type Table } from './dynamodb.ts';
import { all, any, type Change, exists, is, isMissing, isOneOf, unlessSet } from './expressions.ts';
import { itemsOf, listItems } from './list-items.ts';
import { listAttributes, listOrder, TABLES } from './tables.ts';
import { deleteItem, updateItem } from './update-item.ts';

const hasNotEnded = isOneOf('status', ...UNFINISHED);

/** The runs of workflows. Inputs and results of nodes are not stored here: the execution's history has them. */
export function createWorkflowStore(table: Table): WorkflowStore {
  const definition = TABLES.workflows;
  const update = (workFlowId: string, change: Change) => updateItem(table, { workFlowId }, change);

  return {
    get: (workFlowId) => getItem(table, { workFlowId }, workflow),

    getAll: (workFlowIds) => itemsOf({ table, definition, schema: workflow }, workFlowIds),

    create: (item) =>
      putNew(table, definition.partitionKey, {
        ...item,
        ...listAttributes(definition, { bizId: item.bizId, flowName: item.flowName, status: item.status }),
        listOrder: listOrder(item.createTime, item.workFlowId),
      }),

    // As for a backup record: one that has started stays.
    removeUnstarted: (workFlowId) =>
      deleteItem(table, { workFlowId }, any(isMissing('workFlowId'), is('status', 'Initializing'))),

    list: (filter, page) => listItems({ table, definition, filters: { ...filter }, page, schema: workflow }),

    async setStatus({ workFlowId, flowName, bizId }, status, at, step) {
      // Indexes whose attribute keeps its value are not written by DynamoDB, so naming all of them costs nothing.
      const moved = listAttributes(definition, { bizId, flowName, status });
      const item = await update(workFlowId, {
        set: { status, updateTime: at, ...moved, step },
        remove: step === undefined ? ['step'] : [],
        // node 1: Processing ─ answer lost ────────────────────────── Processing (again)
        // end:    ───────────────────────── Finished                       without the condition it runs for ever
        condition: isOneOf('status', ...UNFINISHED, status),
      });
      return item !== undefined;
    },

    async beginRestore(workFlowId, at) {
      // run 1: beginRestore (1) ── cut off, still alive ─────────────── recordRestore, RESTORE
      // run 2: ─────────────────────────────── beginRestore (2), looks                        two would restore into one cluster
      const item = await update(workFlowId, {
        set: { updateTime: at },
        add: { restoreRuns: 1 },
        condition: hasNotEnded,
      });
      return item && workflow.parse(item);
    },

    async recordRestore(workFlowId, { run, at, ...restore }) {
      const isLastRun = is('restoreRuns', run);
      const item = await update(workFlowId, {
        set: { restore, updateTime: at },
        condition: all(isLastRun, hasNotEnded),
      });
      return item !== undefined;
    },

    async beginImport(workFlowId, at) {
      // run 1: beginImport (1) ── cut off, still alive ─────────────── recordImport
      // run 2: ─────────────────────────────── beginImport (2)                      without its number it would go back
      const item = await update(workFlowId, {
        set: { updateTime: at },
        add: { 'import.runs': 1 },
        condition: hasNotEnded,
      });
      return item && workflow.parse(item).import;
    },

    async recordImport(workFlowId, job, at) {
      const isLastRun = is('import.runs', job.runs);
      const item = await update(workFlowId, {
        set: { import: job, updateTime: at },
        condition: all(isLastRun, hasNotEnded),
      });
      return item !== undefined;
    },

    async recordSuccess(workFlowId, at) {
      await update(workFlowId, {
        set: { succeededAt: unlessSet('succeededAt', at) },
        remove: ['step'],
        condition: hasNotEnded,
      });
    },

    async recordNewCluster(workFlowId, newCluster) {
      // start: StartExecution (answer lost) ─ look: not there ─ removeUnstarted ─────────────────
      // fail:  ───────────────────────────────────────────────────────────────── recordNewCluster     makes half a workflow
      await update(workFlowId, { set: { newCluster }, condition: exists('workFlowId') });
    },
  };
}
