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
  /** The host as certificates and TLS's server name indication have it: without the dot that ends an absolute DNS name. */
  serverName: string;
}

/** A server that does not answer in this time is not there, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/** How long a statement may take that does no work, in milliseconds: all but `BACKUP` and `RESTORE`. */
export const QUERY_TIMEOUT_MS = 20_000;

/** Idle time before TCP keep-alive begins, in milliseconds. An AWS NLB cuts a silent connection after 350 s. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Of one that is longer, Node's timer fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** One connection to one TiDB server. */
export interface TidbConnection {
  readonly isEncrypted: boolean;
  /**
   * @param options.timeoutMs none, or more than a timer holds (24 days): as long as it takes. `BACKUP` answers when it is done,
   * after hours perhaps.
   * @param options.secrets of the statement: no error's message holds them.
   * @throws TidbError; NodeFailure TidbAccessDenied: the statement has secrets, and the connection is unexpectedly plain
   */
  query(sql: string, options?: { timeoutMs?: number; secrets?: readonly string[] }): Promise<RowDataPacket[]>;
  /**
   * The first rows of an answer that may have any number, as arrays.
   * @param options.beforeDropping called where there may be more: the connection is dropped then, which ends nothing in TiDB
   * @throws TidbError
   */
  firstRows(
    sql: string,
    count: number,
    options: { timeoutMs: number; beforeDropping: () => Promise<unknown> },
  ): Promise<unknown[][]>;
  /** Drops the socket at once, whatever runs on it. */
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
          // The rest is not waited for.
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

/** What is below mysql2's promises: it has rows one by one. Their types leave it out. */
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
    });
    // A connection that dies between two queries says so here; the next query rejects, and that is where it is handled.
    connection.on('error', () => {});
    return connection;
  } catch (error) {
    throw toTidbError(error, [account.password]);
  }
}

/**
 * mysql2 tells Node no name to check the certificate of an IP address against. Node then takes that of the socket, which it sets for
 * DNS names alone, and else `localhost`.
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

/** Whoever asked for no more than `preferred` has not agreed to that. */
function keysInTheClear(): NodeFailure {
  return new NodeFailure(
    'TidbAccessDenied',
    'TiDB offers no TLS, and the statement would carry the keys of the store in the clear: configure TLS in TiDB; or let its nodes use roles and set no keys; or set "tls" to "disabled", which sends them all the same',
  );
}

/** `host:port`, with an IPv6 host in brackets. Registering a cluster has checked the shape. */
export function parseEndpoint(endpoint: string): Endpoint {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(endpoint.slice(colon + 1)), serverName: host.replace(/\.$/, '') };
}
