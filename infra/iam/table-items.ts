import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ServedTable } from '../constructs/data/tables.ts';

/** One item with a known key: read, or written under a condition. Only a recount scans. */
const ACTIONS = {
  read: 'dynamodb:GetItem',
  create: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  remove: 'dynamodb:DeleteItem',
} as const;

export type ItemCapability = keyof typeof ACTIONS;

export function tableItems({ table }: ServedTable, ...capabilities: readonly ItemCapability[]): PolicyStatement {
  return new PolicyStatement({
    actions: capabilities.map((capability) => ACTIONS[capability]),
    resources: [table.tableArn],
  });
}

/** A page of items: their keys from any of the table's list indexes, and the items themselves. */
export function listItems({ table, listIndexNames }: ServedTable): PolicyStatement[] {
  return [queryIndexes({ table }, ...listIndexNames), manyItems({ table })];
}

/** Items with known keys, a hundred at a time. */
export function manyItems({ table }: Pick<ServedTable, 'table'>): PolicyStatement {
  return new PolicyStatement({ actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] });
}

/** All items of a table. */
export function scanItems({ table }: Pick<ServedTable, 'table'>): PolicyStatement {
  return new PolicyStatement({ actions: ['dynamodb:Scan'], resources: [table.tableArn] });
}

/** The keys of all items that are in these indexes. */
export function scanKeys({ table }: Pick<ServedTable, 'table'>, ...indexes: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:Scan'],
    resources: indexes.map((name) => `${table.tableArn}/index/${name}`),
  });
}

/** The counters behind the totals of lists. */
export function readTotals({ table }: Pick<ServedTable, 'table'>): PolicyStatement {
  return new PolicyStatement({ actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [table.tableArn] });
}

/** What these indexes contain, and nothing else of the table. */
export function queryIndexes({ table }: Pick<ServedTable, 'table'>, ...names: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:Query'],
    resources: names.map((name) => `${table.tableArn}/index/${name}`),
  });
}
