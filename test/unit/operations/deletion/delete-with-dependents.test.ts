import { expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { lookAtFamily } from '../../../../functions/operations/deletion/delete-with-dependents.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const finished = (backupId: string, restoredBy?: Set<string>): FinishedBackup => ({
  ...aBackup({ backupId }),
  ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1', finishedAttempt: 1 },
  ...(restoredBy && { restoredBy }),
});

it('a chain is deleted by force despite the stale hold of an ended restore on its last link', async () => {
  const full = finished('full');
  const incremental = finished('incr', new Set(['ended-restore']));
  const look = {
    dependentsOf: async ({ backupId }: { backupId: string }) => (backupId === 'full' ? [incremental] : []),
    withoutStaleHolds: async ({ backupId }: { backupId: string }) => finished(backupId),
  };

  const { order, refusal } = await lookAtFamily(full, true, look);

  expect(refusal).toBeUndefined();
  expect(order.map(({ backupId }) => backupId)).toEqual(['incr', 'full']);
});
