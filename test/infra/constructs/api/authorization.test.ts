import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { createLocalJWKSet, exportJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SCOPES, type Scope } from '../../../../functions/api/http/scopes.ts';
import { credentialsFor } from '../../../../infra/local/aws/http-api/api-credentials.ts';
import type { ApiAccess } from '../../../../infra/local/aws/http-api/authorizers.ts';
import { Sha256 } from '../../../../infra/local/aws/http-api/sha256.ts';
import { type Gateway, type SentRequest, send, startGateway } from '../../../support/gateway.ts';
import { FULL_TENANT, MINIMAL_TENANT, resourcesOf, synthesized } from '../../synthesized.ts';

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

const MINUTES = 60_000;

/** For a tenant whose callers have tokens. */
const JWT_TEMPLATE = synthesized(FULL_TENANT).toJSON();

/** The rights of each role, stated again: a right added by mistake must not pass unnoticed. */
const ROLES: readonly { readonly role: string; readonly scopes: readonly Scope[] }[] = [
  { role: 'reader', scopes: ['backup:read'] },
  { role: 'operator', scopes: ['backup:read', 'backup:write', 'backup:restore'] },
  { role: 'admin', scopes: ['backup:read', 'backup:write', 'backup:restore', 'backup:admin'] },
];

type Example = Gateway['examples'][number];

/** Adds credentials, valid or not. */
type Attempt = (request: SentRequest, example: Example) => Promise<SentRequest>;

/** Sends every route's example with these credentials. */
async function walk(gateway: Gateway, attempt: Attempt, expected: (example: Example) => object): Promise<void> {
  const answered = gateway.examples.map(async (example) => {
    return { example, answer: await send(await attempt(example.request, example)) };
  });
  for (const { example, answer } of await Promise.all(answered)) {
    expect(answer, example.route).toMatchObject(expected(example));
  }
}

const letThrough = { status: expect.toSatisfy((status: number) => status !== 401 && status !== 403) };

