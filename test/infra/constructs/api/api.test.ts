import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FULL_TENANT, MINIMAL_TENANT, onlyResourceOf, resourcesOf, synthesized } from '../../synthesized.ts';

const iam = synthesized(MINIMAL_TENANT);
const jwt = synthesized(FULL_TENANT);

describe('the policies for callers', () => {
  it('are each no longer than IAM accepts, with an id of ten characters for the API', () => {
    const policies = resourcesOf(iam, 'AWS::IAM::ManagedPolicy').map(([, { Properties }]) =>
      JSON.stringify(Properties.PolicyDocument).replace(
        /\{"Fn::Join":\["",\["([^"]*)",\{"Ref":"\w+"\},"([^"]*)"\]\]\}/g,
        '"$1ApiIdOf_10$2"',
      ),
    );

    expect(policies).toHaveLength(3);
    // A quota of IAM: characters of a managed policy, without spaces.
    for (const policy of policies) expect(policy.length).toBeLessThan(6144);
  });

  it('cover this API and its one stage', () => {
    const statements = resourcesOf(iam, 'AWS::IAM::ManagedPolicy').flatMap(
      ([, { Properties }]) =>
        (Properties.PolicyDocument as { Statement: { Effect: string; Resource: unknown }[] }).Statement,
    );
    const requests = statements.flatMap(({ Resource }) => Resource).map((resource) => JSON.stringify(resource));

    expect(requests.length).toBeGreaterThan(3);
    for (const request of requests) expect(request).toMatch(/"\/\$default\//);
  });

  it('are named by the outputs, if callers have AWS credentials', () => {
    const named = Object.keys(iam.findOutputs('*')).filter((output) => output.endsWith('PolicyArn'));

    expect(named.sort()).toEqual(['AdminPolicyArn', 'OperatorPolicyArn', 'ReaderPolicyArn']);
    // The other one is for the database's nodes.
    jwt.resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  });
});

describe('the HTTP API', () => {
  it('sends reads to one function and writes to the other, with or without a trailing slash', () => {
    const keys = resourcesOf(iam, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
      Properties.RouteKey,
      JSON.stringify(Properties.Target).includes('Query') ? 'query' : 'command',
    ]);

    expect(Object.fromEntries(keys)).toEqual({
      'GET /api/v1/{proxy+}': 'query',
      'POST /api/v1/{proxy+}': 'command',
      'PUT /api/v1/{proxy+}': 'command',
      'DELETE /api/v1/{proxy+}': 'command',
    });
  });

  it('requires IAM authorization on every route', () => {
    for (const [, route] of resourcesOf(iam, 'AWS::ApiGatewayV2::Route')) {
      expect(route.Properties.AuthorizationType).toBe('AWS_IAM');
    }
  });

  it('requires a token on every route if the tenant names an issuer', () => {
    const authorizer = onlyResourceOf(jwt, 'AWS::ApiGatewayV2::Authorizer').id;
    for (const [, route] of resourcesOf(jwt, 'AWS::ApiGatewayV2::Route')) {
      expect(route.Properties).toMatchObject({ AuthorizationType: 'JWT', AuthorizerId: { Ref: authorizer } });
    }
    jwt.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: ['tidb-backup'], Issuer: 'https://login.example.com' },
    });
  });

  it('tells both functions the tenant, the claim that must name it, and how scopes are written', () => {
    const told = (template: typeof iam) =>
      resourcesOf<{ Environment: { Variables: Record<string, unknown> } }>(template, 'AWS::Lambda::Function')
        .filter(([id]) => /^Api(Query|Command)/.test(id))
        .map(([, { Properties }]) => Properties.Environment.Variables)
        .map(({ TENANT, TENANT_CLAIM, TENANT_CLIENTS, SCOPE_PREFIX }) =>
          [TENANT, TENANT_CLAIM, TENANT_CLIENTS, SCOPE_PREFIX].filter((value) => value !== undefined),
        );
    const cognito = synthesized({
      ...FULL_TENANT,
      authorization: {
        ...FULL_TENANT.authorization,
        ...{ tenantClaim: 'client_id', clients: ['app', 'nightly'], scopePrefix: 'tidb-backup/' },
      },
    });

    expect(told(iam)).toEqual(Array(2).fill(['test']));
    expect(told(jwt)).toEqual(Array(2).fill(['test', 'org']));
    expect(told(cognito)).toEqual(Array(2).fill(['test', 'client_id', 'app,nightly', 'tidb-backup/']));
  });

  it('speaks payload format 2.0 to its functions', () => {
    iam.allResourcesProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
    });
  });

  it.each([
    ['50 requests a second, and bursts of 100', iam, { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }],
    ['what the tenant file says', jwt, { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 }],
  ])('accepts %s', (_limits, template, limits) => {
    expect(onlyResourceOf(template, 'AWS::ApiGatewayV2::Stage').resource.Properties.DefaultRouteSettings).toEqual(
      limits,
    );
  });

  it('logs each request, without its content', () => {
    iam.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('AccessLogs'), 'Arn'] },
        Format: Match.not(Match.stringLikeRegexp('header|querystring|body')),
      },
    });
  });

  it.each([
    ['IAM', iam, { caller: '$context.identity.userArn' }],
    ['tokens', jwt, { caller: '$context.authorizer.claims.sub', client: '$context.authorizer.claims.client_id' }],
  ])('with %s, logs who asked for what', (_callers, template, who) => {
    const { Properties } = onlyResourceOf(template, 'AWS::ApiGatewayV2::Stage').resource;
    const { Format } = Properties.AccessLogSettings as { Format: string };

    expect(JSON.parse(Format)).toEqual({
      ...{ ...who, method: '$context.httpMethod', path: '$context.path', status: '$context.status' },
      ...{ requestId: '$context.requestId', time: '$context.requestTime', sourceIp: '$context.identity.sourceIp' },
      ...{ latencyMs: '$context.responseLatency', error: '$context.error.message' },
    });
  });

  it('is named after the tenant', () => {
    expect(onlyResourceOf(iam, 'AWS::ApiGatewayV2::Api').resource.Properties.Name).toBe('tidb-backup-test');
  });
});
