import type { Authorizer } from './authorization.ts';

/**
 * Identifies the sender of a request, so that nobody sees another caller's answers. For an assumed role
 * (`AROA…:session`) it is the role, because a restarted program gets a new session; for a token its subject, or the
 * client that it was issued to.
 */
export function callerOf(authorizer: Authorizer | undefined): string {
  if (authorizer?.jwt !== undefined) {
    const { iss, sub, client_id } = authorizer.jwt.claims;
    return JSON.stringify(['jwt', iss, sub ?? client_id]);
  }
  return JSON.stringify(['iam', authorizer?.iam?.userId?.replace(/^(AROA[^:]*):.*$/, '$1')]);
}
