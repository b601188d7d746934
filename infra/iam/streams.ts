import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { WildcardStatement } from './wildcard-statement.ts';

/** An event source mapping reads the tables' streams with the function's role. */
export function readStreams(...tables: readonly Table[]): PolicyStatement[] {
  return [
    new WildcardStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: tables.map(({ tableArn }) => `${tableArn}/stream/*`),
      because:
        "A table that was restored has another stream than the one that it was created with; all are the table's own.",
    }),
    new WildcardStatement({
      actions: ['dynamodb:ListStreams'],
      resources: ['*'],
      because: 'The action knows no resources. It lists streams, not their contents.',
    }),
  ];
}

/** @throws if `tables.ts` does not mark the table as streamed */
export function streamArn({ tableStreamArn, node }: Table): string {
  if (tableStreamArn === undefined) throw new Error(`table ${node.id} has no stream`);
  return tableStreamArn;
}
