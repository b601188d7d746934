import mysql, { type ConnectionOptions, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { afterEach } from 'vitest';
import { autoTlsIdentity } from '../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import { type SandboxOptions, startTidbSandbox, type TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { realTidb } from '../../support/real-tidb.ts';

const PASSWORD = 'root-password';

/** TLS as a server offers it by default. */
export const AUTO_TLS = autoTlsIdentity('tidb-0');

/** Whether a real server with auto-TLS can replace it: its clock and release cannot be set. */
function isOrdinary(options: SandboxOptions): boolean {
  return Object.entries(options).every(([name, value]) => name === 'ports' || (name === 'tls' && value === AUTO_TLS));
}

/**
 * A running cluster and the clients of a test; all of it ends with the test. With `TIDB_URL` (`mysql://root:password@host:port`) that
 * server is used if the test needs nothing special, and its databases and accounts are removed: run one file at a time
 * (`--no-file-parallelism`).
 */
export class EngineWorld {
  readonly sandbox: TidbSandbox;
  readonly #clients: mysql.Connection[] = [];

  private constructor(sandbox: TidbSandbox) {
    this.sandbox = sandbox;
  }

  static async start(options: SandboxOptions = {}): Promise<EngineWorld> {
    const { TIDB_URL } = process.env;
    const server =
      TIDB_URL !== undefined && isOrdinary(options)
        ? await realTidb(TIDB_URL, options.ports?.length)
        : await startTidbSandbox({ password: PASSWORD, ...options });
    const world = new EngineWorld(server);
    worlds.push(world);
    return world;
  }

  /** Logs in as the control plane does: 64-bit numbers and dates as strings. Default: root on the first server. */
  async connect(options: ConnectionOptions & { readonly server?: number } = {}): Promise<Client> {
    const { server = 0, ...rest } = options;
    const raw = await mysql.createConnection({
      host: this.sandbox.host,
      port: this.sandbox.ports[server] ?? 0,
      user: 'root',
      password: this.sandbox.password,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      jsonStrings: true,
      ...rest,
    });
    raw.on('error', () => undefined);
    this.#clients.push(raw);
    return new Client(raw);
  }

  /** A client in a new database of its own. */
  async connectTo(database: string): Promise<Client> {
    const client = await this.connect();
    await client.run(`CREATE DATABASE ${database}`, `USE ${database}`);
    return client;
  }

  async stop(): Promise<void> {
    if (worlds.includes(this)) worlds.splice(worlds.indexOf(this), 1);
    for (const client of this.#clients) client.destroy();
    await this.sandbox.stop();
  }
}

const worlds: EngineWorld[] = [];

afterEach(async () => {
  for (const world of [...worlds]) await world.stop();
});

export class Client {
  readonly raw: mysql.Connection;

  constructor(raw: mysql.Connection) {
    this.raw = raw;
  }

  /** Rows as arrays: what matters most is the values. */
  async rows(sql: string): Promise<unknown[][]> {
    const [rows] = await this.raw.query<RowDataPacket[]>({ sql, rowsAsArray: true });
    return rows.map((row) => Object.values(row));
  }

  /** The only value of the only row. */
  async value(sql: string): Promise<unknown> {
    const [row] = await this.rows(sql);
    return row?.[0];
  }

  async objects(sql: string): Promise<Record<string, unknown>[]> {
    const [rows] = await this.raw.query<RowDataPacket[]>(sql);
    return rows;
  }

  /** The OK of the last statement. */
  async run(...statements: string[]): Promise<ResultSetHeader> {
    let last: ResultSetHeader | undefined;
    for (const sql of statements) [last] = await this.raw.query<ResultSetHeader>(sql);
    if (!last) throw new Error('no statement');
    return last;
  }

  /** The error of a statement; fails if it succeeds. */
  async refusal(sql: string): Promise<SqlRefusal> {
    const refusal = await this.raw.query(sql).then(
      () => undefined,
      (error: SqlRefusal) => error,
    );
    if (!refusal) throw new Error(`was not refused: ${sql}`);
    return refusal;
  }

  async connectionId(): Promise<string> {
    return String(await this.value('SELECT CONNECTION_ID()'));
  }
}

export interface SqlRefusal {
  readonly errno: number;
  readonly sqlState: string;
  readonly message: string;
  readonly code: string;
}
