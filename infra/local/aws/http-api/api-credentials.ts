import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import type { ApiAccess } from './authorizers.ts';
import { Sha256 } from './sha256.ts';

/** A kind of authorization that requires something. */
type EnforcedAccess = Exclude<ApiAccess, { type: 'none' }>;

/** A request to authorize. */
export interface ApiCall {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
}

/** Headers that authorize a request as one of the roles in `access`. A signature is valid for five minutes, a token for an hour. */
export async function credentialsFor(
  access: EnforcedAccess,
  role: string,
  call: ApiCall,
): Promise<Record<string, string>> {
  switch (access.type) {
    case 'iam': {
      const { region, service, callers } = access;
      const signer = new SignatureV4({ region, service, credentials: named(callers, role), sha256: Sha256 });
      const { hostname, host, pathname, searchParams, protocol } = new URL(call.url);
      const { headers } = await signer.sign({
        method: call.method,
        protocol,
        hostname,
        path: pathname,
        body: call.body,
        query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
        headers: { host },
      });
      return headers;
    }
    case 'jwt':
      return { authorization: `Bearer ${await token(access, role)}` };
  }
}

const tokenAnswer = z.object({ access_token: z.string() });

async function token({ tokenUrl, clients }: Extract<ApiAccess, { type: 'jwt' }>, role: string): Promise<string> {
  const { clientId, clientSecret } = named(clients, role);
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return tokenAnswer.parse(await response.json()).access_token;
}

function named<Value>(values: Readonly<Record<string, Value>>, role: string): Value {
  const value = values[role];
  if (value === undefined) throw new Error(`there is no role ${role}; the roles are ${Object.keys(values).join(', ')}`);
  return value;
}
