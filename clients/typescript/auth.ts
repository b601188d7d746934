/** A request ready to send, except for its credentials. */
interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The headers that carry the caller's credentials. Called for each attempt, since a signature expires. */
export type Auth = (request: UnsignedRequest) => Promise<Readonly<Record<string, string>>>;

/** A JWT of the deployment's issuer, or a function that returns a current one. */
export function bearer(token: string | (() => string | Promise<string>)): Auth {
  return async () => ({ authorization: `Bearer ${typeof token === 'string' ? token : await token()}` });
}
