import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Table, unlessConditionFails } from './dynamodb.ts';
import { type Change, type Condition, conditionParameters, updateParameters } from './expressions.ts';

type Key = Readonly<Record<string, string>>;

/**
 * Changes an item if its condition holds.
 * @param returned the item after the change, or before it
 * @returns undefined: the condition did not hold, so nothing was written
 */
export async function updateItem(
  table: Table,
  key: Key,
  change: Change,
  returned: 'ALL_NEW' | 'ALL_OLD' = 'ALL_NEW',
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const result = await unlessConditionFails(
    table.client.send(
      new UpdateCommand({ TableName: table.tableName, Key: key, ...updateParameters(change), ReturnValues: returned }),
    ),
  );
  return result && (result.Attributes ?? {});
}

/** Removes an item. @returns false if the condition did not hold */
export async function deleteItem(table: Table, key: Key, condition: Condition): Promise<boolean> {
  const result = await unlessConditionFails(
    table.client.send(new DeleteCommand({ TableName: table.tableName, Key: key, ...conditionParameters(condition) })),
  );
  return result !== undefined;
}
