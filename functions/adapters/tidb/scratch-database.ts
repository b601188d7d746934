import { quotedName } from '../../domain/backup/backup-scope.ts';
import type { ScratchDatabase } from '../../domain/tidb/tidb.ts';
import { accessFailure } from './access-error.ts';
import { QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { scratchRow } from './rows.ts';
import { TidbError } from './tidb-error.ts';

const TABLE = 'probe';

/** @param open connects, on first use and when a connection was lost */
export function createScratchDatabase(open: () => Promise<TidbConnection>, name: string): ScratchDatabase {
  const database = quotedName(name);
  let connection: TidbConnection | undefined;

  async function ask(sql: string) {
    connection ??= await open();
    try {
      return await connection.query(sql, { timeoutMs: QUERY_TIMEOUT_MS });
    } catch (error) {
      // Lost, or past the timeout: its next answer would belong to this query.
      if (!(error instanceof TidbError) || error.errno === undefined) close();
      throw error;
    }
  }

  function close(): void {
    connection?.close();
    connection = undefined;
  }

  async function explained<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TidbError)) throw error;
      throw accessFailure(error) ?? new Error(`the database ${name} ${what}: ${error.answer}`, { cause: error });
    }
  }

  return {
    create: () =>
      explained('cannot be made', async () => {
        await ask(`CREATE DATABASE ${database}`);
        await ask(`CREATE TABLE ${database}.${TABLE} (id INT PRIMARY KEY, content VARCHAR(64))`);
        await ask(`INSERT INTO ${database}.${TABLE} VALUES (1, '${name}')`);
      }),

    isWhole: () =>
      explained('cannot be read', async () => {
        const rows = await ask(`SELECT content FROM ${database}.${TABLE}`);
        return rows.length === 1 && scratchRow.parse(rows[0]).content === name;
      }),

    drop: () =>
      explained('cannot be dropped', async () => {
        // PROCESS shows all databases; SHOW TABLES is rejected for a missing one, too.
        const there = await ask(`SELECT SCHEMA_NAME FROM information_schema.schemata WHERE SCHEMA_NAME = '${name}'`);
        if (there.length === 0) return;
        // Its one column is named after the database.
        const tables = (await ask(`SHOW TABLES FROM ${database}`)).flatMap((row) => Object.values(row).map(String));
        const foreign = tables.filter((table) => table !== TABLE);
        if (foreign.length > 0)
          throw new Error(`the database ${name} holds tables that no check created, so it is kept`);
        await ask(`DROP DATABASE IF EXISTS ${database}`);
      }),

    close,
  };
}
