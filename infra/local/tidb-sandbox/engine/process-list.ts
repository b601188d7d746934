import type { ServerSession } from './server-session.ts';
import type { Session } from './session.ts';

/** What one session is doing, as the process list shows it. */
export interface Process {
  readonly instance: string;
  readonly id: bigint;
  readonly user: string;
  readonly host: string;
  readonly database: string | null;
  readonly command: 'Query' | 'Sleep';
  /** Whole seconds since the statement started, or since the session became idle. */
  readonly seconds: bigint;
  readonly state: string;
  /** The statement without its secrets; null when idle. */
  readonly info: string | null;
  readonly transactionStart: string;
}

/** The sessions that `viewer` may see: its own account's, or all with the PROCESS privilege. */
export function processList(sessions: Iterable<ServerSession>, viewer: Session): Process[] {
  const seesAll = viewer.account.hasGlobal('PROCESS');
  return [...sessions]
    .filter((session) => seesAll || session.account === viewer.account)
    .map((session) => ({
      instance: session.server.statusAddress,
      id: session.connectionId,
      user: session.account.user,
      host: session.client,
      database: session.currentDatabase ?? null,
      command: session.running ? 'Query' : 'Sleep',
      seconds: secondsSince(session.running?.startedAt ?? session.idleSince, viewer),
      state: session.inTransaction ? 'in transaction' : 'autocommit',
      info: session.running?.info ?? null,
      transactionStart: session.inTransaction ? session.transactionTs.toString() : '',
    }));
}

function secondsSince(millis: number, session: Session): bigint {
  return BigInt(Math.max(0, Math.floor((session.cluster.clock() - millis) / 1000)));
}
