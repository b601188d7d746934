import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ServedTable } from '../constructs/tables.ts';

/** One item of a known key: read, or written under a condition. Nothing may scan. */
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

/** A page of items: their keys from any of the table's list indexes, and what they hold. */
export function listItems({ table, indexNames }: ServedTable): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['dynamodb:Query'],
      resources: indexNames.map((name) => `${table.tableArn}/index/${name}`),
    }),
    new PolicyStatement({ actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] }),
  ];
}
