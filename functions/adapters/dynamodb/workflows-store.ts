import { type CounterStore, groupOf } from '../../domain/events/record-counts.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import { hasEnded, UNFINISHED, type Workflow, workflow } from '../../domain/workflow/workflow.ts';
import type { WorkflowFilter, WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { getItem, putNew, type Table } from './dynamodb.ts';
import { all, any, type Change, exists, is, isMissing, isOneOf, unlessSet } from './expressions.ts';
import { itemsOf, listItems, matchingIds, newestKeys } from './list-items.ts';
import { listAttributes, listIndexName, listOrder, listPartition, listRange, TABLES } from './tables.ts';
import { deleteItem, updateItem } from './update-item.ts';

const hasNotEnded = isOneOf('status', ...UNFINISHED);

/**
 * The attributes that place a workflow in the list indexes. A running workflow is in no index that combines its status with another
 * filter: each change of status would cost two writes per index, and there are few enough running workflows to read them all.
 */
function placesOf(item: Pick<Workflow, 'bizId' | 'flowName' | 'status'>): Record<string, string> {
  const { bizId, flowName, status } = item;
  const places = listAttributes(TABLES.workflows, { bizId, flowName, status });
  if (hasEnded(item)) return places;
  const byStatus = listIndexName(['status']);
  return Object.fromEntries(
    Object.entries(places).filter(([index]) => index === byStatus || !index.endsWith('Status')),
  );
}

function isOfRunningOnes({ bizId, flowName, status }: WorkflowFilter): boolean {
  return status !== undefined && !hasEnded({ status }) && (bizId !== undefined || flowName !== undefined);
}

/**
 * The runs of workflows. Inputs and results of nodes are not stored here: the execution's history has them.
 * @param counters without them, a list reads the keys of all its matches
 */
export function createWorkflowStore(table: Table, counters?: Pick<CounterStore, 'total'>): WorkflowStore {
  const definition = TABLES.workflows;
  const update = (workFlowId: string, change: Change) => updateItem(table, { workFlowId }, change);

  /** Reads every workflow with this status, as no index has them by two filters: see {@link placesOf}. There are few. */
  async function listRunning(filter: WorkflowFilter, { page, pageSize, after }: PageRequest): Promise<Page<Workflow>> {
    const { bizId = '', flowName = '', status } = filter;
    const ids = await matchingIds({ table, definition, filters: { status } });
    const found = (await itemsOf({ table, definition, schema: workflow }, ids))
      .filter((each) => each.status === status)
      .filter((each) => [each.bizId, ''].includes(bizId) && [each.flowName, ''].includes(flowName))
      .map((item) => ({ item, order: listOrder(item.createTime, item.workFlowId) }))
      .sort((a, b) => (a.order < b.order ? 1 : -1));
    const left = after === undefined ? found.slice((page - 1) * pageSize) : found.filter(({ order }) => order < after);
    const shown = left.slice(0, pageSize);
    const items = shown.map(({ item }) => item);
    return { items, total: found.length, ...(left.length > pageSize && { next: shown.at(-1)?.order }) };
  }

  /** Counters do not tell the statuses of running workflows apart. */
  function countOf({ bizId, flowName, status }: WorkflowFilter): (() => Promise<number | undefined>) | undefined {
    if (counters === undefined || (status !== undefined && !hasEnded({ status }))) return undefined;
    return () =>
      counters.total(groupOf('workflows', bizId), {}, (cell) => {
        const [flow, end] = cell.split('#');
        return (flowName ?? flow) === flow && (status ?? end) === end;
      });
  }

  return {
    get: (workFlowId) => getItem(table, { workFlowId }, workflow),

    getAll: (workFlowIds) => itemsOf({ table, definition, schema: workflow }, workFlowIds),

    create: (item) =>
      putNew(table, definition.partitionKey, {
        ...item,
        ...placesOf(item),
        listOrder: listOrder(item.createTime, item.workFlowId),
      }),

    // As for a backup record: one that has started stays.
    removeUnstarted: (workFlowId) =>
      deleteItem(table, { workFlowId }, any(isMissing('workFlowId'), is('status', 'Initializing'))),

    list: (filter, page) =>
      isOfRunningOnes(filter)
        ? listRunning(filter, page)
        : listItems({ table, definition, filters: { ...filter }, page, schema: workflow, counted: countOf(filter) }),

    async newestFailedBackup(clusterId) {
      const filters = ['bizId', 'flowName', 'status'];
      const partition = listPartition(filters, { bizId: clusterId, flowName: 'BackupCluster', status: 'Error' });
      const place = { index: listIndexName(filters), partition };
      const [newest] = await newestKeys(table, definition, place, listRange(), 1);
      // The workflow of a backup has its id.
      return newest && { backupId: newest.id, createTime: newest.order.slice(0, -newest.id.length - 1) };
    },

    async setStatus({ workFlowId, flowName, bizId }, status, at, step) {
      // Indexes whose attribute keeps its value are not written by DynamoDB, so naming all of them costs nothing.
      const moved = placesOf({ bizId, flowName, status });
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

    async recordDrillTables(workFlowId, drillTables) {
      // As for the new cluster: without the condition, half a workflow.
      await update(workFlowId, { set: { drillTables }, condition: exists('workFlowId') });
    },

    async recordNewCluster(workFlowId, newCluster) {
      // start: StartExecution (answer lost) ─ look: not there ─ removeUnstarted ─────────────────
      // fail:  ───────────────────────────────────────────────────────────────── recordNewCluster     makes half a workflow
      await update(workFlowId, { set: { newCluster }, condition: exists('workFlowId') });
    },
  };
}
