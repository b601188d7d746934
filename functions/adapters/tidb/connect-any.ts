import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { accessFailure } from './access-error.ts';
import { type Account, connect, parseEndpoint, type TidbConnection } from './connection.ts';
import { TidbError } from './tidb-error.ts';
import { type TlsSettings, tlsProblem } from './tls.ts';

/** What is needed to connect to a cluster. */
export interface ClusterAccess extends Pick<Cluster, 'endpoints'> {
  /** As last read. */
  account: Account;
  /** Reads it again, because a password may be rotated during a backup. Unset if it was just read. */
  readAccount?: () => Promise<Account>;
  tls: TlsSettings;
  network?: NodeNetwork | undefined;
}

/** The network of this process, from the environment. */
export interface NodeNetwork {
  /** Comma-separated security groups of the functions and the worker. Unset outside a VPC. */
  NODE_SECURITY_GROUP_IDS?: string | undefined;
}

/**
 * Connects to the first endpoint that answers. A rejected account is read again, once, because it may have been
 * rotated.
 * @throws NodeFailure TidbAccessDenied if a server rejected the account, because all servers share it; or if TLS fails
 * with each of them, which a retry cannot fix. TidbUnreachable names every endpoint and its error
 */
export async function connectToAny(access: ClusterAccess): Promise<{ endpoint: string; connection: TidbConnection }> {
  try {
    return await connectOnce(access);
  } catch (error) {
    if (!(error instanceof NodeFailure) || error.name !== 'TidbAccessDenied') throw error;
    const renewed = await access.readAccount?.();
    // The same account would only count as another failed login.
    if (renewed === undefined || isDeepStrictEqual(renewed, access.account)) throw error;
    access.account = renewed;
    return await connectOnce(access);
  }
}

async function connectOnce(access: ClusterAccess): Promise<{ endpoint: string; connection: TidbConnection }> {
  const failures: string[] = [];
  const timedOut: string[] = [];
  let onlyTlsFailed = true;
  for (const endpoint of access.endpoints) {
    try {
      return { endpoint, connection: await connect(parseEndpoint(endpoint), access.account, access.tls) };
    } catch (error) {
      if (!(error instanceof TidbError)) throw error;
      const refusal = accessFailure(error, endpoint);
      if (refusal !== undefined) throw refusal;
      onlyTlsFailed &&= tlsProblem(error, access.tls) !== undefined;
      failures.push(`${endpoint} (${reasonOf(error, access)})`);
      if (hasTimedOut(error)) timedOut.push(endpoint);
    }
  }
  if (onlyTlsFailed) {
    throw new NodeFailure('TidbAccessDenied', `no encrypted connection to TiDB: ${failures.join(', ')}`);
  }
  const message = `no TiDB server of the cluster could be reached: ${failures.join(', ')}`;
  const hint = timedOut.length > 0 ? `; ${howToLetIn(timedOut, access.network)}` : '';
  throw new NodeFailure('TidbUnreachable', `${message}${hint}`);
}

/** Why one server cannot be reached, and what may help. */
export function unreachable(error: TidbError, endpoint: string, { tls, network }: ClusterAccess): string {
  const hint = hasTimedOut(error) ? `; ${howToLetIn([endpoint], network)}` : '';
  return `${endpoint} cannot be reached: ${reasonOf(error, { tls })}${hint}`;
}

function reasonOf(error: TidbError, { tls }: Pick<ClusterAccess, 'tls'>): string {
  // The operating system's error name says enough; its message repeats the address, and may be empty.
  return tlsProblem(error, tls) ?? (/^E[A-Z]+$/.test(error.code) ? error.code : error.message);
}

/** The operating system, or mysql2, timed out. A security group silently drops what it does not let in. */
function hasTimedOut({ code }: TidbError): boolean {
  return code === 'ETIMEDOUT';
}

function howToLetIn(endpoints: readonly string[], { NODE_SECURITY_GROUP_IDS: groups }: NodeNetwork = {}): string {
  if (groups === undefined) {
    return 'the service runs outside any VPC and reaches only public addresses: for private ones, set "network" in the tenant file';
  }
  const ports = [...new Set(endpoints.map((endpoint) => parseEndpoint(endpoint).port))];
  return `TiDB's security group must let in ${groups.replaceAll(',', ', ')} on TCP port ${ports.join(', ')}`;
}
