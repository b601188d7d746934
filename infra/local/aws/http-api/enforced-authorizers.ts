import * as z from 'zod';
import type { Stack, StackResource } from '../../template/stack.ts';
import { apiUsersOf } from './api-users.ts';
import { type Authorizers, authorizersOf } from './authorizers.ts';
import { iamAuthorizer } from './iam-authorizer.ts';
import { jwtAuthorizer } from './jwt-authorizer.ts';
import { listenAsTokenIssuer, type TokenIssuer } from './token-issuer.ts';

interface EnforcedOptions {
  /** Extra claims of the local issuer's tokens. */
  readonly tokenClaims: Readonly<Record<string, string>>;
  /** Registers the issuer's server for closing. */
  readonly served: (issuer: Promise<TokenIssuer>) => Promise<TokenIssuer>;
}

/** Every route requires what the template says: tokens where it has an authorizer, AWS credentials elsewhere. */
export async function enforcedAuthorizers(stack: Stack, options: EnforcedOptions): Promise<Authorizers> {
  const [resource, ...more] = stack.resourcesOf('AWS::ApiGatewayV2::Authorizer');
  if (more.length > 0) throw new Error('the template names several authorizers, but the local cloud has one issuer');
  return resource === undefined ? iamAuthorizers(stack) : jwtAuthorizers(resource, options);
}

function iamAuthorizers(stack: Stack): Authorizers {
  const { environment } = stack;
  const users = apiUsersOf(stack);
  const callers = Object.fromEntries(users.map(({ name, key }) => [name, key]));
  return authorizersOf(
    { type: 'iam', region: environment.region, service: 'execute-api', callers },
    { AWS_IAM: iamAuthorizer({ environment, users }) },
  );
}

const jwtProperties = z.object({
  AuthorizerType: z.literal('JWT'),
  IdentitySource: z.tuple([z.literal('$request.header.Authorization')]),
  JwtConfiguration: z.object({ Issuer: z.string(), Audience: z.tuple([z.string()], z.string()) }),
});

async function jwtAuthorizers(
  { properties }: StackResource,
  { tokenClaims, served }: EnforcedOptions,
): Promise<Authorizers> {
  const { Issuer, Audience } = jwtProperties.parse(properties).JwtConfiguration;
  const issuer = await served(listenAsTokenIssuer({ issuer: Issuer, audience: Audience[0], claims: tokenClaims }));
  const clients = Object.fromEntries(issuer.clients.map((client) => [client.clientId, client]));
  return authorizersOf(
    { type: 'jwt', tokenUrl: issuer.tokenUrl, clients },
    { JWT: jwtAuthorizer({ issuer: Issuer, audience: Audience, keys: issuer.keys }) },
  );
}
