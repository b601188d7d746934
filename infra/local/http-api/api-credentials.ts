import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import type { ApiAccess } from './authorizers.ts';

/** One that asks for something. */
type EnforcedAccess = Exclude<ApiAccess, { type: 'none' }>;

/** A request that is to be let in. */
export interface ApiCall {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
}

/**
 * The headers with which the API lets a request in as one of the roles that `access` names. A signature is good for five
 * minutes, a token for an hour.
 */
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
  if (value === undefined) throw new Error(`there is no ${role}; there are: ${Object.keys(values).join(', ')}`);
  return value;
}

/** Node's SHA-256, with a key or without, as the signer wants it. */
class Sha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): never {
    throw new Error('each hash is used once');
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
