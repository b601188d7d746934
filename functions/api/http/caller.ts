import type { Authorizer } from './authorization.ts';

/**
 * Who sends a request: nobody gets to see what another was answered. Of an assumed role (`AROA…:session`) it is the role, as a
 * program that is started again is given a new session; of a token its subject, or the program that it was made for.
 */
export function callerOf(authorizer: Authorizer | undefined): string {
  if (authorizer?.jwt !== undefined) {
    const { iss, sub, client_id } = authorizer.jwt.claims;
    return JSON.stringify(['jwt', iss, sub ?? client_id]);
  }
  return JSON.stringify(['iam', authorizer?.iam?.userId?.replace(/^(AROA[^:]*):.*$/, '$1')]);
}
