import mysql, { type ConnectionOptions, type RowDataPacket } from 'mysql2/promise';
import { type SandboxOptions, startTidbSandbox } from '../../infra/local/tidb-sandbox/sandbox.ts';

/** A TiDB that a test may fill: the sandbox, or the server that TIDB_URL (`mysql://root:password@host:port`) names. */
export interface TidbUnderTest {
  readonly isSandbox: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Runs statements as its first account, and answers the last one's rows as arrays. */
  run(...statements: string[]): Promise<unknown[][]>;
  /** The number of the error that a statement is refused with. */
  refusal(sql: string): Promise<{ errno: number; message: string }>;
  connect(options?: ConnectionOptions): Promise<mysql.Connection>;
  stop(): Promise<void>;
}

/** @param databases of the test: made anew, and dropped at the end. */
export async function tidbUnderTest(
  databases: readonly string[],
  options: SandboxOptions = {},
): Promise<TidbUnderTest> {
  const url = process.env.TIDB_URL;
  const sandbox = url === undefined ? await startTidbSandbox(options) : undefined;
  const address = sandbox ?? addressOf(new URL(url ?? ''));
  const { host, port, user, password } = address;
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
  const dropAll = () => run(...databases.map((name) => `DROP DATABASE IF EXISTS \`${name}\``));
  await dropAll();
  // A server with its embedded store collects no garbage, and refuses moments of the past until it has a safe point.
  if (sandbox === undefined) {
    await run(
      "INSERT IGNORE INTO mysql.tidb VALUES ('tikv_gc_safe_point', '20200101-00:00:00.000 +0000', 'set by a test')",
    );
  }
  await run(...databases.map((name) => `CREATE DATABASE \`${name}\``));
  return {
    ...{ host, port, user, password, run, connect },
    isSandbox: sandbox !== undefined,
    refusal: async (sql) => {
      const refused = await connection.query(sql).then(
        () => undefined,
        (error: { errno: number; message: string }) => error,
      );
      if (refused === undefined) throw new Error(`was not refused: ${sql}`);
      return { errno: refused.errno, message: refused.message };
    },
    stop: async () => {
      if (sandbox === undefined) await dropAll();
      connection.destroy();
      await sandbox?.stop();
    },
  };
}

function addressOf({ hostname, port, username, password }: URL) {
  return { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password) };
}
