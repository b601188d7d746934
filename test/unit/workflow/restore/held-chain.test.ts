import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { releaseChain } from '../../../../functions/domain/backup/backup-chain.ts';
import type { BackupRecord, FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { heldChain } from '../../../../functions/workflow/restore/held-chain.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const WORKFLOW = 'restore-1';
const last = (length: number) => `link-${length - 1}`;

/** A chain of this many links, from the full `link-0` on, in a store that may die. */
function prepare(length: number) {
  const records = new Map<string, BackupRecord>();
  for (let at = 0; at < length; at += 1) {
    const backupId = `link-${at}`;
    const base = at === 0 ? undefined : { backupId: `link-${at - 1}`, backupTso: String(100 + at - 1) };
    const record: FinishedBackup = {
      ...aBackup({ backupId, ...(base && { backupType: 'incr', base }) }),
      ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, finishedAttempt: 1 },
      ...{ backupTso: String(100 + at), sizeBytes: '1' },
    };
    records.set(backupId, record);
  }
  let callsLeft = Number.POSITIVE_INFINITY;
  const call = () => {
    callsLeft -= 1;
    if (callsLeft < 0) throw new Error('died');
  };
  const change = (backupId: string, by: (held: Set<string>) => void): FinishedBackup | undefined => {
    call();
    const record = records.get(backupId);
    if (record?.status !== 'Finished') return undefined;
    const { restoredBy, ...free } = record;
    const held = new Set(restoredBy);
    by(held);
    const changed = { ...free, ...(held.size > 0 && { restoredBy: held }) };
    records.set(backupId, changed);
    return changed;
  };
  return {
    records,
    dieAfter(calls: number) {
      callsLeft = calls;
    },
    held: () => [...records.values()].filter((record) => 'restoredBy' in record).map(({ backupId }) => backupId),
    store: {
      get: async (backupId: string) => {
        call();
        return records.get(backupId);
      },
      holdForRestore: async (backupId: string, id: string) => change(backupId, (held) => held.add(id)),
      releaseFromRestore: async (backupId: string, id: string) => {
        change(backupId, (held) => held.delete(id));
      },
    },
  };
}

const length = fc.integer({ min: 1, max: 8 });

describe('the chain of a restore', () => {
  it('is held completely, from the full backup on', async () => {
    await fc.assert(
      fc.asyncProperty(length, async (links) => {
        const { store, held } = prepare(links);

        const chain = await heldChain({ backupId: last(links), workFlowId: WORKFLOW }, store);

        expect(chain.map(({ backupId }) => backupId)).toEqual([...Array(links).keys()].map((at) => `link-${at}`));
        expect(held()).toHaveLength(links);
      }),
    );
  });

  it('is released completely, wherever and however often holding and releasing it crashed', async () => {
    const deaths = fc.array(fc.nat({ max: 20 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(length, fc.nat({ max: 10 }), deaths, async (links, whileHeld, whileReleased) => {
        const { store, held, dieAfter, records } = prepare(links);
        const input = { backupId: last(links), workFlowId: WORKFLOW };
        dieAfter(whileHeld);
        await heldChain(input, store).catch(() => {});
        dieAfter(Number.POSITIVE_INFINITY);
        for (const calls of whileReleased) {
          dieAfter(calls);
          await releaseChain(input, store).catch(() => {});
          // What no one holds any more may be deleted at once: the last link first.
          dieAfter(Number.POSITIVE_INFINITY);
          if (!held().includes(input.backupId)) records.delete(input.backupId);
        }

        await releaseChain(input, store);

        expect(held()).toEqual([]);
      }),
    );
  });

  it.each<[string, Partial<FinishedBackup>, string]>([
    ['ends at another TSO', { backupTso: '99' }, 'the backup link-1 ends at TSO 99, but link-2 starts at TSO 101'],
    [
      'is of another cluster',
      { clusterId: 'other' },
      'the base backup link-1 has another cluster or scope than link-2',
    ],
    ['is of another scope', { scope: { databases: ['shop'] } }, 'the base backup link-1 has another cluster or scope'],
  ])('whose link %s is refused by its name', async (_case, change, message) => {
    const { store, records } = prepare(3);
    const link = records.get('link-1');
    if (link?.status === 'Finished') records.set('link-1', { ...link, ...change });

    await expect(heldChain({ backupId: 'link-2', workFlowId: WORKFLOW }, store)).rejects.toMatchObject({
      name: 'BackupNotRestorable',
      message: expect.stringContaining(message),
    });
  });

  it('ends even if it leads back to itself', async () => {
    const { store, records } = prepare(2);
    const full = records.get('link-0');
    const base = { backupId: 'link-1', backupTso: '101' };
    if (full?.status === 'Finished') records.set('link-0', { ...full, base });
    const input = { backupId: 'link-1', workFlowId: WORKFLOW };

    await expect(heldChain(input, store)).rejects.toMatchObject({
      message: 'the base backup link-1 does not end before link-0',
    });
    await releaseChain(input, store);
  });
});
