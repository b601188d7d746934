import type { RowDataPacket } from 'mysql2/promise';
import type { TidbConnection } from '../../functions/adapters/tidb/connection.ts';

/** Rows, an error, or no answer at all. */
type Answer = readonly object[] | Error | 'never';

/** A connection that answers a statement by the first pattern that fits it, else with no rows. */
export function scriptedConnection(script: readonly (readonly [RegExp, Answer])[]): {
  connection: TidbConnection;
  /** What was sent. */
  statements: string[];
} {
  const statements: string[] = [];
  const answer = async (sql: string): Promise<RowDataPacket[]> => {
    statements.push(sql);
    const [, found = []] = script.find(([pattern]) => pattern.test(sql)) ?? [];
    if (found === 'never') return await new Promise<never>(() => {});
    if (found instanceof Error) throw found;
    return found as RowDataPacket[];
  };
  return {
    statements,
    connection: {
      isEncrypted: false,
      query: answer,
      firstRows: async (sql, count, { beforeDropping }) => {
        const rows = (await answer(sql)).map((row) => Object.values(row));
        if (rows.length >= count) await beforeDropping();
        return rows.slice(0, count);
      },
      close: () => {},
    },
  };
}
