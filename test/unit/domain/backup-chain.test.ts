import { describe, expect, it } from 'vitest';
import { letGoOfBase } from '../../../functions/domain/backup-chain.ts';
import type { BackupRecord } from '../../../functions/domain/backup-record.ts';
import { aBackup, CREATED } from '../../support/records.ts';

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
  return { backups, released };
}

describe('the hold of an incremental backup on its base', () => {
  it('ends with the backup', async () => {
    const { backups, released } = prepare(undefined);

    await letGoOfBase(INCREMENTAL, backups);

    expect(released).toEqual([{ baseId: 'full', backupId: 'incr', seen: 3 }]);
  });

  it('stays while the backup needs it: its start was retried meanwhile', async () => {
    const { backups, released } = prepare(INCREMENTAL);

    await letGoOfBase(INCREMENTAL, backups);

    expect(released).toEqual([]);
  });
});
