import { runInNewContext } from 'node:vm';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONSOLE_TENANT, MINIMAL_TENANT, onlyResourceOf, resourcesOf, synthesized } from './synthesized.ts';

interface Behaviour {
  ViewerProtocolPolicy: string;
  TargetOriginId: string;
  AllowedMethods?: string[];
  PathPattern?: string;
  ResponseHeadersPolicyId?: object;
}

describe('the console behind CloudFront', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesized(CONSOLE_TENANT);
  });
  const distribution = () =>
    onlyResourceOf(template, 'AWS::CloudFront::Distribution').resource.Properties as unknown as {
      DistributionConfig: {
        DefaultCacheBehavior: Behaviour;
        CacheBehaviors: Behaviour[];
        Origins: { Id: string; DomainName: object }[];
        DefaultRootObject: string;
      };
    };

  it('does not exist unless the tenant asks for it', () => {
    expect(resourcesOf(synthesized(MINIMAL_TENANT), 'AWS::CloudFront::Distribution')).toEqual([]);
  });

  it('lies in a private bucket, which only this distribution reads', () => {
    const [[id] = ['']] = resourcesOf(template, 'AWS::S3::Bucket').filter(([name]) => name.startsWith('Console'));
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: id },
    });
    const policies = JSON.stringify(
      resourcesOf(template, 'AWS::S3::BucketPolicy').filter(([name]) => name.startsWith('Console')),
    );

    expect(policies).toContain('"Principal":{"Service":"cloudfront.amazonaws.com"}');
    expect(policies).toMatch(
      /"AWS:SourceArn":\{"Fn::Join":\["",\[[^\]]*:cloudfront::[^\]]*:distribution\/",\{"Ref":"ConsoleDistribution/,
    );
    expect(policies).toContain('"aws:SecureTransport":"false"');
    expect(resourcesOf(template, 'AWS::CloudFront::OriginAccessControl')).toHaveLength(1);
  });

  it('sends /api/* to the API, with every method and without a cache', () => {
    const { CacheBehaviors, Origins } = distribution().DistributionConfig;
    const api = CacheBehaviors.find(({ PathPattern }) => PathPattern === '/api/*');
    const origin = Origins.find(({ Id }) => Id === api?.TargetOriginId);

    expect(api).toMatchObject({
      AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      ViewerProtocolPolicy: 'https-only',
      // The managed policy without caching, and the one that forwards all but the host.
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    });
    expect(JSON.stringify(origin?.DomainName)).toContain('.execute-api.us-east-1.');
  });

  it('tells the page where to sign in, and nothing else', () => {
    const { FunctionCode } = onlyResourceOf(template, 'AWS::CloudFront::Function').resource.Properties as unknown as {
      FunctionCode: string;
    };
    const answer = runInNewContext(`${FunctionCode}; handler()`) as { statusCode: number; body: string };

    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({
      ...{ type: 'jwt', issuer: 'https://login.example.com/tenant', clientId: 'console', scopePrefix: 'tidb-backup/' },
    });
  });

  it('lets the page run only its own scripts, and connect to itself and the issuer', () => {
    const headers = JSON.stringify(onlyResourceOf(template, 'AWS::CloudFront::ResponseHeadersPolicy').resource);

    expect(headers).toContain("script-src 'self';");
    expect(headers).toContain("connect-src 'self' https://login.example.com;");
    expect(headers).not.toMatch(/script-src[^;]*unsafe/);
    const { DefaultCacheBehavior } = distribution().DistributionConfig;
    expect(DefaultCacheBehavior).toMatchObject({ ViewerProtocolPolicy: 'redirect-to-https' });
    expect(DefaultCacheBehavior.ResponseHeadersPolicyId).toBeDefined();
  });

  it('needs no custom resource', () => {
    const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );

    expect(
      types.filter((type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
    ).toEqual([]);
  });
});
