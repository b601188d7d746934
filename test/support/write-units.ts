import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { indexesOf, type TableDefinition } from '../../functions/adapters/dynamodb/tables.ts';

type Item = Readonly<Record<string, unknown>>;

/** DynamoDB's write units for one write of an item of up to 1 KB, which is in the table and in some of its indexes. */
function writeUnits(definition: TableDefinition, before: Item | undefined, after: Item | undefined): number {
  return indexesOf(definition).reduce((units, { partitionKey, sortKey, include = [] }) => {
    const key = (item: Item | undefined) =>
      item?.[partitionKey] === undefined || item[sortKey] === undefined
        ? undefined
        : [item[partitionKey], item[sortKey]];
    const [former, now] = [key(before), key(after)];
    if (former === undefined || now === undefined) return former === now ? units : units + 1;
    // A changed key removes one entry and writes another.
    if (!isDeepStrictEqual(former, now)) return units + 2;
    return include.every((name) => isDeepStrictEqual(before?.[name], after?.[name])) ? units : units + 1;
  }, 1);
}

/** The cost of writes since the last reset. */
export interface Writes {
  units: number;
}

/** Counts what `client` writes from now on. It reads each item before and after. @param tables definitions by table name */
export function countWrites(client: DynamoDBDocumentClient, tables: Readonly<Record<string, TableDefinition>>): Writes {
  const writes: Writes = { units: 0 };
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (!/^(Put|Update|Delete)ItemCommand$/.test(commandName)) return await next(args);
        const { TableName = '', Key, Item } = args.input as { TableName?: string; Key?: Item; Item?: Item };
        const definition = tables[TableName];
        if (definition === undefined) return await next(args);
        const { partitionKey, sortKey } = definition;
        const read = async () => {
          const given = Key ?? Item;
          const key = { [partitionKey]: given?.[partitionKey], ...(sortKey && { [sortKey]: given?.[sortKey] }) };
          return (await client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }))).Item;
        };
        const before = await read();
        const result = await next(args);
        writes.units += writeUnits(definition, before, await read());
        return result;
      },
    { step: 'initialize' },
  );
  return writes;
}
