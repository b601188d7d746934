import type { RowDataPacket } from 'mysql2/promise';
import type { TidbConnection } from '../../functions/adapters/tidb/connection.ts';

/** Rows, an error, or no answer at all. */
type Answer = readonly object[] | Error | 'never';

/** A connection that answers a statement by the first matching pattern, or else with no rows. */
export function scriptedConnection(script: readonly (readonly [RegExp, Answer])[]): {
  connection: TidbConnection;
  /** The statements sent. */
  statements: string[];
  /** The time limit of each answer, in milliseconds; `undefined` for none. */
  timeouts: (number | undefined)[];
} {
  const statements: string[] = [];
  const timeouts: (number | undefined)[] = [];
  const answer = async (sql: string, { timeoutMs }: { timeoutMs?: number } = {}): Promise<RowDataPacket[]> => {
    statements.push(sql);
    timeouts.push(timeoutMs);
    const [, found = []] = script.find(([pattern]) => pattern.test(sql)) ?? [];
    if (found === 'never') return await new Promise<never>(() => {});
    if (found instanceof Error) throw found;
    return found as RowDataPacket[];
  };
  return {
    statements,
    timeouts,
    connection: {
      isEncrypted: false,
      query: answer,
      firstRows: async (sql, count, { timeoutMs, beforeDropping }) => {
        const rows = (await answer(sql, { timeoutMs })).map((row) => Object.values(row));
        if (rows.length >= count) await beforeDropping();
        return rows.slice(0, count);
      },
      close: () => {},
    },
  };
}
