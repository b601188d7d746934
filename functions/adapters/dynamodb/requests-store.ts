import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Beginning, RepeatableRequest, RequestStore } from '../../domain/shared/request-store.ts';
import { getItem, type Table, unlessConditionFails } from './dynamodb.ts';
import { all, any, conditionParameters, is, isAtMost, isMissing } from './expressions.ts';
import { deleteItem, updateItem } from './update-item.ts';

/**
 * For this long, in milliseconds, no second function takes over a request. By then the first has ended, because API
 * functions run for at most 29 s.
 */
export const LEASE_MS = 30_000;

/** How long an answer is kept. */
const KEPT_SECONDS = 24 * 3_600;

const begun = {
  requestId: z.string(),
  fingerprint: z.string(),
  seed: z.string(),
  begunAt: z.iso.datetime(),
  /** Seconds since 1970. DynamoDB removes the item some time later, so reads check it, too. */
  expiresAt: z.number(),
  claimId: z.string(),
};

const request = z.discriminatedUnion('phase', [
  z.object({ ...begun, phase: z.literal('running'), /** Milliseconds since 1970. */ leaseEnd: z.number() }),
  z.object({ ...begun, phase: z.literal('answered'), status: z.number(), body: z.string() }),
]);
type StoredRequest = z.infer<typeof request>;

const isClaimedBy = (claimId: string) => is('claimId', claimId);

/** Requests with an Idempotency-Key. */
export function createRequestStore(table: Table): RequestStore {
  const { client, tableName: TableName } = table;

  return {
    async begin({ requestId, fingerprint }, now) {
      const claimId = randomUUID();
      const begunAt = new Date(now).toISOString();
      const item: StoredRequest = {
        ...{ requestId, fingerprint, begunAt, claimId },
        seed: claimId,
        phase: 'running',
        leaseEnd: now + LEASE_MS,
        expiresAt: seconds(now) + KEPT_SECONDS,
      };
      // request:   Put ── carries it out
      // once more: ─────── Put                without the condition both carry it out
      const isNew = await unlessConditionFails(
        client.send(
          new PutCommand({
            TableName,
            Item: item,
            ...conditionParameters(any(isMissing('requestId'), isAtMost('expiresAt', seconds(now)))),
          }),
        ),
      );
      const ours = { outcome: 'begun', claim: { requestId, claimId } } as const;
      if (isNew !== undefined) return { ...ours, seed: claimId, begunAt, isRepeated: false };
      // Only a repeated request pays for more calls.
      const there = await getItem(table, { requestId }, request);
      if (there === undefined || seconds(now) >= there.expiresAt) return { outcome: 'running' };
      // The SDK sent our own Put twice.
      if (there.claimId === claimId) return { ...ours, seed: claimId, begunAt, isRepeated: false };
      return await takeUp(there, { requestId, fingerprint }, { claimId, now });
    },

    async isTaken({ requestId, fingerprint }, now) {
      const there = await getItem(table, { requestId }, request);
      return there !== undefined && seconds(now) < there.expiresAt && there.fingerprint !== fingerprint;
    },

    async answer({ requestId, claimId }, { status, body }, now) {
      // first:  begin ─ frozen for longer than its lease ──────── answer
      // second: ───────────────────────────────── begin (takes up) ────── answer      both did the same, the second says so
      await updateItem(
        table,
        { requestId },
        {
          set: { phase: 'answered', status, body, expiresAt: seconds(now) + KEPT_SECONDS },
          remove: ['leaseEnd'],
          condition: isClaimedBy(claimId),
        },
      );
    },

    async forget({ requestId, claimId }) {
      // As above: a request that somebody else has taken over is no longer ours to forget.
      await deleteItem(table, { requestId }, isClaimedBy(claimId));
    },
  };

  /** Takes over a request that was started before. */
  async function takeUp(
    there: StoredRequest,
    { requestId, fingerprint }: RepeatableRequest,
    { claimId, now }: { claimId: string; now: number },
  ): Promise<Beginning> {
    if (there.fingerprint !== fingerprint) return { outcome: 'taken' };
    if (there.phase === 'answered') return { outcome: 'answered', answer: { status: there.status, body: there.body } };
    if (now < there.leaseEnd) return { outcome: 'running' };
    // second: begin (lease is over) Update ── carries it out
    // third:  begin (lease is over) ───────── Update          without the condition both do
    const taken = await updateItem(
      table,
      { requestId },
      {
        set: { claimId, leaseEnd: now + LEASE_MS },
        // The second arm: the SDK repeats a call whose answer was lost.
        condition: any(all(isClaimedBy(there.claimId), is('phase', 'running')), isClaimedBy(claimId)),
      },
    );
    if (taken === undefined) return { outcome: 'running' };
    const { seed, begunAt } = there;
    return { outcome: 'begun', claim: { requestId, claimId }, seed, begunAt, isRepeated: true };
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
