import { describe, expect, it } from 'vitest';
import {
  dependentsThere,
  livingDependents,
  releaseBaseHold,
  whyNotRestorable,
} from '../../../../functions/domain/backup/backup-chain.ts';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const BASE = { backupId: 'full', backupTso: '1' };
const INCREMENTAL = aBackup({ backupId: 'incr', backupType: 'incr', base: BASE });

/** A base that the incremental backup holds. */
function prepare(incremental: BackupRecord | undefined) {
  const full = {
    ...aBackup({ backupId: 'full' }),
    ...({ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1' } as const),
    ...{ finishedAttempt: 1, dependents: new Set(['incr']), dependentsAdded: 3 },
  };
  const released: object[] = [];
  const backups = {
    get: async (id: string) => (id === 'full' ? full : incremental),
    releaseBase: async (baseId: string, hold: object) => {
      released.push({ baseId, ...hold });
      return true;
    },
  };
  return { full, backups, released };
}

describe('the hold of an incremental backup on its base', () => {
  it('ends with the backup', async () => {
    const { backups, released } = prepare(undefined);

    await releaseBaseHold(INCREMENTAL, backups);

    expect(released).toEqual([{ baseId: 'full', backupId: 'incr', seen: 3 }]);
  });

  it('stays while the backup needs it: its start was retried meanwhile', async () => {
    const { backups, released } = prepare(INCREMENTAL);

    await releaseBaseHold(INCREMENTAL, backups);

    expect(released).toEqual([]);
  });
});

describe('the dependents of a backup', () => {
  const DEAD = { endTime: CREATED, error: { code: 10000, message: 'it failed' } };
  const incremental = (backupId: string, base = BASE) => aBackup({ backupId, backupType: 'incr', base });
  const [waiting, failed, elsewhere] = [incremental('waiting'), incremental('failed'), incremental('elsewhere')];
  const known = new Map<string, BackupRecord>([
    ['waiting', waiting],
    ['failed', { ...failed, ...DEAD, status: 'Failed' }],
    ['elsewhere', { ...elsewhere, base: { backupId: 'other', backupTso: '1' } }],
  ]);

  it('are all existing backups that need it; other holds are released', async () => {
    const ids = ['waiting', 'failed', 'elsewhere', 'gone'];
    const { full } = prepare(undefined);
    const record = { ...full, dependents: new Set(ids) };
    const released: object[] = [];
    const backups = {
      get: async (id: string) => known.get(id),
      releaseBase: async (baseId: string, hold: object) => released.push({ baseId, ...hold }) > 0,
    };

    expect(await dependentsThere(record, backups)).toEqual({ living: [waiting], forgotten: ids.slice(1) });
    expect(await livingDependents(record, backups)).toEqual([waiting]);
    expect(released).toEqual(ids.slice(1).map((backupId) => ({ baseId: 'full', backupId, seen: 3 })));
  });

  it('are none for an unfinished backup', async () => {
    expect(await dependentsThere(aBackup(), { get: async () => waiting })).toEqual({ living: [], forgotten: [] });
  });
});

describe('the hold of a base that changes meanwhile', () => {
  it('is released at most three times', async () => {
    const { backups } = prepare(undefined);
    let tries = 0;
    const busy = {
      ...backups,
      releaseBase: async () => {
        tries += 1;
        return false;
      },
    };

    await releaseBaseHold(INCREMENTAL, busy);

    expect(tries).toBe(3);
  });
});

it('only a finished backup can be restored', () => {
  expect(whyNotRestorable(undefined, 'the backup full')).toBe('the backup full no longer exists');
  expect(whyNotRestorable(aBackup(), 'it')).toBe('it is Initializing, but must be Finished');
  expect(whyNotRestorable(prepare(undefined).full, 'it')).toBeUndefined();
});
