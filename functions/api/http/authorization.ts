import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Scope } from './scopes.ts';

/** What API Gateway says about a caller: `jwt` for a token, `iam` for AWS credentials. */
export type Authorizer = Partial<APIGatewayEventRequestContextJWTAuthorizer> & {
  readonly iam?: { readonly userId?: string; readonly userArn?: string };
};

/** The callers that this deployment accepts, and so which of the two its gateway must have checked. */
export type Callers =
  | { readonly type: 'iam' }
  | {
      readonly type: 'jwt';
      /** The claim that names the tenant: one issuer may serve many tenants. */
      readonly tenantClaim: string;
      /** Accepted values of the claim: this tenant or, for `client_id`, the tenant's clients. */
      readonly tenants: readonly string[];
      /** The issuer's prefix of each scope, such as Amazon Cognito's `resource-server/`. */
      readonly scopePrefix: string;
    };

interface CallersEnvironment {
  TENANT: string;
  TENANT_CLAIM?: string | undefined;
  TENANT_CLIENTS?: string | undefined;
  SCOPE_PREFIX?: string | undefined;
}

/** Reads the function's environment. */
export function callersOf({ TENANT, TENANT_CLAIM, TENANT_CLIENTS, SCOPE_PREFIX = '' }: CallersEnvironment): Callers {
  if (TENANT_CLAIM === undefined) return { type: 'iam' };
  const tenants = TENANT_CLIENTS?.split(',') ?? [TENANT];
  return { type: 'jwt', tenantClaim: TENANT_CLAIM, tenants, scopePrefix: SCOPE_PREFIX };
}

/**
 * Rejects callers that API Gateway has not authenticated, and tokens of another tenant or without the scope. API
 * Gateway has already checked that a token is genuine, meant for this API and valid, and the IAM policy of a caller
 * with AWS credentials, which names methods and paths. So a route that lost its authorizer would still let nobody in.
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

/** `scope` in RFC 9068, `scp` with some issuers. API Gateway turns a list into the text `[a b]`. */
function grantedScopes({ scope, scp }: APIGatewayEventRequestContextJWTAuthorizer['jwt']['claims']): string[] {
  return String(scope ?? scp ?? '').split(/[\s,[\]]+/);
}
