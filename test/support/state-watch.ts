import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

/** What a request leaves behind in the tables. */
export interface StateWatch {
  /** From here on, changes belong to another request. */
  begin(): void;
  /** Items that have changed since {@link begin}, each before and after. */
  changes(): Promise<{ key: string; before: unknown; after: unknown }[]>;
}

interface Touched {
  TableName: string;
  Key: Record<string, unknown>;
  before: unknown;
}

/**
 * Watches a client that all stores share. Each item is read before its first write, and again when changes are requested, so that the cost
 * depends on a request's writes and not on the tables' size.
 * @param partitionKeys by name of the watched tables
 */
export function watchState(
  client: DynamoDBDocumentClient,
  partitionKeys: Readonly<Record<string, string>>,
): StateWatch {
  const touched = new Map<string, Touched>();
  /** A write whose condition failed has changed nothing. */
  const written = new Set<string>();
  const read = async ({ TableName, Key }: Pick<Touched, 'TableName' | 'Key'>): Promise<unknown> =>
    (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName);
      if (!/^((Put|Update|Delete)Item|BatchWrite|Transact|Execute)/.test(command)) return await next(args);
      const { TableName, Key, Item } = args.input as Partial<Touched> & { Item?: Record<string, unknown> };
      // All our writes are of one item; other kinds would go unnoticed.
      if (TableName === undefined) throw new Error(`what does ${command} write?`);
      const partitionKey = partitionKeys[TableName];
      if (partitionKey === undefined) return await next(args);
      const id = (Key ?? Item)?.[partitionKey];
      const name = `${TableName} ${String(id)}`;
      if (!touched.has(name)) {
        const item = { TableName, Key: { [partitionKey]: id } };
        touched.set(name, { ...item, before: await read(item) });
      }
      const answer = await next(args);
      written.add(name);
      return answer;
    },
    { step: 'initialize' },
  );

  return {
    begin() {
      touched.clear();
      written.clear();
    },
    async changes() {
      const found = [];
      for (const key of written) {
        const item = touched.get(key);
        if (item === undefined) continue;
        const { before } = item;
        const after = await read(item);
        if (!isDeepStrictEqual(before, after)) found.push({ key, before, after });
      }
      return found;
    },
  };
}
