import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Table, unlessConditionFails } from './dynamodb.ts';

/** Every record names `status`, which DynamoDB reserves. */
export const STATUS = { '#status': 'status' };

/** A conditional change of a backup record; `#status` stands for its status. */
export interface RecordChange {
  update: string;
  condition: string;
  names?: Record<string, string>;
  values: Record<string, unknown>;
}

/** The record after the change; undefined: the condition did not hold. */
export async function updateRecord(
  table: Table,
  backupId: string,
  change: RecordChange,
): Promise<Record<string, unknown> | undefined> {
  const result = await unlessConditionFails(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: { backupId },
        UpdateExpression: change.update,
        ConditionExpression: change.condition,
        ExpressionAttributeNames: { ...STATUS, ...change.names },
        ExpressionAttributeValues: change.values,
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  return result?.Attributes;
}
