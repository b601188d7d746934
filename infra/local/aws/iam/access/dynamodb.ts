import * as z from 'zod';
import type { PendingAwsCall } from '../../gate.ts';
import { type Access, type Account, arnOf, useOfKey } from './access.ts';

const inputSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  /** Batch actions: requests by table. */
  RequestItems: z.record(z.string(), z.unknown()).optional(),
});

/** Actions without resource types. */
const WITHOUT_TABLE = new Set(['ListTables', 'DescribeLimits', 'DescribeEndpoints']);

/** Describing or deleting a table needs no key. */
const ON_ITEMS = /Items?$|^Query$|^Scan$/;

/** IAM's actions equal the API's, each on a table or one of its indexes. */
export function dynamoDbAccess({ action, input }: PendingAwsCall, account: Account): Access[] {
  if (WITHOUT_TABLE.has(action)) return [{ action: `dynamodb:${action}`, resource: '*' }];
  const { TableName, IndexName, RequestItems = {} } = inputSchema.parse(input);
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  return tables.flatMap((table) => {
    const tableArn = table.startsWith('arn:') ? table : arnOf(account, 'dynamodb', `table/${table}`);
    const resource = IndexName === undefined ? tableArn : `${tableArn}/index/${IndexName}`;
    return [
      { action: `dynamodb:${action}`, resource },
      ...(ON_ITEMS.test(action) ? useOfKey(account, account.keyOf(tableArn), 'dynamodb', 'Decrypt') : []),
    ];
  });
}
