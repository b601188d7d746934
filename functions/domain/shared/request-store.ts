/** A request that its sender may repeat under the same key. */
export interface RepeatableRequest {
  /** Of the caller and the key; says neither. */
  requestId: string;
  /** Of all that the request asks for. */
  fingerprint: string;
}

/** An answer as it was given. */
export interface GivenAnswer {
  /** HTTP status. */
  status: number;
  /** JSON. */
  body: string;
}

/** The right to carry a request out, for as long as one invocation may last. */
export interface Claim {
  requestId: string;
  claimId: string;
}

export type Beginning =
  /** It is ours to carry out. `isRepeated`: it was begun at `begunAt` by somebody who died; the ids of then come of `seed`. */
  | { outcome: 'begun'; claim: Claim; seed: string; begunAt: string; isRepeated: boolean }
  | { outcome: 'answered'; answer: GivenAnswer }
  /** Somebody carries it out now. */
  | { outcome: 'running' }
  /** The key was used for another request. */
  | { outcome: 'taken' };

/** The requests that may be repeated, and what they were answered. */
export interface RequestStore {
  /** Takes a request that nobody carries out. @param now milliseconds since 1970 */
  begin(request: RepeatableRequest, now: number): Promise<Beginning>;
  /** Whether the key was used for another request; changes nothing. @param now milliseconds since 1970 */
  isTaken(request: RepeatableRequest, now: number): Promise<boolean>;
  /** Keeps its answer for a day. Not if the claim was lost: then somebody else answers. */
  answer(claim: Claim, answer: GivenAnswer, now: number): Promise<void>;
  /** Forgets it: it has failed, what it did was taken back, and the next try is a new one. */
  forget(claim: Claim): Promise<void>;
}
