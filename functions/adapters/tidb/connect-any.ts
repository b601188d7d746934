import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { accessFailure } from './access-error.ts';
import { type Account, connect, parseEndpoint, type TidbConnection } from './connection.ts';
import { TidbError } from './tidb-error.ts';
import { type TlsSettings, tlsProblem } from './tls.ts';

/** What it takes to connect to a cluster. */
export interface ClusterAccess extends Pick<Cluster, 'endpoints'> {
  /** As it was read last. */
  account: Account;
  /** Reads it again: a password may be rotated while a backup runs. Unset if it is as new as can be. */
  readAccount?: () => Promise<Account>;
  tls: TlsSettings;
  network?: NodeNetwork | undefined;
}

/** Where the connection comes from, as the environment says. */
export interface NodeNetwork {
  /** Security groups of the functions and the worker, separated by commas. Unset if they run outside any VPC. */
  NODE_SECURITY_GROUP_IDS?: string | undefined;
}

/**
 * Connects to the first endpoint that answers. An account that is refused is read again, once, as it may have been rotated.
 * @throws NodeFailure TidbAccessDenied: a server refused the account, and all of them share their accounts; or TLS is wrong with each
 * of them, which does not mend itself. TidbUnreachable: names every endpoint and what was wrong with it.
 */
export async function connectToAny(access: ClusterAccess): Promise<{ endpoint: string; connection: TidbConnection }> {
  try {
    return await connectOnce(access);
  } catch (error) {
    if (!(error instanceof NodeFailure) || error.name !== 'TidbAccessDenied') throw error;
    const renewed = await access.readAccount?.();
    // The same again would only count as one more failed login.
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
  // The operating system's name of an error says all; its message repeats the address, and may be empty.
  return tlsProblem(error, tls) ?? (/^E[A-Z]+$/.test(error.code) ? error.code : error.message);
}

/** The operating system, or mysql2, gave up waiting. A security group drops what it does not let in, without an answer. */
function hasTimedOut({ code }: TidbError): boolean {
  return code === 'ETIMEDOUT';
}

function howToLetIn(endpoints: readonly string[], { NODE_SECURITY_GROUP_IDS: groups }: NodeNetwork = {}): string {
  if (groups === undefined) {
    return 'the service runs outside any VPC and reaches public addresses alone: for private ones, set "network" in the tenant file';
  }
  const ports = [...new Set(endpoints.map((endpoint) => parseEndpoint(endpoint).port))];
  return `TiDB's security group must let in ${groups.replaceAll(',', ', ')} on TCP port ${ports.join(', ')}`;
}
