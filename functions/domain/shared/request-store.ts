/** A request with an idempotency key. */
export interface RepeatableRequest {
  /** Hash of the caller and the key. */
  requestId: string;
  /** Hash of everything that the request asks for. */
  fingerprint: string;
}

/** The answer that was sent. */
export interface GivenAnswer {
  /** HTTP status. */
  status: number;
  /** JSON. */
  body: string;
}

/** The right to carry out a request, for at most the length of one invocation. */
export interface Claim {
  requestId: string;
  claimId: string;
}

export type Beginning =
  /**
   * This caller carries it out. `isRepeated`: an earlier caller started it at `begunAt` and died; `seed` gives the same
   * ids.
   */
  | { outcome: 'begun'; claim: Claim; seed: string; begunAt: string; isRepeated: boolean }
  | { outcome: 'answered'; answer: GivenAnswer }
  /** Another invocation is carrying it out. */
  | { outcome: 'running' }
  /** The key was used for another request. */
  | { outcome: 'taken' };

/** Requests with idempotency keys, and their answers. */
export interface RequestStore {
  /**
   * Claims a request that nobody is carrying out.
   * @param now milliseconds since 1970
   */
  begin(request: RepeatableRequest, now: number): Promise<Beginning>;
  /**
   * Whether the key was used for another request; read-only.
   * @param now milliseconds since 1970
   */
  isTaken(request: RepeatableRequest, now: number): Promise<boolean>;
  /** Stores its answer for a day, unless the claim was lost: then another invocation answers. */
  answer(claim: Claim, answer: GivenAnswer, now: number): Promise<void>;
  /** Forgets a request that failed and was rolled back, so that the next try starts fresh. */
  forget(claim: Claim): Promise<void>;
}
