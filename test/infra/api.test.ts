import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FULL_TENANT, MINIMAL_TENANT, onlyResourceOf, resourcesOf, synthesized } from './synthesized.ts';

const iam = synthesized(MINIMAL_TENANT);
const jwt = synthesized(FULL_TENANT);

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

  it('demands IAM authorization on every route', () => {
    for (const [, route] of resourcesOf(iam, 'AWS::ApiGatewayV2::Route')) {
      expect(route.Properties.AuthorizationType).toBe('AWS_IAM');
    }
  });

  it('demands a token on every route where the tenant names an issuer', () => {
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

  it('speaks payload format 2.0 to its functions', () => {
    iam.allResourcesProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
    });
  });

  it('logs each request, and nothing that the request holds', () => {
    iam.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('AccessLogs'), 'Arn'] },
        Format: Match.not(Match.stringLikeRegexp('header|querystring|body')),
      },
    });
  });
});