describe('with IAM authorization', () => {
  const FORBIDDEN = { status: 403, body: { message: 'Forbidden' } };
  let gateway: Gateway;
  let access: Extract<ApiAccess, { type: 'iam' }>;
  beforeAll(async () => {
    gateway = await startGateway(synthesized(MINIMAL_TENANT).toJSON(), { callers: { type: 'iam' } });
    if (gateway.access.type !== 'iam') throw new Error('the template wants no signatures');
    access = gateway.access;
  });
  afterAll(() => gateway.stop());

  const signed = async (
    request: SentRequest,
    role = 'admin',
    as: Partial<typeof access> = {},
  ): Promise<SentRequest> => ({
    ...request,
    headers: { ...request.headers, ...(await credentialsFor({ ...access, ...as }, role, request)) },
  });

  /** Signed when the clock is this many milliseconds ahead. */
  async function signedLater(milliseconds: number, request: SentRequest): Promise<SentRequest> {
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now);
    vi.useFakeTimers({ toFake: ['Date'], now: now + milliseconds });
    const sent = await signed(request).finally(() => vi.useRealTimers());
    clock.mockRestore();
    return sent;
  }

  it.each(ROLES)(
    'the $role may call the routes of its scopes, with or without a trailing slash, and no others',
    async ({ role, scopes }) => {
      for (const slash of ['', '/']) {
        await walk(
          gateway,
          (request) => signed({ ...request, url: request.url.replace(/(\?|$)/, `${slash}$1`) }, role),
          ({ scope }) => (scopes.includes(scope) ? letThrough : FORBIDDEN),
        );
      }
    },
  );

  const wrong: Record<string, Attempt> = {
    'no credentials': async (request) => request,
    'an empty header': async (request) => ({ ...request, headers: { authorization: '' } }),
    'a token': async (request) => ({ ...request, headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } }),
    'an access key that nobody has': (request) =>
      signed(request, 'nobody', { callers: { nobody: { accessKeyId: 'LOCALNOBODY000000000', secretAccessKey: 'x' } } }),
    "another's secret": (request) => {
      const { admin = never(), reader = never() } = access.callers;
      return signed(request, 'admin', { callers: { admin: { ...admin, secretAccessKey: reader.secretAccessKey } } });
    },
    'a signature for another region': (request) => signed(request, 'admin', { region: 'eu-west-1' }),
    'a signature for another service': (request) => signed(request, 'admin', { service: 'lambda' }),
    'a signature of six minutes ago': (request) => signedLater(-6 * MINUTES, request),
    'a signature of six minutes ahead': (request) => signedLater(6 * MINUTES, request),
    'a signature without its date': async (request) => {
      const { 'x-amz-date': _, ...headers } = (await signed(request)).headers;
      return { ...request, headers };
    },
    'a signature with a later date': async (request) => {
      const sent = await signed(request);
      const later = new Date(Date.now() + MINUTES).toISOString().replace(/[-:]|\.\d+/g, '');
      return { ...sent, headers: { ...sent.headers, 'x-amz-date': later } };
    },
    'a signature of another body': async (request) => {
      const { headers } = await signed({ ...request, body: '{"clusterId":"other"}' });
      return { ...request, headers };
    },
    'a signature of another query': async (request) => ({ ...(await signed(request)), url: added(request.url, 'x=1') }),
    'a signature of another path': async (request) => ({
      ...(await signed(request)),
      url: request.url.replace(/(\?|$)/, '/$1'),
    }),
    'a signature of another method': (request) =>
      signed({ ...request, method: 'PATCH' }).then((sent) => ({ ...sent, method: request.method })),
    'a signature for another host': async (request) => {
      const { headers } = await signed({ ...request, url: request.url.replace('127.0.0.1', 'api.example.com') });
      return { ...request, headers: { ...headers, host: new URL(request.url).host } };
    },
    'a header of AWS that is not signed': async (request) => {
      const sent = await signed(request);
      return { ...sent, headers: { ...sent.headers, 'x-amz-security-token': 'x' } };
    },
    'a signature that leaves out the host': async (request) => {
      const { region, service, callers } = access;
      const signer = new SignatureV4({ region, service, credentials: callers.admin ?? never(), sha256: Sha256 });
      const { hostname, pathname, searchParams } = new URL(request.url);
      const { headers } = await signer.sign({
        ...{ method: request.method, protocol: 'http:', hostname, path: pathname, body: request.body },
        ...{ query: Object.fromEntries(searchParams), headers: {} },
      });
      return { ...request, headers };
    },
    'a signature of another algorithm': async (request) => edited(await signed(request), 'SHA256', 'SHA1'),
    'a signature that is said to be for another region': async (request) =>
      edited(await signed(request), access.region, 'eu-west-1'),
    'half a signature': async (request) => edited(await signed(request), /[0-9a-f]{32}$/, ''),
    'a signature of zeros': async (request) => edited(await signed(request), /[0-9a-f]{64}$/, '0'.repeat(64)),
  };

  it.each(Object.entries(wrong))('every route refuses %s, before any function is called', async (_case, attempt) => {
    const before = gateway.invocations();

    await walk(gateway, attempt, () => FORBIDDEN);

    expect(gateway.invocations()).toBe(before);
  });

  it('accepts a signature for some minutes, with any query', async () => {
    const url = `${gateway.examples[0]?.request.url}?b=%26&a=2&a=1&c=%C3%BC%20~*&d`;
    const sent = await signedLater(-4 * MINUTES, { method: 'GET', url, headers: {} });

    expect(await send(sent)).toMatchObject(letThrough);
  });

  it.each(['PUT clusters/orders%3F/strategy', 'PUT clusters/orders%2Fstrategy'])(
    'refuses an operator %s: the policy cannot see the result',
    async (target) => {
      const [method = '', path = ''] = target.split(' ');
      const base = gateway.examples[0]?.request.url.replace(/clusters.*/, '');
      const refused = await send(await signed({ method, url: `${base}${path}`, headers: {}, body: '{}' }, 'operator'));

      expect(refused).toMatchObject(FORBIDDEN);
    },
  );
});

it("accepts a token for any of the tenant's audiences", () => {
  const audience = ['tidb-backup', 'tidb-console'];
  const template = synthesized({ ...FULL_TENANT, authorization: { ...FULL_TENANT.authorization, audience } });

  const [, authorizer] = resourcesOf(template, 'AWS::ApiGatewayV2::Authorizer')[0] ?? [];
  expect(authorizer?.Properties).toMatchObject({ JwtConfiguration: { Audience: audience } });
});

