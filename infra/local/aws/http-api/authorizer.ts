import { type ApiAnswer, messageAnswer } from './payload.ts';

/** A request as an authorizer sees it. */
export interface SentRequest {
  readonly apiId: string;
  readonly method: string;
  /** Path and query as sent, with escapes; the function sees them decoded. */
  readonly url: string;
  /** By lower-case name; repeated headers are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the function learns about an authorized caller, or the gateway's answer to any other. */
export type Verdict =
  | { readonly allowed: true; readonly authorizer?: Readonly<Record<string, unknown>> }
  | { readonly allowed: false; readonly answer: ApiAnswer };

export type Authorizer = (request: SentRequest) => Promise<Verdict>;

/** The only text with which an HTTP API answers a caller that IAM refuses, for the signature or the policy. */
export const FORBIDDEN: Verdict = { allowed: false, answer: messageAnswer(403, 'Forbidden') };
