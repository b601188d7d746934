import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { WorkflowStore } from '../../domain/shared/stores.ts';
import { workflow } from '../../domain/workflow/workflow.ts';
import { getItem, putNew, type Table, unlessConditionFails } from './dynamodb.ts';
import { itemsOf, listItems } from './list-items.ts';
import { listAttributes, listOrder, TABLES } from './tables.ts';

const HAS_NOT_ENDED = '#status IN (:initializing, :processing)';
const STATUS = { '#status': 'status' };
const UNFINISHED_VALUES = { ':initializing': 'Initializing', ':processing': 'Processing' };

/** The runs of workflows. Nodes' inputs and results are not kept here: the execution's history has them. */
export function createWorkflowStore(table: Table): WorkflowStore {
  const { client, tableName: TableName } = table;
  const definition = TABLES.workflows;

  return {
    get: (workFlowId) => getItem(table, { workFlowId }, workflow),

    getAll: (workFlowIds) => itemsOf({ table, definition, schema: workflow }, workFlowIds),

    create: (item) =>
      putNew(table, definition.partitionKey, {
        ...item,
        ...listAttributes(definition, { bizId: item.bizId, flowName: item.flowName, status: item.status }),
        listOrder: listOrder(item.createTime, item.workFlowId),
      }),

    async removeUnstarted(workFlowId) {
      // As of a backup record: what has begun meanwhile stays.
      const result = await unlessConditionFails(
        client.send(
          new DeleteCommand({
            TableName,
            Key: { workFlowId },
            ConditionExpression: 'attribute_not_exists(workFlowId) OR #status = :initializing',
            ExpressionAttributeNames: { '#status': 'status' },
            ExpressionAttributeValues: { ':initializing': 'Initializing' },
          }),
        ),
      );
      return result !== undefined;
    },

    list: (filter, page) => listItems({ table, definition, filters: { ...filter }, page, schema: workflow }),

    async setStatus({ workFlowId, flowName, bizId }, status, at, step) {
      // node 1: Processing ─ answer lost ────────────────────────── Processing (again)
      // end:    ───────────────────────── Finished                       without the condition it runs for ever
      // Indexes whose attribute keeps its value are not written by DynamoDB, so naming all of them costs nothing.
      const moved = Object.entries(listAttributes(definition, { bizId, flowName, status }));
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: `SET #status = :status, updateTime = :at, ${moved.map(([name]) => `#${name} = :${name}`).join(', ')}${step === undefined ? ' REMOVE #step' : ', #step = :step'}`,
            ConditionExpression: '#status IN (:initializing, :processing, :status)',
            ExpressionAttributeNames: {
              '#status': 'status',
              '#step': 'step',
              ...Object.fromEntries(moved.map(([name]) => [`#${name}`, name])),
            },
            ExpressionAttributeValues: {
              ':status': status,
              ':at': at,
              ...(step !== undefined && { ':step': step }),
              ':initializing': 'Initializing',
              ':processing': 'Processing',
              ...Object.fromEntries(moved.map(([name, value]) => [`:${name}`, value])),
            },
          }),
        ),
      );
      return result !== undefined;
    },

    async beginRestore(workFlowId, at) {
      // run 1: beginRestore (1) ── cut off, still alive ─────────────── recordRestore, RESTORE
      // run 2: ─────────────────────────────── beginRestore (2), looks                        two would restore into one cluster
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: 'SET updateTime = :at ADD restoreRuns :one',
            ConditionExpression: HAS_NOT_ENDED,
            ExpressionAttributeNames: STATUS,
            ExpressionAttributeValues: { ':at': at, ':one': 1, ...UNFINISHED_VALUES },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return result && workflow.parse(result.Attributes);
    },

    async recordRestore(workFlowId, { run, at, ...note }) {
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: 'SET #restore = :note, updateTime = :at',
            ConditionExpression: `restoreRuns = :run AND ${HAS_NOT_ENDED}`,
            ExpressionAttributeNames: { ...STATUS, '#restore': 'restore' },
            ExpressionAttributeValues: { ':run': run, ':note': note, ':at': at, ...UNFINISHED_VALUES },
          }),
        ),
      );
      return result !== undefined;
    },

    async beginImport(workFlowId, at) {
      // run 1: beginImport (1) ── cut off, still alive ─────────────── recordImport
      // run 2: ─────────────────────────────── beginImport (2)                      without its number it would go back
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: 'SET updateTime = :at ADD #import.runs :one',
            ConditionExpression: HAS_NOT_ENDED,
            ExpressionAttributeNames: { ...STATUS, '#import': 'import' },
            ExpressionAttributeValues: { ':at': at, ':one': 1, ...UNFINISHED_VALUES },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return result && workflow.parse(result.Attributes).import;
    },

    async recordImport(workFlowId, job, at) {
      const result = await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: 'SET #import = :job, updateTime = :at',
            ConditionExpression: `#import.runs = :runs AND ${HAS_NOT_ENDED}`,
            ExpressionAttributeNames: { ...STATUS, '#import': 'import' },
            ExpressionAttributeValues: { ':runs': job.runs, ':job': job, ':at': at, ...UNFINISHED_VALUES },
          }),
        ),
      );
      return result !== undefined;
    },

    async recordSuccess(workFlowId, at) {
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: 'SET succeededAt = if_not_exists(succeededAt, :at) REMOVE #step',
            ConditionExpression: HAS_NOT_ENDED,
            ExpressionAttributeNames: { ...STATUS, '#step': 'step' },
            ExpressionAttributeValues: { ':at': at, ...UNFINISHED_VALUES },
          }),
        ),
      );
    },

    async recordNewCluster(workFlowId, newCluster) {
      // start: StartExecution (answer lost) ─ look: not there ─ removeUnstarted ─────────────────
      // fail:  ───────────────────────────────────────────────────────────────── recordNewCluster     makes half a workflow
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { workFlowId },
            UpdateExpression: 'SET newCluster = :newCluster',
            ConditionExpression: 'attribute_exists(workFlowId)',
            ExpressionAttributeValues: { ':newCluster': newCluster },
          }),
        ),
      );
    },
  };
}
