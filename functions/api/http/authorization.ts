import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Scope } from './scopes.ts';

/** What API Gateway says of a caller: `jwt` of one with a token, `iam` of one that signed with AWS credentials. */
export type Authorizer = Partial<APIGatewayEventRequestContextJWTAuthorizer> & {
  readonly iam?: { readonly userId?: string; readonly userArn?: string };
};

/** Whom this deployment takes, and so which of the two its gateway must have seen. */
export type Callers =
  | { readonly type: 'iam' }
  | {
      readonly type: 'jwt';
      /** The claim that says whose token it is: one issuer may serve many tenants. */
      readonly tenantClaim: string;
      /** What the claim may name: this tenant or, of `client_id`, the tenant's clients. */
      readonly tenants: readonly string[];
      /** What the issuer puts before each scope, such as Amazon Cognito's `resource-server/`. */
      readonly scopePrefix: string;
    };

interface CallersEnvironment {
  TENANT: string;
  TENANT_CLAIM?: string | undefined;
  TENANT_CLIENTS?: string | undefined;
  SCOPE_PREFIX?: string | undefined;
}

/** As the function's environment says it. */
export function callersOf({ TENANT, TENANT_CLAIM, TENANT_CLIENTS, SCOPE_PREFIX = '' }: CallersEnvironment): Callers {
  if (TENANT_CLAIM === undefined) return { type: 'iam' };
  const tenants = TENANT_CLIENTS?.split(',') ?? [TENANT];
  return { type: 'jwt', tenantClaim: TENANT_CLAIM, tenants, scopePrefix: SCOPE_PREFIX };
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
  const { tenantClaim, tenants, scopePrefix } = callers;
  if (!itemsOf(claims[tenantClaim]).some((item) => tenants.includes(item))) {
    throw unauthorized(`the token's claim ${tenantClaim} must name this deployment's tenant`);
  }
  const wanted = `${scopePrefix}${scope}`;
  if (!grantedScopes(claims).includes(wanted)) throw unauthorized(`the token must have the scope ${wanted}`);
}

type Claim = APIGatewayEventRequestContextJWTAuthorizer['jwt']['claims'][string];

/** A claim's text, or the items of a list, which API Gateway writes as `[a b]`. */
function itemsOf(claim: Claim | undefined): string[] {
  const [, list] = /^\[(.*)\]$/s.exec(String(claim ?? '')) ?? [];
  return list === undefined ? [String(claim ?? '')] : list.split(' ');
}

function unauthorized(detail: string): ServiceError {
  return new ServiceError('TIEM_UNAUTHORIZED_USER', detail);
}

/** RFC 9068 says `scope`, some issuers `scp`. API Gateway makes text of a list: `[a b]`. */
function grantedScopes({ scope, scp }: APIGatewayEventRequestContextJWTAuthorizer['jwt']['claims']): string[] {
  return String(scope ?? scp ?? '').split(/[\s,[\]]+/);
}
