import type { SnapshotHold, TableReader, TimeLimit } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { holdBegun } from './rows.ts';
import { withoutLimits } from './session-limits.ts';
import { stoppable } from './stoppable.ts';
import { readerAt } from './table-reader.ts';
import { TidbError } from './tidb-error.ts';

/** Two days: an open transaction that says nothing is cut off after `wait_timeout`, and GC itself waits for one day at most. */
const IDLE_SECONDS = 172_800;

/**
 * Keeps TiDB's garbage collection from passing this moment, by a transaction that stays open: GC goes no further than the oldest
 * one. It is only begun; readers, which cannot be in a transaction, have connections of their own.
 * @param open a connection to whichever server answers: GC is the whole cluster's
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
        `the transaction that keeps garbage collection from what is read is lost (${why}): nothing that was read is believed`,
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
      // Of itself, BEGIN may wait for the first read to choose its moment.
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

  /** At which the open transaction reads; 0: there is none. */
  async function moment(): Promise<string> {
    const [row] = await ask('SELECT @@tidb_current_ts AS tso');
    return holdBegun.parse(row).tso;
  }
}
