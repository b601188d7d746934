import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { TidbSandbox } from '../../infra/local/tidb-sandbox/sandbox.ts';

const SYSTEM = ['information_schema', 'metrics_schema', 'mysql', 'performance_schema', 'sys', 'test'];

/**
 * A real TiDB instead of the sandbox, for tests that need nothing sandbox-specific.
 * @param url of its root account
 * @param servers number of addresses; all are its own
 */
export async function realTidb(url: string, servers = 1): Promise<TidbSandbox> {
  await clear(url);
  const { hostname: host, port, username: user, password } = new URL(url);
  const sandboxOnly = (what: string): never => {
    throw new Error(`a real TiDB has no ${what}: this test is for the sandbox alone`);
  };
  return {
    host,
    port: Number(port),
    ports: Array<number>(servers).fill(Number(port)),
    user,
    password: decodeURIComponent(password),
    get cluster() {
      return sandboxOnly('inside to look at');
    },
    setFaults: () => sandboxOnly('faults to set'),
    stop: () => clear(url),
  };
}

/** Resets the server to its initial state. */
async function clear(url: string): Promise<void> {
  const root = await createConnection({ uri: url, ssl: { rejectUnauthorized: false } }).catch(() =>
    createConnection(url),
  );
  try {
    await root.query('SET GLOBAL require_secure_transport = OFF');
    // With its embedded store TiDB collects no garbage, and refuses past moments until it has a safe point.
    await root.query(
      "INSERT IGNORE INTO mysql.tidb VALUES ('tikv_gc_safe_point', '20200101-00:00:00.000 +0000', 'set by a test')",
    );
    const [databases] = await root.query<RowDataPacket[]>('SHOW DATABASES');
    for (const { Database: name } of databases) {
      if (!SYSTEM.includes(name.toLowerCase())) await root.query('DROP DATABASE ??', [name]);
    }
    const [accounts] = await root.query<RowDataPacket[]>("SELECT user, host FROM mysql.user WHERE user <> 'root'");
    for (const { user, host } of accounts) await root.query('DROP USER ?@?', [user, host]);
  } finally {
    root.destroy();
  }
}
