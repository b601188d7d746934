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

/** API Gateway gives names in lower case. */
const HEADER = 'idempotency-key';

/** Visible ASCII, so that a key stays what it is on its way through proxies. A quoted one, as the IETF's draft writes it, is taken with its quotes. */
export const KEY = /^[\x21-\x7e]{1,255}$/;

/** A request that is well-formed, and its caller allowed to send it. */
interface SentRequest extends RawRequest {
  headers: Readonly<Record<string, string | undefined>>;
  authorizer: Authorizer | undefined;
  /** Its key in the table of routes. */
  route: string;
  /** It asks what it would do. */
  isPlan: boolean;
}

/** Carries a request out, or answers as it was answered before. */
export type Once = (request: SentRequest, carryOut: (attempt: Attempt) => Promise<Outcome>) => Promise<Outcome>;

interface OnceDeps {
  requests: RequestStore;
  clock: Pick<Clock, 'now'>;
}

/**
 * Requests with an `Idempotency-Key` are carried out once: whoever repeats one within a day is given the answer that it got
 * then, a refusal too. A failure of the service (5xx) is no answer: the next try is a new one. A try that died without an answer
 * is taken up by the next, which gets the same ids. Without the header nothing is looked up, and nothing kept.
 * @throws ServiceError 10001 the key is not well-formed, or was used for another request; 20114 a try of it is under way
 */
export function createOnce({ requests, clock }: OnceDeps): Once {
  return async (request, carryOut) => {
    const key = request.headers[HEADER];
    if (key === undefined) return await carryOut(onlyAttempt(clock));
    if (!KEY.test(key)) throw invalidKey('must be 1 to 255 visible ASCII characters');
    const asked = repeatable(request, key);
    if (request.isPlan) {
      // Nothing is kept of a plan: asked for again, it is what would happen then.
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

  /** What was done is done: the caller is told even if it could not be kept, and who repeats the request takes it up. */
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
 * Neither the key nor the request is kept, but what comes of them: a request may hold a password, and whoever reads the table
 * could try passwords against a plain hash of it; the key, which is not there, makes that as hard as guessing the key. A plan is
 * of the request that it is about.
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
