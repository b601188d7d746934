import { describe, expect, it } from 'vitest';
import { type Authorizer, authorize, type Callers, callersOf } from '../../../../functions/api/http/authorization.ts';
import { ALL_ROUTES } from '../../../../functions/api/openapi/this-api.ts';

const IAM: Callers = { type: 'iam' };
const JWT: Callers = { type: 'jwt', tenantClaim: 'org', tenants: ['acme'], scopePrefix: '' };

type Claims = NonNullable<Authorizer['jwt']>['claims'];
const token = (claims: Claims): Authorizer => ({ jwt: { claims, scopes: [] } });

/** The answer to a caller that wants to read; `undefined` if they may. */
function refusal(authorizer: Authorizer | undefined, callers: Callers): string | undefined {
  try {
    authorize(authorizer, callers, 'backup:read');
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'TIEM_UNAUTHORIZED_USER', code: 70600, httpStatus: 401 });
    return String(error);
  }
}

describe('the scopes', () => {
  it('allow what is documented: all reads, everything about backups, restores, and the rest', () => {
    const routes = Object.entries(ALL_ROUTES).map(([route, { scope }]) => ({ route, scope }));
    const opened = Object.groupBy(routes, ({ scope }) => scope);
    const namesOf = (scope: keyof typeof opened) => opened[scope]?.map(({ route }) => route).sort();

    expect(namesOf('backup:read')?.filter((route) => !route.startsWith('GET '))).toEqual([]);
    expect(namesOf('backup:write')).toEqual([
      'DELETE /backups',
      'DELETE /backups/{backupId}',
      'DELETE /clusters/{clusterId}/strategy',
      'POST /backups',
      'POST /backups/cancel',
      'POST /backups/{backupId}/undelete',
      'POST /clusters/{clusterId}/check',
      'POST /config/check',
      'PUT /clusters/{clusterId}/strategy',
    ]);
    expect(namesOf('backup:restore')).toEqual([
      'POST /backups/{backupId}/drill',
      'POST /clusters/restore',
      'POST /clusters/{clusterId}/restore',
    ]);
    expect(namesOf('backup:admin')).toEqual([
      'DELETE /clusters/{clusterId}',
      'POST /backups/import',
      'POST /clusters',
      'POST /config/update',
      'PUT /clusters/{clusterId}',
    ]);
  });
});

describe('the environment', () => {
  it('requires tokens if it names a claim, and AWS credentials otherwise', () => {
    expect(callersOf({ TENANT: 'acme', TENANT_CLAIM: 'org' })).toEqual(JWT);
    expect(callersOf({ TENANT: 'acme' })).toEqual(IAM);
  });

  it("that lists the tenant's clients accepts their tokens, with scopes as the issuer writes them", () => {
    const environment = { TENANT: 'acme', TENANT_CLAIM: 'client_id', TENANT_CLIENTS: 'a,b', SCOPE_PREFIX: 'tidb/' };

    expect(callersOf(environment)).toEqual({
      ...{ type: 'jwt', tenantClaim: 'client_id', tenants: ['a', 'b'], scopePrefix: 'tidb/' },
    });
  });
});

describe('a deployment with AWS credentials', () => {
  it('trusts the policy that API Gateway has checked', () => {
    expect(refusal({ iam: { userArn: 'arn:aws:iam::111122223333:user/ops' } }, IAM)).toBeUndefined();
  });

  it.each([
    ['whom no authorizer checked', undefined],
    ['with a token', token({ org: 'acme', scope: 'backup:read' })],
  ])('refuses a caller %s', (_case, authorizer) => {
    expect(refusal(authorizer, IAM)).toContain('must be signed with AWS credentials');
  });
});

describe('a deployment with tokens', () => {
  it.each<Claims>([
    { org: 'acme', scope: 'backup:read' },
    { org: 'acme', scope: 'openid backup:read backup:write' },
    { org: 'acme', scp: '[backup:write backup:read]' },
    { org: 'acme', scp: ['backup:write', 'backup:read'] },
    { org: '[acme]', scope: 'backup:read' },
    { org: '[other acme]', scope: 'backup:read' },
  ])('accepts one with %j', (claims) => {
    expect(refusal(token(claims), JWT)).toBeUndefined();
  });

  it.each([
    ['whom no authorizer checked', undefined],
    ['with AWS credentials', { iam: {} }],
  ])('refuses a caller %s', (_case, authorizer) => {
    expect(refusal(authorizer, JWT)).toContain('must carry a token');
  });

  it.each<Claims>([
    { org: 'acme' },
    { org: 'acme', scope: '' },
    { org: 'acme', scope: 'backup:reader' },
    { org: 'acme', scope: 'backup:write backup:restore backup:admin' },
  ])('refuses one with %j for its scopes', (claims) => {
    expect(refusal(token(claims), JWT)).toContain('must have the scope backup:read');
  });

  it.each<Claims>([
    { scope: 'backup:read' },
    { org: '', scope: 'backup:read' },
    { org: 'ACME', scope: 'backup:read' },
    { org: 'other', scope: 'backup:read' },
    { org: 'acme other', scope: 'backup:read' },
    { org: '[acme-2 other]', scope: 'backup:read' },
    { org: '[]', scope: 'backup:read' },
    { org: 'x[acme]', scope: 'backup:read' },
    { org: '[acme]x', scope: 'backup:read' },
    { tenant: 'acme', scope: 'backup:read' },
  ])('refuses one with %j for its tenant, without naming its own', (claims) => {
    const message = refusal(token(claims), JWT);

    expect(message).toContain("the token's claim org must name this deployment's tenant");
    expect(message).not.toContain('acme');
  });
});

describe('a deployment behind Amazon Cognito', () => {
  /** An access token of a user pool, as API Gateway passes its claims on. */
  const cognito = (claims: Claims) =>
    token({
      ...{ iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example', token_use: 'access' },
      ...{ client_id: 'app', username: 'alice', version: '2', ...claims },
    });
  const GROUPS: Callers = { ...JWT, tenantClaim: 'cognito:groups', scopePrefix: 'tidb-backup/' };
  const CLIENTS: Callers = {
    ...JWT,
    tenantClaim: 'client_id',
    tenants: ['app', 'nightly'],
    scopePrefix: 'tidb-backup/',
  };

  it.each([
    ['a group named as the tenant', GROUPS, { 'cognito:groups': '[ops acme]', scope: 'tidb-backup/backup:read' }],
    ["one of the tenant's clients", CLIENTS, { scope: 'openid tidb-backup/backup:read' }],
  ])('accepts a token of %s', (_whose, callers, claims) => {
    expect(refusal(cognito(claims), callers)).toBeUndefined();
  });

  it.each([
    ['in no group', GROUPS, { scope: 'tidb-backup/backup:read' }, 'claim cognito:groups'],
    ['in a group of another tenant', GROUPS, { 'cognito:groups': '[acme-2]' }, 'claim cognito:groups'],
    ['of another client', CLIENTS, { client_id: 'other', scope: 'tidb-backup/backup:read' }, 'claim client_id'],
    [
      'with a scope of another resource server',
      CLIENTS,
      { scope: 'orders/backup:read' },
      'scope tidb-backup/backup:read',
    ],
    ['with the bare scope', CLIENTS, { scope: 'backup:read' }, 'scope tidb-backup/backup:read'],
  ])('refuses one %s', (_case, callers, claims, reason) => {
    expect(refusal(cognito(claims), callers)).toContain(reason);
  });
});
