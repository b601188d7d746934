import { describe, expect, it } from 'vitest';
import { type Authorizer, authorize, type Callers, callersOf } from '../../../functions/api/authorization.ts';
import { ALL_ROUTES } from '../../../functions/api/openapi/this-api.ts';

const IAM: Callers = { type: 'iam' };
const JWT: Callers = { type: 'jwt', tenant: 'acme', tenantClaim: 'org' };

type Claims = NonNullable<Authorizer['jwt']>['claims'];
const token = (claims: Claims): Authorizer => ({ jwt: { claims, scopes: [] } });

/** What a caller that would read is told; undefined: they are let through. */
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
  it('open what people were told: all that reads, all about backups, restores, and the rest', () => {
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
      'PUT /clusters/{clusterId}/strategy',
    ]);
    expect(namesOf('backup:restore')).toEqual([
      'POST /backups/{backupId}/drill',
      'POST /clusters/restore',
      'POST /clusters/{clusterId}/restore',
    ]);
    expect(namesOf('backup:admin')).toEqual([
      'DELETE /clusters/{clusterId}',
      'POST /clusters',
      'POST /config/update',
      'PUT /clusters/{clusterId}',
    ]);
  });
});

describe('the environment', () => {
  it('that names a claim asks for tokens, and without one for AWS credentials', () => {
    expect(callersOf({ TENANT: 'acme', TENANT_CLAIM: 'org' })).toEqual(JWT);
    expect(callersOf({ TENANT: 'acme' })).toEqual(IAM);
  });
});

describe('a deployment that takes AWS credentials', () => {
  it('trusts the policy that API Gateway has checked', () => {
    expect(refusal({ iam: { userArn: 'arn:aws:iam::111122223333:user/ops' } }, IAM)).toBeUndefined();
  });

  it.each([
    ['nobody looked at', undefined],
    ['with a token', token({ org: 'acme', scope: 'backup:read' })],
  ])('refuses a caller %s', (_case, authorizer) => {
    expect(refusal(authorizer, IAM)).toContain('must be signed with AWS credentials');
  });
});

describe('a deployment that takes tokens', () => {
  it.each<Claims>([
    { org: 'acme', scope: 'backup:read' },
    { org: 'acme', scope: 'openid backup:read backup:write' },
    { org: 'acme', scp: '[backup:write backup:read]' },
    { org: 'acme', scp: ['backup:write', 'backup:read'] },
  ])('takes one with %j', (claims) => {
    expect(refusal(token(claims), JWT)).toBeUndefined();
  });

  it.each([
    ['nobody looked at', undefined],
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
    { org: '[acme other]', scope: 'backup:read' },
    { org: ['acme'], scope: 'backup:read' },
    { tenant: 'acme', scope: 'backup:read' },
  ])('refuses one with %j for its tenant, and does not name its own', (claims) => {
    const message = refusal(token(claims), JWT);

    expect(message).toContain("the token's claim org must name this deployment's tenant");
    expect(message).not.toContain('acme');
  });
});
