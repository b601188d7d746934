import type { Statement } from '../sql/ast.ts';
import { accessDenied } from '../sql/errors.ts';
import type { Session } from './session.ts';

const UNSPECIFIED_ERROR = 1105;
const IS_64_BIT = 1n;
const SERVER_ID_SHIFT_32 = 21n;
const LIMIT_32 = 1n << 32n;
const LIMIT_63 = 1n << 63n;

/**
 * KILL takes effect at once, on whichever server has the connection. An invalid id is OK with a warning; one whose server or session is
 * missing or does not answer is OK without (executeKillStmt in pkg/executor/simple.go).
 */
export function kill({ connectionId, only }: Extract<Statement, { kind: 'kill' }>, session: Session): void {
  const problem = connectionId === 'own' ? undefined : problemOf(connectionId);
  if (problem !== undefined) session.addWarning(UNSPECIFIED_ERROR, problem);
  const victim = connectionId === 'own' ? session : session.cluster.findSession(connectionId);
  if (victim === undefined) return;
  const { account } = session;
  const mayKillOthers = account.hasGlobal('CONNECTION_ADMIN') || account.hasGlobal('SUPER');
  if (victim.account !== account && !mayKillOthers) throw accessDenied('SUPER or CONNECTION_ADMIN');
  victim.running?.killed.abort();
  if (only === 'connection') victim.disconnect();
}

/** Source: ParseConnID in pkg/util/globalconn, and killRemoteConn. */
function problemOf(id: bigint): string | undefined {
  const is64Bit = (id & IS_64_BIT) !== 0n;
  if (id >= LIMIT_63) return 'Parse ConnectionID failed: unexpected connectionID exceeds int64';
  if (is64Bit && id < LIMIT_32) {
    return "Kill failed: Received a 32bits truncated ConnectionID, expect 64bits. Please execute 'KILL [CONNECTION | QUERY] ConnectionID' to send a Kill without truncating ConnectionID.";
  }
  if (is64Bit) return undefined;
  if (id >= LIMIT_32) return 'Parse ConnectionID failed: unexpected connectionID exceeds uint32';
  if (id >> SERVER_ID_SHIFT_32 === 0n) {
    return 'KILL remote connection failed: Unexpected ZERO ServerID. Please file a bug to the TiDB Team';
  }
  return undefined;
}
