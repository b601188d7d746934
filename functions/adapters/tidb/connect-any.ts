import type { Cluster } from '../../domain/cluster.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import { accessFailure } from './access-error.ts';
import { type Account, connect, parseEndpoint, type TidbConnection } from './connection.ts';
import { TidbError } from './tidb-error.ts';
import { type TlsSettings, tlsProblem } from './tls.ts';

/** What it takes to connect to a cluster. */
export interface ClusterAccess extends Pick<Cluster, 'endpoints'> {
  account: Account;
  tls: TlsSettings;
}

/**
 * Connects to the first endpoint that answers.
 * @throws NodeFailure TidbAccessDenied: a server refused the account, and all of them share their accounts; or TLS is wrong with each
 * of them, which does not mend itself. TidbUnreachable: names every endpoint and what was wrong with it.
 */
export async function connectToAny(access: ClusterAccess): Promise<{ endpoint: string; connection: TidbConnection }> {
  const failures: string[] = [];
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
    }
  }
  if (onlyTlsFailed) {
    throw new NodeFailure('TidbAccessDenied', `no encrypted connection to TiDB: ${failures.join(', ')}`);
  }
  throw new NodeFailure('TidbUnreachable', `no TiDB server of the cluster could be reached: ${failures.join(', ')}`);
}

/** Why a server cannot be reached. */
export function reasonOf(error: TidbError, { tls }: Pick<ClusterAccess, 'tls'>): string {
  // The operating system's name of an error says all; its message repeats the address, and may be empty.
  return tlsProblem(error, tls) ?? (/^E[A-Z]+$/.test(error.code) ? error.code : error.message);
}
