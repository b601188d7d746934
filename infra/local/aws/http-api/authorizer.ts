import { type ApiAnswer, messageAnswer } from './payload.ts';

/** A request as an authorizer sees it. */
export interface SentRequest {
  readonly apiId: string;
  readonly method: string;
  /** Path and query as they were sent, escapes and all: the function sees them resolved. */
  readonly url: string;
  /** By lower-case name; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the function is told of a caller that is let in, or the gateway's own answer to one that is not. */
export type Verdict =
  | { readonly allowed: true; readonly authorizer?: Readonly<Record<string, unknown>> }
  | { readonly allowed: false; readonly answer: ApiAnswer };

export type Authorizer = (request: SentRequest) => Promise<Verdict>;

/** All that an HTTP API says to whom IAM does not let in, be it for the signature or for the policy. */
export const FORBIDDEN: Verdict = { allowed: false, answer: messageAnswer(403, 'Forbidden') };
