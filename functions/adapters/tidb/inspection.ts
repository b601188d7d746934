import type { Clock } from '../../domain/shared/clock.ts';
import type { EndpointReport, ServerReport } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { accessFailure } from './access-error.ts';
import { type ClusterAccess, unreachable } from './connect-any.ts';
import { connect, parseEndpoint, QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { privilegesOf } from './grants.ts';
import { grant, inspectedServer } from './rows.ts';
import { TidbError } from './tidb-error.ts';

/** One after the other until one answers or rejects the account, then the others concurrently. */
export async function inspectEndpoints(access: ClusterAccess, clock: Pick<Clock, 'now'>): Promise<EndpointReport[]> {
  const inspect = (endpoint: string) => inspectEndpoint(access, endpoint, clock);
  const left = [...access.endpoints];
  const reports: EndpointReport[] = [];
  for (let endpoint = left.shift(); endpoint !== undefined; endpoint = left.shift()) {
    const report = await inspect(endpoint);
    reports.push(report);
    if (report.failure?.name === 'TidbAccessDenied') return [...reports, ...left.map((each) => ({ endpoint: each }))];
    if (report.server !== undefined) break;
  }
  return [...reports, ...(await Promise.all(left.map(inspect)))];
}

async function inspectEndpoint(
  access: ClusterAccess,
  endpoint: string,
  clock: Pick<Clock, 'now'>,
): Promise<EndpointReport> {
  try {
    const connection = await connect(parseEndpoint(endpoint), access.account, access.tls);
    return { endpoint, server: await inspectServer(connection, clock) };
  } catch (error) {
    if (!(error instanceof TidbError)) throw error;
    const failure =
      accessFailure(error, endpoint) ??
      new NodeFailure('TidbUnreachable', unreachable(error, endpoint, access), { cause: error });
    return { endpoint, failure };
  }
}

/** @throws TidbError */
async function inspectServer(connection: TidbConnection, clock: Pick<Clock, 'now'>): Promise<ServerReport> {
  const ask = (sql: string) => connection.query(sql, { timeoutMs: QUERY_TIMEOUT_MS });
  try {
    const sentAt = clock.now();
    const [row] = await ask(
      'SELECT @@hostname AS hostname, @@port AS port, TIDB_VERSION() AS build, UTC_TIMESTAMP(3) AS now, @@GLOBAL.tidb_gc_life_time AS gcLifeTime',
    );
    const answeredAt = clock.now();
    const { hostname, port, build, now, gcLifeTime } = inspectedServer.parse(row);
    const grants = await ask('SHOW GRANTS');
    return {
      server: `${hostname}:${port}`,
      build,
      isEncrypted: connection.isEncrypted,
      // The server read its clock at some moment between the two.
      clockAheadMs: Date.parse(`${now.replace(' ', 'T')}Z`) - (sentAt + answeredAt) / 2,
      roundTripMs: answeredAt - sentAt,
      gcLifeTime,
      privileges: privilegesOf(grants.flatMap((row) => Object.values(grant.parse(row)))),
    };
  } finally {
    connection.close();
  }
}
