import type { Stack } from '../../template/stack.ts';
import type { Authorizer } from './authorizer.ts';
import { type AccessKey, iamIdentity } from './iam-identity.ts';

/** What a route of the template requires of its callers. */
export type AuthorizationType = 'NONE' | 'AWS_IAM' | 'JWT';

/** A client of the local token issuer. */
export interface ApiClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** All scopes that it may request, separated by spaces. */
  readonly scope: string;
}

/** How a client authenticates, by its role: `reader`, `operator` or `admin`. */
export type ApiAccess =
  | { readonly type: 'none' }
  | {
      readonly type: 'iam';
      readonly region: string;
      readonly service: string;
      readonly callers: Readonly<Record<string, AccessKey>>;
    }
  | { readonly type: 'jwt'; readonly tokenUrl: string; readonly clients: Readonly<Record<string, ApiClient>> };

/** What the routes of an HTTP API require, and how to satisfy it. */
export interface Authorizers {
  readonly access: ApiAccess;
  /** @throws if there is none of that type */
  of(type: AuthorizationType): Authorizer;
}

const letIn: Authorizer = async () => ({ allowed: true });

/** No signature is required: every caller is the same user. Routes that require tokens are not supported. */
export function openAuthorizers({ environment: { accountId } }: Stack): Authorizers {
  const key = { accessKeyId: 'LOCAL', secretAccessKey: '' };
  const iam = iamIdentity({ arn: `arn:aws:iam::${accountId}:user/local`, key }, accountId);
  return authorizersOf({ type: 'none' }, { AWS_IAM: async () => ({ allowed: true, authorizer: { iam } }) });
}

/** The authorizers of these types; a route that requires nothing lets everyone in. */
export function authorizersOf(access: ApiAccess, byType: Partial<Record<AuthorizationType, Authorizer>>): Authorizers {
  const all = { NONE: letIn, ...byType };
  return {
    access,
    of(type) {
      const authorizer = all[type];
      if (authorizer !== undefined) return authorizer;
      throw new Error(`a route requires ${type}, which authorization "${access.type}" does not support`);
    },
  };
}
