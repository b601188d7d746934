import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequestStore, LEASE_MS } from '../../../../functions/adapters/dynamodb/requests-store.ts';
import type { Beginning, RequestStore } from '../../../../functions/domain/shared/request-store.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { CREATED } from '../../../support/records.ts';

const NOW = Date.parse(CREATED);
const DAY_MS = 24 * 3_600_000;
const ANSWER = { status: 200, body: '{"code":0}' };

let tables: TestTables;
let requests: RequestStore;
beforeAll(async () => {
  tables = await startTables();
  requests = createRequestStore(tables.table('requests'));
});
afterAll(() => tables.stop());

const request = (requestId: string, fingerprint = 'f') => ({ requestId, fingerprint });

function begun(beginning: Beginning): Extract<Beginning, { outcome: 'begun' }> {
  if (beginning.outcome !== 'begun') throw new Error(`it is ${beginning.outcome}`);
  return beginning;
}

describe('a request with a key', () => {
  it('is carried out by one, for as long as its function may run', async () => {
    const first = begun(await requests.begin(request('leased'), NOW));
    expect(first).toMatchObject({ begunAt: CREATED, isRepeated: false });

    expect(await requests.begin(request('leased'), NOW + LEASE_MS - 1)).toEqual({ outcome: 'running' });
    const second = begun(await requests.begin(request('leased'), NOW + LEASE_MS));

    expect(second).toMatchObject({ seed: first.seed, begunAt: CREATED, isRepeated: true });
    expect(second.claim.claimId).not.toBe(first.claim.claimId);
    expect(await requests.begin(request('leased'), NOW + 2 * LEASE_MS - 1)).toEqual({ outcome: 'running' });
  });

  it('is taken over by one of several', async () => {
    await requests.begin(request('contended'), NOW);

    const outcomes = await Promise.all([1, 2, 3].map(() => requests.begin(request('contended'), NOW + LEASE_MS)));

    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['begun', 'running', 'running']);
  });

  it('is answered the same for a day, and is a new one then', async () => {
    const { claim, seed } = begun(await requests.begin(request('answered'), NOW));
    const at = NOW + 5_000;
    await requests.answer(claim, ANSWER, at);

    expect(await requests.begin(request('answered'), at + DAY_MS - 1_000)).toEqual({
      outcome: 'answered',
      answer: ANSWER,
    });
    const anew = begun(await requests.begin(request('answered'), at + DAY_MS));
    expect(anew.isRepeated).toBe(false);
    expect(anew.seed).not.toBe(seed);
  });

  it('is refused for anything else, also while it runs, until its key is free again', async () => {
    const { claim } = begun(await requests.begin(request('used'), NOW));
    const other = request('used', 'another');
    expect(await requests.begin(other, NOW + LEASE_MS)).toEqual({ outcome: 'taken' });
    await requests.answer(claim, ANSWER, NOW);

    expect(await requests.begin(other, NOW)).toEqual({ outcome: 'taken' });
    expect(await requests.isTaken(other, NOW + DAY_MS - 1_000)).toBe(true);
    expect(await requests.isTaken(request('used'), NOW)).toBe(false);
    expect(await requests.isTaken(request('never'), NOW)).toBe(false);
    expect(await requests.isTaken(other, NOW + DAY_MS)).toBe(false);
  });

  it('is answered and forgotten only by who carries it out', async () => {
    const first = begun(await requests.begin(request('lost'), NOW));
    const second = begun(await requests.begin(request('lost'), NOW + LEASE_MS));

    await requests.answer(first.claim, ANSWER, NOW + LEASE_MS);
    await requests.forget(first.claim);
    expect(await requests.begin(request('lost'), NOW + LEASE_MS)).toEqual({ outcome: 'running' });

    await requests.forget(second.claim);
    expect(begun(await requests.begin(request('lost'), NOW + LEASE_MS)).isRepeated).toBe(false);
  });
});
