import type { Stack } from '../../template/stack.ts';
import type { Authorizer } from './authorizer.ts';
import { type AccessKey, iamIdentity } from './iam-identity.ts';

/** What a route of the template asks of its callers. */
export type AuthorizationType = 'NONE' | 'AWS_IAM' | 'JWT';

/** A client of the local issuer of tokens. */
export interface ApiClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** All that it may ask for, with spaces between. */
  readonly scope: string;
}

/** How a client gets in, by the role that it has then: `reader`, `operator` or `admin`. */
export type ApiAccess =
  | { readonly type: 'none' }
  | {
      readonly type: 'iam';
      readonly region: string;
      readonly service: string;
      readonly callers: Readonly<Record<string, AccessKey>>;
    }
  | { readonly type: 'jwt'; readonly tokenUrl: string; readonly clients: Readonly<Record<string, ApiClient>> };

/** What the routes of an HTTP API ask their callers with, and how to satisfy it. */
export interface Authorizers {
  readonly access: ApiAccess;
  /** @throws if it has none of that type */
  of(type: AuthorizationType): Authorizer;
}

const letIn: Authorizer = async () => ({ allowed: true });

/** Nobody is asked for a signature: every caller is one and the same user. A route that wants tokens cannot be had so. */
export function openAuthorizers({ environment: { accountId } }: Stack): Authorizers {
  const key = { accessKeyId: 'LOCAL', secretAccessKey: '' };
  const iam = iamIdentity({ arn: `arn:aws:iam::${accountId}:user/local`, key }, accountId);
  return authorizersOf({ type: 'none' }, { AWS_IAM: async () => ({ allowed: true, authorizer: { iam } }) });
}

/** The authorizers of these types; routes that ask for nothing let everyone in. */
export function authorizersOf(access: ApiAccess, byType: Partial<Record<AuthorizationType, Authorizer>>): Authorizers {
  const all = { NONE: letIn, ...byType };
  return {
    access,
    of(type) {
      const authorizer = all[type];
      if (authorizer !== undefined) return authorizer;
      throw new Error(
        `a route asks for ${type}, and whom that lets in cannot be told with authorization "${access.type}"`,
      );
    },
  };
}
