import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackupRecord, FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { Cluster } from '../../../../functions/domain/cluster/cluster.ts';
import { assertOfBaseTidb, recordTidb } from '../../../../functions/workflow/backup/tidb-of-backup.ts';
import { encodeMessage } from '../../../../infra/local/tidb-sandbox/brie/protobuf.ts';
import { aBackup, aCluster, CREATED, later } from '../../../support/records.ts';

const BASE: FinishedBackup = {
  ...aBackup({ backupId: 'full' }),
  ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '449', sizeBytes: '1', finishedAttempt: 1 },
};
const UPON = { backupId: 'full', backupTso: '449' };

/** What the base's files say about their TiDB. */
const filesOf = (tidbClusterId: bigint | undefined) => ({
  read: async () =>
    (async function* () {
      yield encodeMessage([...(tidbClusterId === undefined ? [] : [[1, tidbClusterId] as const]), [6, 449n] as const]);
    })(),
});

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});

describe('an incremental backup', () => {
  it.each<[string, BackupRecord | undefined, bigint | undefined, boolean]>([
    ['of the same TiDB', { ...BASE, tidbClusterId: '7' }, undefined, true],
    ['of the same TiDB, by its files', BASE, 7n, true],
    ['of another TiDB', { ...BASE, tidbClusterId: '8' }, 7n, false],
    ['of another TiDB, by its files', BASE, 8n, false],
    ['whose files do not say', BASE, undefined, true],
    ['that no longer exists, which a later check finds', undefined, 8n, true],
  ])('may build on a base %s', async (_, record, tidbClusterId, may) => {
    const deps = { backups: { get: async () => record }, files: filesOf(tidbClusterId) };

    const checked = assertOfBaseTidb({ base: UPON }, '7', deps);

    if (may) await expect(checked).resolves.toBeUndefined();
    else await expect(checked).rejects.toMatchObject({ name: 'BaseUnfit', message: expect.stringContaining('8') });
  });

  it.each([
    ['of a full backup', undefined, '7'],
    ['of a backup whose own TiDB is unknown', UPON, undefined],
  ])('nothing is read %s', async (_, base, tidbClusterId) => {
    const unread = () => expect.unreachable('something is read');

    await assertOfBaseTidb({ base }, tidbClusterId, { backups: { get: unread }, files: { read: unread } });
  });
});

describe('the TiDB of a cluster', () => {
  const backup = { backupId: 'backup-1', createTime: later(60) };
  const noted = async (cluster: Cluster, tidbClusterId: string | undefined) => {
    const notes: object[] = [];
    await recordTidb(backup, cluster, tidbClusterId, { recordTidb: async (_id, note) => notes.push(note) > 0 });
    return notes;
  };
  const KNOWN = aCluster({ tidb: { clusterId: '7', since: CREATED } });

  it('is recorded when it is first seen, from the registration on', async () => {
    const tidb = { clusterId: '7', since: CREATED };
    expect(await noted(aCluster(), '7')).toEqual([{ registeredAt: CREATED, tidb }]);
  });

  it('is recorded when it changes, from the backup on, with the former one', async () => {
    const tidb = { clusterId: '8', since: later(60), formerClusterId: '7' };
    expect(await noted(KNOWN, '8')).toEqual([{ registeredAt: CREATED, tidb }]);
  });

  it('stays when it is the same or unknown', async () => {
    expect([await noted(KNOWN, '7'), await noted(KNOWN, undefined), await noted(aCluster(), undefined)]).toEqual([
      [],
      [],
      [],
    ]);
  });
});
