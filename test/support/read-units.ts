import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The cost of reads since the last reset. */
export interface Reads {
  /** By command, in order of the calls. */
  commands: string[];
  /** DynamoDB's read units: one per 4 KB read, half for an eventually consistent read. */
  units: number;
}

/** Counts what `client` reads from now on, as DynamoDB charges it. */
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