describe('with JWT authorization', () => {
  const UNAUTHORIZED = { status: 401, body: { message: 'Unauthorized' } };
  const INVALID = {
    ...UNAUTHORIZED,
    headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
  };
  const { issuer, audience, tenantClaim } = FULL_TENANT.authorization;
  const TENANT = 'test';
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const CLAIMS = { iss: issuer, aud: audience[0], [tenantClaim]: TENANT, scope: Object.keys(SCOPES).join(' ') };
  const HEADER: JWTHeaderParameters = { alg: 'RS256', kid: 'current' };

  let gateway: Gateway;
  beforeAll(async () => {
    const jwk = { ...(await exportJWK(rsa.publicKey)), kid: HEADER.kid, use: 'sig' };
    gateway = await startGateway(JWT_TEMPLATE, {
      callers: { type: 'jwt', tenantClaim, tenants: [TENANT], scopePrefix: '' },
      keys: createLocalJWKSet({ keys: [jwk] }),
    });
  });
  afterAll(() => gateway.stop());

  const now = () => Math.floor(Date.now() / 1000);
  const token = (change: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}, key = rsa.privateKey) =>
    new SignJWT({ iat: now(), exp: now() + 600, ...CLAIMS, ...change })
      .setProtectedHeader({ ...HEADER, ...header })
      .sign(key);
  const bearer =
    (make: (example: Example) => string | Promise<string>): Attempt =>
    async (request, example) => ({ ...request, headers: { authorization: `Bearer ${await make(example)}` } });
  /** Unsigned parts, as an attacker would assemble them. */
  const forged = (header: object, signature = '') =>
    [header, { iat: now(), exp: now() + 600, ...CLAIMS, sub: 'mallory' }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(signature)
      .join('.');

  it.each<[string, JWTPayload]>([
    ['everything it needs', {}],
    ['one audience of several', { aud: ['other', audience[0] ?? ''] }],
    ['a client_id instead of an audience', { aud: undefined, client_id: audience[0] }],
    ['its scopes in a list', { scope: undefined, scp: Object.keys(SCOPES) }],
    ['its tenant in a list', { [tenantClaim]: ['other', TENANT] }],
  ])('a token with %s is accepted on every route', async (_case, change) => {
    await walk(
      gateway,
      bearer(() => token(change)),
      () => letThrough,
    );
  });

  const rejected: Record<string, Attempt> = {
    'no credentials': async (request) => request,
    'an empty token': bearer(() => ''),
  };
  const wrong: Record<string, Attempt> = {
    'what is no token': bearer(() => 'token'),
    'another scheme': async (request) => ({ ...request, headers: { authorization: `Basic ${await token()}` } }),
    'a signature of AWS': async (request) => {
      const key = { accessKeyId: 'LOCALADMIN0000000000', secretAccessKey: 'x' };
      const access = { type: 'iam', region: 'eu-central-1', service: 'execute-api', callers: { admin: key } } as const;
      return { ...request, headers: await credentialsFor(access, 'admin', request) };
    },
    'a token without a signature': bearer(() => forged({ ...HEADER, alg: 'none' })),
    'a token whose signature is cut off': bearer(async () => (await token()).replace(/[^.]+$/, '')),
    'a token signed with the public key as a secret': bearer(() => {
      const unsigned = forged({ ...HEADER, alg: 'HS256' }).slice(0, -1);
      const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
      return `${unsigned}.${createHmac('sha256', pem).update(unsigned).digest('base64url')}`;
    }),
    'a token that was changed': bearer(async () => {
      const [header, , signature] = (await token()).split('.');
      return [header, forged(HEADER).split('.')[1], signature].join('.');
    }),
    'a token of another key of that name': bearer(() => token({}, {}, other.privateKey)),
    'a token of a key that the issuer has not': bearer(() => token({}, { kid: 'older' })),
    'a token that names no key': bearer(() => token({}, { kid: undefined })),
    'a token signed otherwise than with RSA of PKCS 1': bearer(() => token({}, { alg: 'PS256' })),
    'a token that has expired': bearer(() => token({ exp: now() - 1 })),
    'a token that never expires': bearer(() => token({ exp: undefined })),
    'a token that is not valid yet': bearer(() => token({ nbf: now() + 300 })),
    'a token from the future': bearer(() => token({ iat: now() + 300 })),
    'a token of another issuer': bearer(() => token({ iss: 'https://login.example.org' })),
    'a token of no issuer': bearer(() => token({ iss: undefined })),
    'a token for another audience': bearer(() => token({ aud: 'other' })),
    'a token for another audience, to a client of that name': bearer(() =>
      token({ aud: 'other', client_id: audience[0] }),
    ),
    'a token for no audience': bearer(() => token({ aud: undefined })),
  };

  it.each([
    ...Object.entries(rejected).map(([name, attempt]) => [name, attempt, UNAUTHORIZED] as const),
    ...Object.entries(wrong).map(([name, attempt]) => [name, attempt, INVALID] as const),
  ])('every route refuses %s, before any function is called', async (_case, attempt, answer) => {
    const before = gateway.invocations();

    await walk(gateway, attempt, () => answer);

    expect(gateway.invocations()).toBe(before);
  });

  const unauthorized = (detail: string) => ({
    status: 401,
    body: { code: 70600, message: `unauthorized: ${detail}`, data: {} },
  });

  it.each<[string, (needed: Scope) => JWTPayload]>([
    ['no scope', () => ({ scope: undefined })],
    [
      'every scope but its own',
      (needed) => ({
        scope: Object.keys(SCOPES)
          .filter((scope) => scope !== needed)
          .join(' '),
      }),
    ],
    ['a scope that starts with its own', (needed) => ({ scope: `${needed}s ${needed}:all` })],
  ])('every route refuses a token with %s', async (_case, change) => {
    await walk(
      gateway,
      bearer(({ scope }) => token(change(scope))),
      ({ scope }) => unauthorized(`the token must have the scope ${scope}`),
    );
  });

  it.each<[string, JWTPayload]>([
    ['of another tenant', { [tenantClaim]: 'other' }],
    ['of two other tenants', { [tenantClaim]: [`${TENANT}-2`, 'other'] }],
    ['of no tenant', { [tenantClaim]: undefined }],
    ['that names the tenant in another claim', { [tenantClaim]: undefined, tenant: TENANT }],
  ])('every route refuses a token %s', async (_case, change) => {
    await walk(
      gateway,
      bearer(() => token(change)),
      () => unauthorized(`the token's claim ${tenantClaim} must name this deployment's tenant`),
    );
  });
});

