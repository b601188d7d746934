import type { StackEnvironment } from '../../template/template.ts';
import { IamSimulator } from '../iam/simulator.ts';
import type { ApiUser } from './api-users.ts';
import { type Authorizer, FORBIDDEN } from './authorizer.ts';
import { iamIdentity } from './iam-identity.ts';
import { signingKeyOf } from './sigv4.ts';

interface IamAuthorizerOptions {
  readonly environment: StackEnvironment;
  readonly users: readonly ApiUser[];
}

/** Lets in callers whose requests are signed with a user's key, if the user's policies allow the method and path. */
export function iamAuthorizer({ environment, users }: IamAuthorizerOptions): Authorizer {
  const { accountId, region } = environment;
  const simulator = new IamSimulator();
  const byKey = new Map(users.map((user) => [user.key.accessKeyId, user]));
  return async (request) => {
    const accessKey = signingKeyOf(request, {
      region,
      service: 'execute-api',
      secretOf: (accessKeyId) => byKey.get(accessKeyId)?.key.secretAccessKey,
    });
    const user = byKey.get(accessKey ?? '');
    if (user === undefined) return FORBIDDEN;
    const [path = ''] = request.url.split('?', 1);
    const resource = `arn:aws:execute-api:${region}:${accountId}:${request.apiId}/$default/${request.method}${path}`;
    const denial = await simulator.decide({
      principal: user.arn,
      identityPolicies: user.policies,
      action: 'execute-api:Invoke',
      resource,
      context: {},
    });
    if (denial !== undefined) return FORBIDDEN;
    return { allowed: true, authorizer: { iam: iamIdentity(user, accountId) } };
  };
}
