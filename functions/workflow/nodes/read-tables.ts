import type { TableName } from '../../domain/backup-scope.ts';
import type { Clock } from '../../domain/clock.ts';
import { quoteInput } from '../../domain/errors.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import type { NotedTable } from '../../domain/table-notes.ts';
import type { SnapshotHold } from '../../domain/tidb.ts';

/** How many tables are read at once. Each statement is spread over all TiKV nodes by itself, beside the cluster's own work. */
const READERS = 4;

export interface ReadTables {
  hold: Pick<SnapshotHold, 'openReader'>;
  /** The moment. */
  tso: string;
  isWanted: (table: TableName) => boolean;
  clock: Pick<Clock, 'now'>;
  /** When it is given up; milliseconds since 1970. */
  deadline: number;
}

/** Of one moment, in no order. */
interface TablesRead {
  /** What the tables hold. */
  tables: NotedTable[];
  /** These, and the views and sequences beside them, which hold nothing of their own to compare. */
  listed: TableName[];
}

/**
 * What the tables of a cluster hold at one moment.
 * @throws NodeFailure TidbUnreachable, TablesUnreadable, OutOfTime
 */
export async function readTables(reading: ReadTables): Promise<TablesRead> {
  const { hold, tso, isWanted, clock, deadline } = reading;
  const first = await hold.openReader(tso);
  const listed = (await first.tables()).filter(isWanted);
  const tables = listed.filter(({ isBase }) => isBase);
  const found: NotedTable[] = [];
  const rest = tables.values();
  let failed = false;
  const read = async (reader: typeof first) => {
    try {
      for (const { tableId, database, table } of rest) {
        const name = { database, table };
        // One that failed has decided it for the others.
        if (failed) return;
        const left = deadline - clock.now();
        if (left <= 0)
          throw new NodeFailure(
            'OutOfTime',
            `there was no time left for ${quoteInput(`${name.database}.${name.table}`)}`,
          );
        found.push({ ...name, tableId, ...(await reader.fingerprint(name, left)) });
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      reader.close();
    }
  };
  const others = Array.from({ length: Math.min(READERS, tables.length) - 1 }, async () =>
    read(await hold.openReader(tso)),
  );
  await Promise.all([read(first), ...others]);
  return { tables: found, listed };
}
