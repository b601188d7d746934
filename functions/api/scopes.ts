import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { ServiceError } from '../domain/errors.ts';

/** What a token may open; each route names the one that it needs. None includes another. */
export const SCOPES = {
  'backup:read': 'See clusters, strategies, backup records, workflows and the configuration',
  'backup:write': 'Save strategies; start, cancel and delete backups',
  'backup:restore': 'Restore backups into clusters',
  'backup:admin': 'Register, change and remove clusters; change the configuration',
} as const;

export type Scope = keyof typeof SCOPES;

/** What API Gateway says of a caller: `jwt` of one with a token, something else of one with IAM credentials. */
export type Authorizer = Partial<APIGatewayEventRequestContextJWTAuthorizer>;

/**
 * Refuses a token without the scope. That it is genuine, meant for this API and still valid, API Gateway has seen to; and of
 * a caller with IAM credentials it has checked the policy, which names methods and paths.
 * @throws ServiceError 70600
 */
export function requireScope(authorizer: Authorizer | undefined, scope: Scope): void {
  if (authorizer?.jwt === undefined || grantedScopes(authorizer.jwt.claims).includes(scope)) return;
  throw new ServiceError('TIEM_UNAUTHORIZED_USER', `the token must have the scope ${scope}`);
}

/** RFC 9068 says `scope`, some issuers `scp`. API Gateway makes text of a list: `[a b]`. */
function grantedScopes({ scope, scp }: APIGatewayEventRequestContextJWTAuthorizer['jwt']['claims']): string[] {
  return String(scope ?? scp ?? '').split(/[\s,[\]]+/);
}
