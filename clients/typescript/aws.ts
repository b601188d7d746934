import { createHash, createHmac } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { loadConfig, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Auth } from './auth.ts';

export interface AwsAuthOptions {
  /** Profile in the AWS configuration files. Defaults to `AWS_PROFILE`. */
  readonly profile?: string | undefined;
  /** Region of the API. Defaults to the one in its host name, then to `AWS_REGION` and the profile's. */
  readonly region?: string | undefined;
}

/** Signature V4 with credentials from the AWS chain: environment, SSO, profiles, roles, containers, instances. Node.js only. */
export function awsAuth({ profile, region }: AwsAuthOptions = {}): Auth {
  const credentials = defaultProvider(profile === undefined ? {} : { profile });
  return async ({ method, url, headers, body }) => {
    const { hostname, host, pathname, searchParams, protocol } = new URL(url);
    const signer = new SignatureV4({
      service: 'execute-api',
      region: region ?? regionIn(hostname) ?? (await loadConfig(NODE_REGION_CONFIG_OPTIONS, { profile })()),
      credentials,
      sha256: Sha256,
    });
    const signed = await signer.sign({
      ...{ method, protocol, hostname, body },
      path: pathname,
      query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
      headers: { ...headers, host },
    });
    const { host: _, ...ours } = signed.headers;
    return ours;
  };
}

/** `abc.execute-api.eu-central-1.amazonaws.com` */
function regionIn(hostname: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(hostname)?.[1];
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** Node's SHA-256, with or without a key, in the form that the signer expects. */
class Sha256 {
  readonly #hash;

  constructor(key?: Bytes) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): never {
    throw new Error('each hash is used once');
  }
}

function bytesOf(data: Bytes): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
