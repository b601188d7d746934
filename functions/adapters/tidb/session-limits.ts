import { TidbError } from './tidb-error.ts';

const UNKNOWN_VARIABLE = 1193;

/** TiDB 7.6 and later. */
const LATER = 'SET tidb_idle_transaction_timeout = 0';

/**
 * Disables operators' limits on long queries, for one session.
 * @throws TidbError
 */
export async function withoutLimits(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query('SET max_execution_time = 0');
  await query(LATER).catch((error: unknown) => {
    if (!(error instanceof TidbError) || error.errno !== UNKNOWN_VARIABLE) throw error;
  });
}
