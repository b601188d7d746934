import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { TidbError } from './tidb-error.ts';

/** Why TiDB rejects an account, by its error number, and the remedy. None of them goes away by retrying. */
const REFUSALS: Readonly<Record<number, string>> = {
  1045: 'check its user name and password, the hosts it may connect from, and whether it must use TLS (REQUIRE SSL and caching_sha2_password do): then set "tls" to "required" or "verify"',
  1130: 'let it connect from the addresses of the service',
  1251: 'let it use mysql_native_password or caching_sha2_password',
  1698: 'let it use mysql_native_password or caching_sha2_password',
  1820: 'its password has expired: set a new one (ALTER USER … IDENTIFIED BY …) and register it',
  1862: 'its password has expired: set a new one (ALTER USER … IDENTIFIED BY …) and register it',
  3118: 'it is locked: unlock it (ALTER USER … ACCOUNT UNLOCK)',
  3159: 'TiDB accepts only TLS: set "tls" to "required" or "verify"',
  3955: 'it is blocked after too many wrong passwords: register the right one, then wait or unlock it (ALTER USER … ACCOUNT UNLOCK)',
};

/** mysql2's error for a server that requires an unsupported authentication plugin. */
const UNKNOWN_PLUGIN = 'AUTH_SWITCH_PLUGIN_ERROR';

/**
 * TidbAccessDenied if TiDB rejects the account, or a statement for lack of a privilege; `undefined` for all other
 * errors.
 * @param server that rejects it
 */
export function accessFailure(error: TidbError, server = 'TiDB'): NodeFailure | undefined {
  const privilege = missingPrivilege(error);
  if (privilege !== undefined) return denied(`the cluster's account must have ${privilege}: ${error.answer}`, error);
  const remedy = error.code === UNKNOWN_PLUGIN ? REFUSALS[1251] : REFUSALS[error.errno ?? 0];
  if (remedy === undefined) return undefined;
  return denied(`${server} refuses the cluster's account: ${error.answer}; ${remedy}`, error);
}

function denied(message: string, cause: TidbError): NodeFailure {
  return new NodeFailure('TidbAccessDenied', message, { cause });
}

/** As TiDB's message names it. */
function missingPrivilege({ errno, message }: TidbError): string | undefined {
  switch (errno) {
    case 1044:
      return 'a privilege on the database';
    case 1142:
      return /^([A-Z ]+) command denied/.exec(message)?.[1] ?? 'a privilege on the table';
    case 1227:
      return /at least one of\) the (.+?) privilege\(s\)/.exec(message)?.[1] ?? 'another privilege';
    case 8121:
      return /'(\w+)'/.exec(message)?.[1]?.toUpperCase() ?? 'another privilege';
    default:
      return undefined;
  }
}
