import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { assertNever } from '../../domain/shared/assert-never.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { type Attempt, onlyAttempt, requestAttempt } from '../../domain/shared/request-attempt.ts';
import type { Claim, GivenAnswer, RepeatableRequest, RequestStore } from '../../domain/shared/request-store.ts';
import { log } from '../../log.ts';
import type { Authorizer } from './authorization.ts';
import { callerOf } from './caller.ts';
import type { Outcome } from './outcome.ts';
import type { RawRequest } from './route.ts';

/** API Gateway sends names in lower case. */
const HEADER = 'idempotency-key';

/** Visible ASCII, so that proxies do not change a key. A quoted one, as in the IETF draft, is taken with its quotes. */
export const KEY = /^[\x21-\x7e]{1,255}$/;

/** A well-formed request from an authorized caller. */
interface SentRequest extends RawRequest {
  headers: Readonly<Record<string, string | undefined>>;
  authorizer: Authorizer | undefined;
  /** Its key in the table of routes. */
  route: string;
  /** It asks only for its plan. */
  isPlan: boolean;
}

/** Carries out a request, or repeats its earlier answer. */
export type Once = (request: SentRequest, carryOut: (attempt: Attempt) => Promise<Outcome>) => Promise<Outcome>;

interface OnceDeps {
  requests: RequestStore;
  clock: Pick<Clock, 'now'>;
}

/**
 * Carries out requests with an `Idempotency-Key` once: whoever repeats one within a day gets the earlier answer, even a
 * refusal. A failure of the service (5xx) is not kept: the next try starts fresh. A try that crashed without an answer
 * is continued by the next, which gets the same ids. Without the header, nothing is looked up or stored.
 * @throws ServiceError 10001 the key is malformed, or was used for another request; 20114 another try is running
 */
export function createOnce({ requests, clock }: OnceDeps): Once {
  return async (request, carryOut) => {
    const key = request.headers[HEADER];
    if (key === undefined) return await carryOut(onlyAttempt(clock));
    if (!KEY.test(key)) throw invalidKey('must be 1 to 255 visible ASCII characters');
    const asked = repeatable(request, key);
    if (request.isPlan) {
      // Plans are not stored: each repetition is planned again.
      if (await requests.isTaken(asked, clock.now())) throw usedBefore();
      return await carryOut(onlyAttempt(clock));
    }
    const beginning = await requests.begin(asked, clock.now());
    switch (beginning.outcome) {
      case 'answered':
        return outcomeOf(beginning.answer);
      case 'taken':
        throw usedBefore();
      case 'running':
        throw new ServiceError(
          'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
          'a request with this Idempotency-Key is being carried out; repeat it in some seconds for its answer',
        );
      case 'begun': {
        const outcome = await carryOut(requestAttempt(beginning));
        await keep(beginning.claim, outcome);
        return outcome;
      }
      default:
        return assertNever(beginning);
    }
  };

  /**
   * The work is done: the caller gets the answer even if it could not be stored, and a repetition continues from there.
   */
  async function keep(claim: Claim, { status, body }: Outcome): Promise<void> {
    const kept =
      status < 500
        ? requests.answer(claim, { status, body: JSON.stringify(body) }, clock.now())
        : requests.forget(claim);
    await kept.catch((error: unknown) => log.error({ message: 'the answer to a request could not be kept', error }));
  }
}

function usedBefore(): ServiceError {
  return invalidKey('was used for another request; each new request needs a new key');
}

function invalidKey(must: string): ServiceError {
  return new ServiceError('TIEM_PARAMETER_INVALID', `Idempotency-Key: ${must}`);
}

/**
 * Stores hashes instead of the key and the request. A request may hold a password, which readers of the table could
 * guess from a plain hash; the key, which is not stored, makes that as hard as guessing the key. A plan shares the hash
 * of its request.
 */
function repeatable({ authorizer, route, params, query, body = '' }: SentRequest, key: string): RepeatableRequest {
  const { plan: _, ...filters } = query;
  const sorted = (values: Readonly<Record<string, string>>) => Object.entries(values).sort();
  return {
    requestId: createHash('sha256')
      .update(JSON.stringify([callerOf(authorizer), key]))
      .digest('hex'),
    fingerprint: createHmac('sha256', key)
      .update(JSON.stringify([route, sorted(params), sorted(filters), body]))
      .digest('hex'),
  };
}

const envelope = z.object({ code: z.number(), message: z.string() });

function outcomeOf({ status, body }: GivenAnswer): Outcome {
  const parsed: unknown = JSON.parse(body);
  return { status, ...envelope.parse(parsed), body: parsed };
}
