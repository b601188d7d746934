import type { SnapshotHold, TableReader, TimeLimit } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { holdBegun } from './rows.ts';
import { withoutLimits } from './session-limits.ts';
import { stoppable } from './stoppable.ts';
import { readerAt } from './table-reader.ts';
import { TidbError } from './tidb-error.ts';

/** Two days: a silent open transaction is cut off after `wait_timeout`, and GC itself waits for at most one day. */
const IDLE_SECONDS = 172_800;

/**
 * Keeps TiDB's garbage collection behind this moment with an open transaction: GC stops at the oldest one. The
 * transaction is only started; readers have their own connections, because they cannot be in a transaction.
 * @param open a connection to any server: GC is cluster-wide
 * @throws NodeFailure
 */
export async function holdSnapshot(open: () => Promise<TidbConnection>, limit?: TimeLimit): Promise<SnapshotHold> {
  const connection = await open();
  const readers = new Set<() => Promise<void>>();
  const ask = (sql: string) => connection.query(sql, { timeoutMs: QUERY_TIMEOUT_MS });
  let closed = false;
  const tso = await begin();

  return {
    tso,

    async openReader(at): Promise<TableReader> {
      const own = await open();
      if (closed) {
        own.close();
        throw new NodeFailure('TidbUnreachable', 'the hold is closed');
      }
      const running = stoppable(own, open);
      const close = async () => {
        readers.delete(close);
        await running.close();
      };
      readers.add(close);
      try {
        return { ...(await readerAt({ connection: own, stoppable: running, tso: at, limit })), close };
      } catch (error) {
        await close();
        throw error;
      }
    },

    async proveAlive() {
      const now = await moment().catch((error: unknown) =>
        error instanceof TidbError ? error : Promise.reject(error),
      );
      if (now === tso) return;
      const why = now instanceof TidbError ? now.message : 'it has ended, and another may have begun';
      throw new NodeFailure(
        'TidbUnreachable',
        `the transaction that holds back garbage collection is lost (${why}), so the data read cannot be trusted`,
      );
    },

    async close() {
      closed = true;
      await Promise.all([...readers].map((close) => close()));
      connection.close();
    },
  };

  async function begin(): Promise<string> {
    try {
      await ask(`SET wait_timeout = ${IDLE_SECONDS}`);
      await withoutLimits(ask);
      // BEGIN alone may only choose its snapshot at the first read.
      await ask('START TRANSACTION WITH CONSISTENT SNAPSHOT');
      return await moment();
    } catch (error) {
      connection.close();
      if (!(error instanceof TidbError)) throw error;
      throw new NodeFailure('TidbUnreachable', `garbage collection cannot be held back: ${error.message}`, {
        cause: error,
      });
    }
  }

  /** The snapshot of the open transaction; 0 if there is none. */
  async function moment(): Promise<string> {
    const [row] = await ask('SELECT @@tidb_current_ts AS tso');
    return holdBegun.parse(row).tso;
  }
}
