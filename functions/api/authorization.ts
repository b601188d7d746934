import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { ServiceError } from '../domain/errors.ts';
import type { Scope } from './scopes.ts';

/** What API Gateway says of a caller: `jwt` of one with a token, `iam` of one that signed with AWS credentials. */
export type Authorizer = Partial<APIGatewayEventRequestContextJWTAuthorizer> & {
  readonly iam?: { readonly userId?: string; readonly userArn?: string };
};

/** Whom this deployment takes, and so which of the two its gateway must have seen. */
export type Callers =
  | { readonly type: 'iam' }
  /** The token's claim of that name must say this tenant: one issuer may serve many. */
  | { readonly type: 'jwt'; readonly tenant: string; readonly tenantClaim: string };

/** As the function's environment says it. */
export function callersOf(environment: { TENANT: string; TENANT_CLAIM?: string | undefined }): Callers {
  const { TENANT: tenant, TENANT_CLAIM: tenantClaim } = environment;
  return tenantClaim === undefined ? { type: 'iam' } : { type: 'jwt', tenant, tenantClaim };
}

/**
 * Refuses a caller that API Gateway has not looked at, and a token of another tenant or without the scope. That a token is
 * genuine, meant for this API and still valid, API Gateway has seen to; and of a caller with IAM credentials it has checked
 * the policy, which names methods and paths. So there is no way in around the gateway's authorizer, were a route to lose it.
 * @throws ServiceError 70600
 */
export function authorize(authorizer: Authorizer | undefined, callers: Callers, scope: Scope): void {
  if (callers.type === 'iam') {
    if (authorizer?.iam === undefined) throw unauthorized('the request must be signed with AWS credentials');
    return;
  }
  if (authorizer?.jwt === undefined) throw unauthorized('the request must carry a token');
  const { claims } = authorizer.jwt;
  // API Gateway makes text of a list, `[a b]`: a token for several tenants is one for none.
  if (claims[callers.tenantClaim] !== callers.tenant) {
    throw unauthorized(`the token's claim ${callers.tenantClaim} must name this deployment's tenant`);
  }
  if (!grantedScopes(claims).includes(scope)) throw unauthorized(`the token must have the scope ${scope}`);
}

function unauthorized(detail: string): ServiceError {
  return new ServiceError('TIEM_UNAUTHORIZED_USER', detail);
}

/** RFC 9068 says `scope`, some issuers `scp`. API Gateway makes text of a list: `[a b]`. */
function grantedScopes({ scope, scp }: APIGatewayEventRequestContextJWTAuthorizer['jwt']['claims']): string[] {
  return String(scope ?? scp ?? '').split(/[\s,[\]]+/);
}
