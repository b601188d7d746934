import { Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BASE_PATH } from '../../functions/api/http/router.ts';
import type { Scope } from '../../functions/api/http/scopes.ts';
import { COMMAND_ROUTES } from '../../functions/api/routes/command-routes.ts';
import { QUERY_ROUTES } from '../../functions/api/routes/query-routes.ts';
import { WildcardStatement } from './wildcard-statement.ts';

const ACTION = 'execute-api:Invoke';

/** The routes that need one of the scopes: exact method and path, with and without a trailing slash. */
export function callRoutes(api: IHttpApi, scopes: readonly Scope[]): PolicyStatement {
  const routes = Object.entries({ ...QUERY_ROUTES, ...COMMAND_ROUTES }).filter(([, { scope }]) =>
    scopes.includes(scope),
  );
  return new WildcardStatement({
    actions: [ACTION],
    resources: routes.flatMap(([name]) => {
      const [method = '', path = ''] = name.split(' ');
      const resource = requestArn(api, `${method}${BASE_PATH}${anyParameter(path)}`);
      return [resource, `${resource}/`];
    }),
    because: 'The * is an id in a path: a policy knows no path parameters.',
  });
}

/**
 * Denies paths with escapes, because ids need none. `*` also matches slashes, so that `PUT …/x%3F/strategy`, which API
 * Gateway cuts at the escaped `?` before the function sees it, would be `PUT …/x` under the policy for strategies.
 */
export function refuseEscapedPaths(api: IHttpApi): PolicyStatement {
  return new PolicyStatement({ effect: Effect.DENY, actions: [ACTION], resources: [requestArn(api, '*%*')] });
}

/** `*` for `{clusterId}`. */
function anyParameter(path: string): string {
  return path.replace(/\{\w+\}/g, '*');
}

/** `arn:…:execute-api:…:API/$default/METHOD/path`: how IAM sees a request. */
function requestArn(api: IHttpApi, request: string): string {
  return Stack.of(api).formatArn({
    service: 'execute-api',
    resource: api.apiId,
    resourceName: `$default/${request}`,
  });
}
