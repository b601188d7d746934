import { expect, it } from 'vitest';
import type { BackupFilter } from '../../../../functions/domain/backup/backup-store.ts';
import { createApi, untouchablePorts } from '../../../support/api.ts';

it('a list of backups includes the whole last second of its range', async () => {
  const asked: BackupFilter[] = [];
  const ports = untouchablePorts();
  const list = async (filter: BackupFilter) => {
    asked.push(filter);
    return { items: [], total: 0 };
  };

  await createApi({ ...ports, backups: { ...ports.backups, list } })(
    'GET /backups?startTime=1767225600&endTime=1767225601',
  );

  expect(asked).toEqual([expect.objectContaining({ createdFrom: 1_767_225_600_000, createdTo: 1_767_225_601_999 })]);
});
