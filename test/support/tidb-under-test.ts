import mysql, { type ConnectionOptions, type RowDataPacket } from 'mysql2/promise';
import { type SandboxOptions, startTidbSandbox } from '../../infra/local/tidb-sandbox/sandbox.ts';
import { realTidb } from './real-tidb.ts';

/** A TiDB that a test may fill: the sandbox, or the server in TIDB_URL (`mysql://root:password@host:port`). */
export interface TidbUnderTest {
  readonly isSandbox: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Runs statements as its first account, and returns the last one's rows as arrays. */
  run(...statements: string[]): Promise<unknown[][]>;
  /** The error number of a refused statement. */
  refusal(sql: string): Promise<{ errno: number; message: string }>;
  connect(options?: ConnectionOptions): Promise<mysql.Connection>;
  stop(): Promise<void>;
}

/** @param databases of the test. The sandbox and the server have no others at the start. */
export async function tidbUnderTest(
  databases: readonly string[],
  options: SandboxOptions = {},
): Promise<TidbUnderTest> {
  const { TIDB_URL } = process.env;
  const server = TIDB_URL === undefined ? await startTidbSandbox(options) : await realTidb(TIDB_URL);
  const { host, port, user, password } = server;
  const connect = (options: ConnectionOptions = {}) =>
    mysql.createConnection({
      ...{ host, port, user, password, charset: 'utf8mb4' },
      ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, jsonStrings: true },
      ...options,
    });
  const connection = await connect();
  const run = async (...statements: string[]) => {
    let last: unknown[][] = [];
    for (const sql of statements) {
      const [rows] = await connection.query<RowDataPacket[]>({ sql, rowsAsArray: true });
      last = Array.isArray(rows) ? rows.map((row) => Object.values(row)) : [];
    }
    return last;
  };
  await run(...databases.map((name) => `CREATE DATABASE \`${name}\``));
  return {
    ...{ host, port, user, password, run, connect },
    isSandbox: TIDB_URL === undefined,
    refusal: async (sql) => {
      const refused = await connection.query(sql).then(
        () => undefined,
        (error: { errno: number; message: string }) => error,
      );
      if (refused === undefined) throw new Error(`was not refused: ${sql}`);
      return { errno: refused.errno, message: refused.message };
    },
    stop: async () => {
      connection.destroy();
      await server.stop();
    },
  };
}
