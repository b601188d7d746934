import { decimal64 } from '../../domain/backup/backup-record.ts';
import { log } from '../../log.ts';
import { QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { ownConnection } from './rows.ts';
import { TidbError } from './tidb-error.ts';

/** For one kill, including connecting, in milliseconds: a function has half a minute for its cleanup. */
const KILL_WITHIN_MS = 5_000;

/** A connection whose long statements do not outlive it. */
export interface Stoppable {
  /**
   * Runs a statement that may take long. If it is abandoned, or its connection is lost, it is killed in TiDB before the
   * error is thrown.
   * @param statement gets a function that kills it
   */
  run<Result>(statement: (stop: () => Promise<void>) => Promise<Result>): Promise<Result>;
  /** Kills what is running, then closes: closing a connection does not end its query. */
  close(): Promise<void>;
}

/** @param open a connection to any server of the cluster: TiDB forwards a KILL */
export function stoppable(connection: TidbConnection, open: () => Promise<TidbConnection>): Stoppable {
  let running: (() => Promise<void>) | undefined;
  return {
    async run(statement) {
      // Asked each time: a proxy may move a session to another server between statements, where it has another id.
      const [row] = await connection.query('SELECT CONNECTION_ID() AS connectionId', { timeoutMs: QUERY_TIMEOUT_MS });
      const { connectionId } = ownConnection.parse(row);
      let killed: Promise<void> | undefined;
      const stop = () => (killed ??= kill(connectionId, open));
      running = stop;
      try {
        return await statement(stop);
      } catch (error) {
        // TiDB has ended a statement that it answers.
        if (!(error instanceof TidbError) || error.errno === undefined) await stop();
        throw error;
      } finally {
        running = undefined;
      }
    },

    async close() {
      await running?.();
      connection.close();
    },
  };
}

/** Never rejects: what cannot be killed ends by itself eventually. */
async function kill(connectionId: string, open: () => Promise<TidbConnection>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('TiDB does not answer')), KILL_WITHIN_MS);
  });
  const opening = open();
  // A connection that arrives too late is closed.
  const closing = () => void opening.then((connection) => connection.close()).catch(() => {});
  try {
    const connection = await Promise.race([opening, late]);
    await Promise.race([connection.query(`KILL TIDB QUERY ${decimal64.parse(connectionId)}`), late]);
  } catch (error) {
    log.warn({ message: 'a query could not be stopped in TiDB and may still be running', connectionId, error });
  } finally {
    clearTimeout(timer);
    closing();
  }
}
