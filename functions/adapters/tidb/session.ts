import type {
  BackupOutcome,
  BackupStatement,
  RestoreStatement,
  SessionPlace,
  StatementKind,
  TidbSession,
  TimeLimit,
} from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { accessFailure } from './access-error.ts';
import { statementFailure } from './brie-failure.ts';
import { brieSql } from './brie-sql.ts';
import { type ClusterAccess, connectToAny } from './connect-any.ts';
import { connect, parseEndpoint, QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { type ControlOptions, createControl } from './control.ts';
import { brieResult, serverIdentity } from './rows.ts';
import { TidbError } from './tidb-error.ts';

/** How often to open a second connection to reach the first one's server behind a load balancer. */
const PIN_TRIES = 5;

/** @throws NodeFailure TidbUnreachable, TidbAccessDenied */
export async function openSession(
  access: ClusterAccess,
  storageKeys: ControlOptions['storageKeys'],
  limit?: TimeLimit,
  wanted?: string,
): Promise<TidbSession> {
  const { endpoint, connection } = await connectToWanted(access, wanted);
  const { version, ...first } = await identify(connection);
  // The pinned server first: others do not know our statement's progress.
  const again = { ...access, endpoints: [endpoint, ...access.endpoints.filter((other) => other !== endpoint)] };
  let watched = first.server;
  const control = createControl({
    first: await connectToSame(watched, endpoint, access),
    open: async () => (await connectToAny(again)).connection,
    storageKeys,
    limit,
  });

  const run = async (kind: StatementKind, statement: BackupStatement & RestoreStatement) => {
    const keys = await storageKeys(statement.location, kind === 'BACKUP' ? 'write' : 'read');
    const sql = brieSql(kind, { ...statement, keys });
    return runBrie(connection, kind, sql, keys && Object.values(keys));
  };

  return {
    version,
    control,
    async locate() {
      const { server, connectionId } = await identify(connection);
      if (server !== watched) {
        watched = server;
        control.use(await connectToSame(server, endpoint, again));
      }
      return { server, connectionId };
    },
    backup: (statement) => run('BACKUP', statement),
    restore: (statement) => run('RESTORE', statement),
    close: () => {
      connection.close();
      control.close();
    },
  };
}

/** Behind a load balancer, or with several endpoints, the wanted server may only be reached at a later try. */
async function connectToWanted(access: ClusterAccess, wanted: string | undefined): ReturnType<typeof connectToAny> {
  if (wanted !== undefined) {
    for (const endpoint of access.endpoints) {
      const connection = await connectToSame(wanted, endpoint, access);
      if (connection !== undefined) return { endpoint, connection };
    }
  }
  return await connectToAny(access);
}

/**
 * `SHOW BACKUPS` shows only its own server's statements, and one address may lead to many servers. `undefined` if the
 * same server was not reached (again); then progress is invisible, but the backup can continue.
 */
async function connectToSame(
  server: string,
  endpoint: string,
  { account, tls }: ClusterAccess,
): Promise<TidbConnection | undefined> {
  try {
    for (let tries = 0; tries < PIN_TRIES; tries += 1) {
      const connection = await connect(parseEndpoint(endpoint), account, tls);
      if ((await identify(connection)).server === server) return connection;
      connection.close();
    }
    log.warn({ message: 'no second connection reached the same TiDB server: progress will not be visible', endpoint });
  } catch (error) {
    log.warn({ message: 'no second connection to TiDB: progress may not be visible', endpoint, error });
  }
  return undefined;
}

async function identify(connection: TidbConnection): Promise<SessionPlace & { version: string }> {
  // The handshake carries only the low 32 bits of the connection id.
  try {
    const [row] = await connection.query(
      'SELECT CONNECTION_ID() AS connectionId, @@hostname AS hostname, @@port AS port, VERSION() AS version',
      // A server that accepts a connection and stays silent would hold the cluster until the function times out.
      { timeoutMs: QUERY_TIMEOUT_MS },
    );
    const { connectionId, hostname, port, version } = serverIdentity.parse(row);
    return { server: `${hostname}:${port}`, connectionId, version };
  } catch (error) {
    connection.close();
    const denied = error instanceof TidbError ? accessFailure(error) : undefined;
    if (denied !== undefined) throw denied;
    throw new NodeFailure('TidbUnreachable', `the server did not identify itself: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws StatementLost, StatementDropped, NodeFailure */
async function runBrie(
  connection: TidbConnection,
  kind: StatementKind,
  sql: string,
  secrets: readonly string[] | undefined,
): Promise<BackupOutcome> {
  try {
    const [row] = await connection.query(sql, { secrets: secrets ?? [] });
    const { Size, BackupTS } = brieResult.parse(row);
    return { sizeBytes: Size, backupTso: BackupTS };
  } catch (error) {
    if (error instanceof TidbError) throw statementFailure(kind, error);
    if (error instanceof NodeFailure) throw error;
    throw new NodeFailure(kind === 'BACKUP' ? 'BackupFailed' : 'RestoreFailed', `${kind} returned an unknown result`, {
      cause: error,
    });
  }
}
