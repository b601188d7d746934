import { connect as connectSocket, type Socket } from 'node:net';
import type { Connection as CoreConnection, SslOptions } from 'mysql2';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { TidbError, toTidbError } from './tidb-error.ts';
import { isWithoutTls, sslOptions, type TlsSettings } from './tls.ts';

export interface Account {
  user: string;
  password: string;
}

export interface Endpoint {
  host: string;
  port: number;
  /** The host in certificates and TLS's server name indication: without the trailing dot of an absolute DNS name. */
  serverName: string;
}

/** A server that does not answer within this time counts as unreachable, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Timeout of every statement but `BACKUP` and `RESTORE`, in milliseconds. */
export const QUERY_TIMEOUT_MS = 20_000;

/** Idle time before TCP keep-alive starts, in milliseconds. An AWS NLB cuts a silent connection after 350 s. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Node's timers fire at once for longer timeouts. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** One connection to one TiDB server. */
export interface TidbConnection {
  readonly isEncrypted: boolean;
  /**
   * @param options.timeoutMs no timeout if unset, or longer than a timer can be (24 days). `BACKUP` answers when it is
   * done, perhaps after hours
   * @param options.secrets of the statement, which no error message may contain
   * @throws TidbError; NodeFailure TidbAccessDenied if the statement has secrets and the connection is unexpectedly
   * unencrypted
   */
  query(sql: string, options?: { timeoutMs?: number; secrets?: readonly string[] }): Promise<RowDataPacket[]>;
  /**
   * The first rows of an answer of any length, as arrays.
   * @param options.beforeDropping called if there may be more: the connection is then dropped, which does not end the
   * query in TiDB
   * @throws TidbError
   */
  firstRows(
    sql: string,
    count: number,
    options: { timeoutMs: number; beforeDropping: () => Promise<unknown> },
  ): Promise<unknown[][]>;
  /** Closes the socket at once, whatever is running on it. */
  close(): void;
}

/** @throws TidbError */
export async function connect(endpoint: Endpoint, account: Account, tls: TlsSettings): Promise<TidbConnection> {
  const { connection, isEncrypted } = await openConnection(endpoint, account, tls);
  return {
    isEncrypted,
    async query(sql, { timeoutMs = Number.POSITIVE_INFINITY, secrets = [] } = {}) {
      if (secrets.length > 0 && tls.mode === 'preferred' && !isEncrypted) throw keysInTheClear();
      try {
        const [rows] = await connection.query<RowDataPacket[]>(
          timeoutMs > LONGEST_TIMEOUT_MS ? { sql } : { sql, timeout: timeoutMs },
        );
        return rows;
      } catch (error) {
        throw toTidbError(error, secrets);
      }
    },
    async firstRows(sql, count, { timeoutMs, beforeDropping }) {
      const rows: unknown[][] = [];
      const answer = core(connection).query({ sql, timeout: timeoutMs, rowsAsArray: true });
      try {
        for await (const row of answer.stream({ highWaterMark: count })) {
          if (Array.isArray(row)) rows.push(row);
          if (rows.length < count) continue;
          // Does not wait for the rest.
          await beforeDropping();
          connection.destroy();
          break;
        }
        return rows;
      } catch (error) {
        throw toTidbError(error);
      }
    },
    close: () => connection.destroy(),
  };
}

/** The layer below mysql2's promises, which can stream rows. Its types leave that out. */
function core(connection: Connection): CoreConnection {
  return (connection as Connection & { readonly connection: CoreConnection }).connection;
}

async function openConnection(
  endpoint: Endpoint,
  account: Account,
  tls: TlsSettings,
): Promise<{ connection: Connection; isEncrypted: boolean }> {
  const ssl = sslOptions(tls);
  try {
    return { connection: await open(endpoint, account, ssl), isEncrypted: ssl !== undefined };
  } catch (error) {
    if (tls.mode !== 'preferred' || !(error instanceof TidbError) || !isWithoutTls(error)) throw error;
    return { connection: await open(endpoint, account, undefined), isEncrypted: false };
  }
}

async function open(endpoint: Endpoint, account: Account, ssl: SslOptions | undefined): Promise<Connection> {
  try {
    const connection = await createConnection({
      host: endpoint.serverName,
      stream: () => openSocket(endpoint),
      ...account,
      ...(ssl && { ssl }),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_TIMEOUT_MS,
      // TSO, sizes and connection ids exceed 2^53.
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      // Code that is made for each kind of row pays off only after thousands of them. Bundles leave its maker out.
      disableEval: true,
    });
    // A connection that dies between two queries reports it here; the next query rejects, and is handled there.
    connection.on('error', () => {});
    return connection;
  } catch (error) {
    throw toTidbError(error, [account.password]);
  }
}

/**
 * mysql2 gives Node no name to check the certificate of an IP address against. Node then uses that of the socket, which
 * it sets only for DNS names, or `localhost`.
 */
function openSocket({ host, port, serverName }: Endpoint): Socket {
  const socket = connectSocket({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
  });
  return Object.assign(socket, { _host: serverName });
}

/** Whoever chose `preferred` has not agreed to this. */
function keysInTheClear(): NodeFailure {
  return new NodeFailure(
    'TidbAccessDenied',
    'TiDB offers no TLS, and the statement would send the keys of the store unencrypted: configure TLS in TiDB; or let its nodes use roles and set no keys; or set "tls" to "disabled", which sends them anyway',
  );
}

/** `host:port`, with an IPv6 host in brackets. The registration has checked the format. */
export function parseEndpoint(endpoint: string): Endpoint {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(endpoint.slice(colon + 1)), serverName: host.replace(/\.$/, '') };
}
