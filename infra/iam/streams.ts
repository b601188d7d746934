import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** An event source mapping reads the table's stream in the name of the function's role. */
export function readStreams(...tables: readonly Table[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    resources: tables.map(streamArn),
  });
}

/** @throws if `tables.ts` does not say that the table is streamed */
export function streamArn({ tableStreamArn, node }: Table): string {
  if (tableStreamArn === undefined) throw new Error(`table ${node.id} has no stream`);
  return tableStreamArn;
}
