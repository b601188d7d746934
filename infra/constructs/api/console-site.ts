import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { contentSecurityPolicy } from '../../../clients/console/headers.ts';
import type { SessionConfig } from '../../../clients/console/src/session-config.ts';
import type { TenantConfig } from '../../tenant-config.ts';

interface ConsoleSiteProps {
  readonly api: IHttpApi;
  readonly authorization: Extract<TenantConfig['authorization'], { type: 'jwt' }>;
}

/**
 * Serves the console to browsers: its files from a private bucket, `/api/*` from the API, so that the page needs no CORS. `tidb-backup console
 * publish` uploads the files; what the page must know of the deployment comes from here.
 */
export class ConsoleSite extends Construct {
  readonly bucket: Bucket;
  readonly distribution: Distribution;
  readonly url: string;

  constructor(scope: Construct, id: string, { api, authorization }: ConsoleSiteProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Publishing again brings the files back.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const files = S3BucketOrigin.withOriginAccessControl(this.bucket);
    const responseHeadersPolicy = new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: contentSecurityPolicy([new URL(authorization.issuer).origin]),
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
    });
    const shared = { viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS, responseHeadersPolicy };
    const { urlSuffix, region } = Stack.of(this);
    this.distribution = new Distribution(this, 'Distribution', {
      defaultBehavior: { ...shared, origin: files },
      defaultRootObject: 'index.html',
      priceClass: PriceClass.PRICE_CLASS_100,
      additionalBehaviors: {
        '/api/*': {
          origin: new HttpOrigin(`${api.apiId}.execute-api.${region}.${urlSuffix}`),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          // The token goes on to the API, which knows no other host than its own.
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
        '/config.json': {
          ...shared,
          origin: files,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          functionAssociations: [
            {
              eventType: FunctionEventType.VIEWER_REQUEST,
              function: this.answer('Config', sessionConfig(authorization)),
            },
          ],
        },
      },
    });
    this.url = `https://${this.distribution.distributionDomainName}/`;
    this.justify();
  }

  /** A function at the edge that answers JSON which is known at synth. */
  private answer(id: string, body: object): EdgeFunction {
    const response = {
      statusCode: 200,
      headers: { 'content-type': { value: 'application/json' }, 'cache-control': { value: 'no-store' } },
      body: JSON.stringify(body),
    };
    return new EdgeFunction(this, id, {
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(`function handler() { return ${JSON.stringify(response)}; }`),
    });
  }

  private justify(): void {
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds the published console alone, which is no secret and which CloudFront alone reads.',
    });
    const reasons = {
      CFR1: 'Whom the API lets in is decided by their token, wherever they are.',
      CFR2: 'The API throttles, and a tenant may attach a web ACL of its own.',
      CFR3: "The API's access log tells who did what; the files of the console are the same for everybody.",
      CFR4: "CloudFront's own domain name comes with its certificate and policy.",
    };
    for (const [rule, reason] of Object.entries(reasons)) {
      Validations.of(this.distribution).acknowledge({ id: `AwsSolutions-${rule}`, reason });
    }
  }
}

function sessionConfig({
  issuer,
  consoleClientId = '',
  scopePrefix,
}: ConsoleSiteProps['authorization']): SessionConfig {
  return { type: 'jwt', issuer, clientId: consoleClientId, ...(scopePrefix !== undefined && { scopePrefix }) };
}
