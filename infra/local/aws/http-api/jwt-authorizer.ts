import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Authorizer, Verdict } from './authorizer.ts';
import { messageAnswer } from './payload.ts';

/** API Gateway's JWT authorizers support RSA algorithms only. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

interface JwtAuthorizerOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The issuer's public keys. */
  readonly keys: JWTVerifyGetKey;
}

/**
 * Lets in callers with a valid token of the issuer for one of the audiences. The function decides which routes and which tenant the token
 * opens. Source: API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers".
 */
export function jwtAuthorizer({ issuer, audience, keys }: JwtAuthorizerOptions): Authorizer {
  const keyOf: JWTVerifyGetKey = (header, token) => {
    if (header.kid === undefined) throw new errors.JWTInvalid('the token does not name its key');
    return keys(header, token);
  };
  return async ({ headers: { authorization = '' } }) => {
    const token = authorization.replace(/^Bearer /i, '');
    if (token === '') return unauthorized('Bearer');
    try {
      const { payload } = await jwtVerify(token, keyOf, { issuer, algorithms: ALGORITHMS, requiredClaims: ['exp'] });
      if (!isFor(payload, audience)) return invalid('the token does not have a valid audience');
      if (payload.iat !== undefined && payload.iat > Date.now() / 1000) return invalid('the token was issued later');
      return { allowed: true, authorizer: { jwt: { claims: asText(payload), scopes: null } } };
    } catch (error) {
      if (error instanceof errors.JOSEError) return invalid('the token is not valid');
      throw error;
    }
  };
}

/** `client_id` counts only without an `aud`. */
function isFor({ aud, client_id: clientId }: JWTPayload, audience: readonly string[]): boolean {
  return [aud ?? clientId].flat().some((each) => typeof each === 'string' && audience.includes(each));
}

/** Claims in the event are text: a list becomes `[a b]`. */
function asText(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, claimText(value)]));
}

function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function invalid(description: string): Verdict {
  return unauthorized(`Bearer scope="" error="invalid_token" error_description="${description}"`);
}

function unauthorized(challenge: string): Verdict {
  const { headers, ...answer } = messageAnswer(401, 'Unauthorized');
  return { allowed: false, answer: { ...answer, headers: { ...headers, 'www-authenticate': challenge } } };
}