describe('the local issuer', () => {
  const { tenantClaim } = FULL_TENANT.authorization;
  let gateway: Gateway;
  let access: Extract<ApiAccess, { type: 'jwt' }>;
  beforeAll(async () => {
    gateway = await startGateway(JWT_TEMPLATE, {
      callers: { type: 'jwt', tenantClaim, tenants: ['test'], scopePrefix: '' },
      tokenClaims: { [tenantClaim]: 'test' },
    });
    if (gateway.access.type !== 'jwt') throw new Error('the template wants no tokens');
    access = gateway.access;
  });
  afterAll(() => gateway.stop());

  it.each(ROLES)(
    'gives the $role a token that allows the routes of its scopes, and no other',
    async ({ role, scopes }) => {
      const headers = await credentialsFor(access, role, { method: 'GET', url: '' });

      await walk(
        gateway,
        async (request) => ({ ...request, headers }),
        ({ scope }) => (scopes.includes(scope) ? letThrough : { status: 401, body: { code: 70600 } }),
      );
    },
  );

  it.each([
    ['a wrong secret', { secret: 'guessed' }, {}, 401, 'invalid_client'],
    ['an unknown client', { id: 'nobody' }, {}, 401, 'invalid_client'],
    ['a scope that the client may not request', {}, { scope: 'backup:read backup:write' }, 400, 'invalid_scope'],
    ['another grant type', {}, { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('gives nothing for %s', async (_case, client, form, status, error) => {
    const { clientId, clientSecret } = access.clients.reader ?? {};
    const { id, secret } = { id: clientId, secret: clientSecret, ...client };
    const answer = await send({
      method: 'POST',
      url: access.tokenUrl,
      headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
    });

    expect(answer).toMatchObject({ status, body: { error } });
  });
});

function never(): never {
  throw new Error('there is no such caller');
}

const added = (url: string, parameter: string) => `${url}${url.includes('?') ? '&' : '?'}${parameter}`;

/** With a changed `Authorization` header. */
function edited(request: SentRequest, from: string | RegExp, to: string): SentRequest {
  const authorization = request.headers.authorization?.replace(from, to) ?? '';
  if (authorization === request.headers.authorization) throw new Error(`the header does not hold ${from}`);
  return { ...request, headers: { ...request.headers, authorization } };
}
