import type { TableName } from '../../domain/backup/backup-scope.ts';
import { type RecordedTable, shownTable, type TableNotes } from '../../domain/backup/table-notes.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { ListedTable, SnapshotHold, TableReader } from '../../domain/tidb/tidb.ts';
import type { NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';

/**
 * Number of tables read concurrently. TiDB already spreads each statement over all TiKV nodes, beside the cluster's own
 * load.
 */
const READERS = 4;

export interface ReadTables {
  hold: Pick<SnapshotHold, 'openReader'>;
  /** The snapshot to read. */
  tso: string;
  /** Version of the checksums. */
  version: TableNotes['version'];
  isWanted: (table: TableName) => boolean;
  /** A table that fails with one of these errors is reported, and the others are still read. */
  tolerated: readonly NodeFailureName[];
  clock: Pick<Clock, 'now'>;
  /** When to give up, in milliseconds since 1970. */
  deadline: number;
}

/** The contents at one moment, unordered. */
interface TablesRead {
  databases: string[];
  /** Includes views and sequences. */
  tables: RecordedTable[];
}

/**
 * Reads the tables, views and sequences of a cluster at one moment.
 * @throws NodeFailure TidbUnreachable, OutOfTime, and errors that are not tolerated
 */
export async function readTables(reading: ReadTables): Promise<TablesRead> {
  const { hold, tso, version, isWanted, clock, deadline } = reading;
  const first = await hold.openReader(tso);
  const listed = await first.list().catch(async (error: unknown) => {
    await first.close();
    throw error;
  });
  // Version 1 has only tables.
  const wanted = listed.tables.filter((table) => isWanted(table) && (version > 1 || table.kind === 'table'));
  const found: RecordedTable[] = [];
  const rest = wanted.values();
  let failed = false;
  const read = async (opened: TableReader) => {
    let reader = opened;
    try {
      for (const table of rest) {
        // The first failure ends the others.
        if (failed) return;
        const attempt = async () => {
          const timeoutMs = deadline - clock.now();
          if (timeoutMs <= 0) throw new NodeFailure('OutOfTime', `there was no time left for ${shownTable(table)}`);
          return await reader.read(table, { version, timeoutMs });
        };
        found.push(
          await attempt()
            .catch(async (error: unknown) => {
              if (!(error instanceof NodeFailure) || error.name !== 'TablesUnreadable') throw error;
              // Some sessions of TiDB 8.5 miss tables of a past snapshot that others see (pingcap/tidb#71038).
              await reader.close();
              reader = await hold.openReader(tso);
              return await attempt();
            })
            .catch((error: unknown) => tolerate(table, error, reading)),
        );
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      await reader.close();
    }
  };
  const others = Array.from({ length: Math.max(0, Math.min(READERS, wanted.length) - 1) }, async () =>
    read(await hold.openReader(tso)),
  );
  await Promise.all([read(first), ...others]);
  return { databases: listed.databases, tables: found };
}

function tolerate({ database, table }: ListedTable, error: unknown, { tolerated }: ReadTables): RecordedTable {
  if (!(error instanceof NodeFailure) || !tolerated.includes(error.name)) throw error;
  return { database, table, unreadable: error.message };
}
