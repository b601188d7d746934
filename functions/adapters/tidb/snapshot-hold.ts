import { NodeFailure } from '../../domain/node-failure.ts';
import type { SnapshotHold, TableReader, TimeLimit } from '../../domain/tidb.ts';
import { log } from '../../log.ts';
import { QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { holdBegun, ownConnection } from './rows.ts';
import { readerAt } from './table-reader.ts';
import { TidbError } from './tidb-error.ts';

/** Two days: an open transaction that says nothing is cut off after `wait_timeout`, and GC itself waits for one day at most. */
const IDLE_SECONDS = 172_800;

/**
 * For the kills of all readers together: a function has half a minute for all that it does last. On a connection that is silent,
 * mysql2 would never come to the second one.
 */
const CLOSE_WITHIN_MS = 5_000;

/**
 * Keeps TiDB's garbage collection from passing this moment, by a transaction that stays open: GC goes no further than the oldest
 * one. It is only begun; readers, which cannot be in a transaction, have connections of their own.
 * @param open a connection to whichever server answers: GC is the whole cluster's
 * @throws NodeFailure
 */
export async function holdSnapshot(open: () => Promise<TidbConnection>, limit?: TimeLimit): Promise<SnapshotHold> {
  const connection = await open();
  const readers = new Set<{ connectionId: string; connection: TidbConnection }>();
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
      const [row] = await own.query('SELECT CONNECTION_ID() AS connectionId', { timeoutMs: QUERY_TIMEOUT_MS });
      const entry = { ...ownConnection.parse(row), connection: own };
      readers.add(entry);
      const reader = await readerAt(own, at, limit);
      return {
        ...reader,
        close() {
          readers.delete(entry);
          reader.close();
        },
      };
    },

    async close() {
      closed = true;
      const kills = [...readers].map(({ connectionId, connection: own }) => {
        own.close();
        // A scan whose client is gone may run on to its end.
        return ask(`KILL TIDB QUERY ${connectionId}`).catch((error: unknown) =>
          log.warn({ message: 'a reader of tables could not be stopped', connectionId, error }),
        );
      });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          log.warn({ message: 'readers of tables may run on: TiDB does not answer' });
          resolve();
        }, CLOSE_WITHIN_MS);
      });
      await Promise.race([Promise.all(kills), late]);
      clearTimeout(timer);
      connection.close();
    },
  };

  async function begin(): Promise<string> {
    try {
      await ask(`SET wait_timeout = ${IDLE_SECONDS}`);
      // Of itself, BEGIN may wait for the first read to choose its moment.
      await ask('START TRANSACTION WITH CONSISTENT SNAPSHOT');
      const [row] = await ask('SELECT @@tidb_current_ts AS tso');
      return holdBegun.parse(row).tso;
    } catch (error) {
      connection.close();
      if (!(error instanceof TidbError)) throw error;
      throw new NodeFailure('TidbUnreachable', `garbage collection cannot be held back: ${error.message}`, {
        cause: error,
      });
    }
  }
}
