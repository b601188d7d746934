import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { Authorizer } from './authorizer.ts';
import type { Authorizers } from './authorizers.ts';

/** A route of the HTTP API and its function. */
export interface Route {
  /** As in the template: `GET /api/v1/{proxy+}`, `ANY /x`, `$default`. */
  readonly routeKey: string;
  readonly apiId: string;
  readonly authorizer: Authorizer;
  readonly target: Pick<LambdaFunction, 'invoke'>;
  readonly timeoutMillis: number;
}

export interface RouteMatch {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
}

const routeSchema = z.object({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z.enum(['NONE', 'AWS_IAM', 'JWT']).default('NONE'),
});

const integrationSchema = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z.number().default(30_000),
});

/**
 * The routes of the template's HTTP API. Throws for anything but Lambda proxies of payload format 2.0, and for an authorization that
 * `authorizers` lacks.
 */
export function routesOf(
  stack: Stack,
  functions: { get(arn: string): Route['target'] },
  authorizers: Pick<Authorizers, 'of'>,
): Route[] {
  const integrations = new Map(
    stack
      .resourcesOf('AWS::ApiGatewayV2::Integration')
      .map(({ ref, properties }) => [`integrations/${ref}`, integrationSchema.parse(properties)]),
  );
  return stack.resourcesOf('AWS::ApiGatewayV2::Route').map(({ logicalId, properties }) => {
    const { ApiId, RouteKey, Target, AuthorizationType } = routeSchema.parse(properties);
    const integration = integrations.get(Target);
    if (integration === undefined)
      throw new Error(`route ${logicalId} targets "${Target}", which is not an integration`);
    return {
      routeKey: RouteKey,
      apiId: ApiId,
      authorizer: authorizers.of(AuthorizationType),
      target: functions.get(functionArn(integration.IntegrationUri)),
      timeoutMillis: integration.TimeoutInMillis,
    };
  });
}

/** An integration names its function by ARN, bare or wrapped in `arn:…:apigateway:…:path/2015-03-31/functions/…/invocations`. */
function functionArn(integrationUri: string): string {
  return /\/functions\/(.+)\/invocations$/.exec(integrationUri)?.[1] ?? integrationUri;
}

/**
 * Chooses as API Gateway does: full matches before greedy ones, longer greedy ones first, then `$default`; among equals, the named method
 * before `ANY`. `path` is decoded.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const candidates = routes.flatMap((route) => {
    const pathParameters = matchKey(route.routeKey, method, path);
    return pathParameters === undefined ? [] : [{ route, pathParameters }];
  });
  return candidates.sort((a, b) => priority(b.route.routeKey) - priority(a.route.routeKey))[0];
}

function matchKey(routeKey: string, method: string, path: string): Record<string, string> | undefined {
  if (routeKey === '$default') return {};
  const [keyMethod = '', pattern = ''] = routeKey.split(' ');
  if (keyMethod !== 'ANY' && keyMethod !== method) return undefined;
  return matchPath(segmentsOf(pattern), segmentsOf(path));
}

function matchPath(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const [, name, greedy] = /^\{([^}+]+)(\+?)\}$/.exec(part) ?? [];
    const segment = path[at];
    if (segment === undefined) return undefined;
    if (name === undefined) {
      if (segment !== part) return undefined;
    } else if (greedy === '+') {
      const rest = path.slice(at).join('/');
      return rest === '' ? undefined : { ...parameters, [name]: rest };
    } else {
      if (segment === '') return undefined;
      parameters[name] = segment;
    }
  }
  return path.length === pattern.length ? parameters : undefined;
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function priority(routeKey: string): number {
  if (routeKey === '$default') return 0;
  const named = routeKey.startsWith('ANY ') ? 0 : 0.5;
  return (routeKey.endsWith('+}') ? routeKey.length : 10_000) + named;
}
