import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What reading has cost since it was last set to nothing. */
export interface Reads {
  /** By command, in the order of the calls. */
  commands: string[];
  /** DynamoDB's read units: 4 KB of what was looked at, or half as many where the read is eventually consistent. */
  units: number;
}

/** Counts what `client` reads from now on, as DynamoDB accounts for it. */
export function countReads(client: DynamoDBDocumentClient): Reads {
  const reads: Reads = { commands: [], units: 0 };
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        reads.commands.push(commandName.replace('Command', ''));
        reads.units += unitsOf('ConsumedCapacity' in result.output ? result.output.ConsumedCapacity : undefined);
        return result;
      },
    { step: 'initialize' },
  );
  return reads;
}

/** Of one table, or of each table of a batch. */
function unitsOf(consumed: unknown): number {
  return [consumed].flat().reduce<number>((sum, each) => sum + capacityUnits(each), 0);
}

function capacityUnits(consumed: unknown): number {
  if (typeof consumed !== 'object' || consumed === null || !('CapacityUnits' in consumed)) return 0;
  return Number(consumed.CapacityUnits);
}
