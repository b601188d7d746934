import { describe, expect, it } from 'vitest';
import type { Authorizer } from '../../../../functions/api/http/authorization.ts';
import { callerOf } from '../../../../functions/api/http/caller.ts';

const iam = (userId: string): Authorizer => ({ iam: { userId } });
const jwt = (claims: Record<string, string>): Authorizer => ({ jwt: { claims, scopes: [] } });

describe('callerOf', () => {
  it.each([
    ['one role in two sessions', iam('AROAEXAMPLE:a'), iam('AROAEXAMPLE:b')],
    ['one subject by two clients', jwt({ iss: 'i', sub: 's', client_id: 'a' }), jwt({ iss: 'i', sub: 's' })],
  ])('treats as one: %s', (_, one, other) => {
    expect(callerOf(one)).toBe(callerOf(other));
  });

  it.each([
    ['two roles', iam('AROAEXAMPLE:a'), iam('AROAOTHER:a')],
    ['two users', iam('AIDAEXAMPLE'), iam('AIDAOTHER')],
    ['federated users, who choose their names', iam('111122223333:AROAX:a'), iam('111122223333:AROAX:b')],
    ['subjects of two issuers', jwt({ iss: 'i', sub: 's' }), jwt({ iss: 'j', sub: 's' })],
    [
      'two subjects of one client',
      jwt({ iss: 'i', sub: 's', client_id: 'a' }),
      jwt({ iss: 'i', sub: 't', client_id: 'a' }),
    ],
    ['two clients without a subject', jwt({ iss: 'i', client_id: 'a' }), jwt({ iss: 'i', client_id: 'b' })],
    ['a token and AWS credentials', jwt({ iss: 'AIDAEXAMPLE' }), iam('AIDAEXAMPLE')],
  ])('tells apart: %s', (_, one, other) => {
    expect(callerOf(one)).not.toBe(callerOf(other));
  });
});
