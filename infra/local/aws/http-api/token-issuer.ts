import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTVerifyGetKey, SignJWT } from 'jose';
import { API_ROLES } from '../../../iam/api-roles.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from '../../http/loopback-server.ts';
import type { ApiClient } from './authorizers.ts';

const ALGORITHM = 'RS256';
const TOKEN_SECONDS = 3600;
const MAX_REQUEST_BYTES = 16 * 1024;

interface TokenIssuerOptions {
  /** As the API's authorizer expects them. */
  readonly issuer: string;
  readonly audience: string;
  /** Extra claims of every token. */
  readonly claims: Readonly<Record<string, string>>;
}

/** Stands in for the issuer that the template names: tokens name that issuer, and the authorizer uses these keys for it. */
export interface TokenIssuer extends LoopbackServer {
  /** Takes `POST` with a form of `grant_type=client_credentials` from a client with its secret (HTTP Basic): RFC 6749, 4.4. */
  readonly tokenUrl: string;
  readonly clients: readonly ApiClient[];
  readonly keys: JWTVerifyGetKey;
}

/** Has a client for each role (`reader` and so on), which may request the role's scopes. */
export async function listenAsTokenIssuer(options: TokenIssuerOptions): Promise<TokenIssuer> {
  const kid = randomUUID();
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' }] });
  const clients: ApiClient[] = API_ROLES.map(({ name, scopes }) => ({
    clientId: name.toLowerCase(),
    clientSecret: randomBytes(24).toString('base64url'),
    scope: scopes.join(' '),
  }));

  const grant = async (request: IncomingMessage): Promise<Grant> => {
    const client = authenticated(request, clients);
    if (client === undefined) return refused(401, 'invalid_client');
    const form = new URLSearchParams((await readBody(request, MAX_REQUEST_BYTES)).toString());
    if (form.get('grant_type') !== 'client_credentials') return refused(400, 'unsupported_grant_type');
    const scope = form.get('scope') ?? client.scope;
    if (!scope.split(' ').every((each) => client.scope.split(' ').includes(each))) return refused(400, 'invalid_scope');
    const token = await new SignJWT({ ...options.claims, scope, client_id: client.clientId })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'at+jwt' })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setSubject(client.clientId)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_SECONDS}s`)
      .setJti(randomUUID())
      .sign(privateKey);
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope } };
  };

  const server = await listenOnLoopback((request, response) => {
    const isToken = request.method === 'POST' && request.url === '/token';
    void (isToken ? grant(request).catch(() => refused(400, 'invalid_request')) : Promise.resolve(NOT_FOUND)).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
        response.end(JSON.stringify(body));
      },
    );
  });
  return { ...server, tokenUrl: `${server.url}/token`, clients, keys };
}

interface Grant {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const NOT_FOUND: Grant = { status: 404, body: {} };

function refused(status: number, error: string): Grant {
  return { status, body: { error } };
}

function authenticated({ headers }: IncomingMessage, clients: readonly ApiClient[]): ApiClient | undefined {
  const [, encoded = ''] = /^Basic (.+)$/i.exec(headers.authorization ?? '') ?? [];
  const [clientId = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(/:(.*)/s, 2);
  const client = clients.find((each) => each.clientId === clientId);
  return client !== undefined && timingSafeEqual(digest(secret), digest(client.clientSecret)) ? client : undefined;
}

/** Of fixed length, as `timingSafeEqual` requires. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
