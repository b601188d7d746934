import type { RowDataPacket } from 'mysql2/promise';
import { quoteSome } from '../../domain/shared/errors.ts';
import type { RunningStatement, StatementMark } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { answeringServer, type ListedServer, listedServer, process, sqlWarning } from './rows.ts';
import { isMarkedStatement } from './statement-mark.ts';

type Query = (sql: string) => Promise<RowDataPacket[]>;

/**
 * Our statements on all servers of the cluster. TiDB leaves an unresponsive server out of `cluster_processlist`, with
 * only a warning: an empty list proves that none runs only if every server that the cluster lists has answered. A
 * crashed server disappears from that list when its lease ends, after 90 seconds.
 * @param marks of one kind
 * @throws NodeFailure TidbUnreachable if none is listed, but a server did not answer
 */
export async function runningStatements(query: Query, marks: readonly StatementMark[]): Promise<RunningStatement[]> {
  const kind = marks[0]?.kind;
  if (kind === undefined) return [];
  const rows = await query(
    `SELECT INSTANCE, ID, IF(INFO LIKE '%${kind}%', INFO, NULL) AS INFO FROM information_schema.cluster_processlist`,
  );
  const warnings = (await query('SHOW WARNINGS')).map((row) => sqlWarning.parse(row).Message);
  const processes = rows.map((row) => process.parse(row));
  const running = processes.filter(({ INFO }) => marks.some((mark) => isMarkedStatement(INFO, mark)));
  if (running.length === 0) {
    const silent = await silentServers(query, new Set(processes.map(({ INSTANCE }) => INSTANCE)), warnings);
    if (silent.length > 0) {
      throw new NodeFailure(
        'TidbUnreachable',
        `${kind} may run on a TiDB server that does not answer the others: ${quoteSome(silent)}`,
      );
    }
  }
  return running.map(({ INSTANCE: server, ID: connectionId }) => ({ server, connectionId }));
}

/** The servers that may run something invisible. */
async function silentServers(query: Query, seen: ReadonlySet<string>, warnings: readonly string[]): Promise<string[]> {
  const servers = (await query('SELECT DDL_ID, IP, STATUS_PORT FROM information_schema.tidb_servers_info')).map((row) =>
    listedServer.parse(row),
  );
  const unseen = servers.map(namesOf).filter((names) => !names.some((name) => seen.has(name)));
  if (unseen.length === 0) return [];
  // A server without connections has no process to list. This table has one row for each server that answers (TiDB
  // 6.4).
  const rows = await query('SELECT INSTANCE FROM information_schema.cluster_memory_usage');
  const answering = new Set(rows.map((row) => answeringServer.parse(row).INSTANCE));
  const isNamed = ([name = '']: string[]) => warnings.some((text) => text.includes(name));
  const isUnclear = warnings.length > 0 && !servers.map(namesOf).some(isNamed);
  return unseen
    .filter((names) => isUnclear || isNamed(names) || !names.some((name) => answering.has(name)))
    .map(([name = '']) => name);
}

/** The possible values of INSTANCE in cluster tables; the first one is for people. */
function namesOf({ DDL_ID, IP, STATUS_PORT }: ListedServer): string[] {
  if (IP === null) return [DDL_ID];
  return [`${IP.includes(':') ? `[${IP}]` : IP}:${STATUS_PORT}`, DDL_ID];
}
