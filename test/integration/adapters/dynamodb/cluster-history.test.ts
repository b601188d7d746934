import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownBackups } from '../../../../functions/domain/cluster/cluster.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aBackup, aCluster, aFinishedBackup, CREATED, later } from '../../../support/records.ts';

const MINUTE = 60;
const DAY = 86_400;

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

let clusters = 0;
let clusterId = '';
beforeEach(() => {
  clusters += 1;
  clusterId = `history-${clusters}`;
});

const read = (range: { createdFrom?: number; createdTo?: number } = {}, tidbClusterId?: string) =>
  tables.stores.history.read({ ...ownBackups(aCluster({ clusterId })), tidbClusterId }, range);

const instant = (seconds: number) => Date.parse(later(seconds));

/** A backup that takes a minute. */
const finished = (backupId: string, seconds: number, more: Parameters<typeof aFinishedBackup>[0] = {}) =>
  tables.stores.backups.adopt(
    aFinishedBackup({
      ...{ backupId: `${clusterId}-${backupId}`, clusterId, createTime: later(seconds) },
      ...{ startTime: later(seconds), endTime: later(seconds + MINUTE), ...more },
    }),
  );

const ids = (backups: readonly { backupId: string }[]) => backups.map((each) => each.backupId.split('-').at(-1));

describe('the history of a cluster', () => {
  it('has each backup with its end, its base, and how long its last drill took', async () => {
    await finished('full', 0, { verifiedAt: later(600), recoverySeconds: 42 });
    const base = { backupId: `${clusterId}-full`, backupTso: '449' };
    await finished('incr', 600, { backupType: 'incr', base, sizeBytes: '9007199254740993' });
    await tables.stores.backups.create(aBackup({ backupId: `${clusterId}-new`, clusterId, createTime: later(1_200) }));

    const { backups, since } = await read();

    expect(ids(backups)).toEqual(['new', 'incr', 'full']);
    expect(backups).toMatchObject([
      { status: 'Initializing' },
      {
        baseBackupId: `${clusterId}-full`,
        finished: { startTime: later(600), endTime: later(660), sizeBytes: '9007199254740993' },
      },
      { status: 'Finished', recoverySeconds: 42, finished: { endTime: later(60) } },
    ]);
    expect(backups[0]).not.toHaveProperty('finished');
    expect(since).toBeUndefined();
  });

  it('includes the ends of backups that do not name their TiDB, and of those that name the present one', async () => {
    await finished('old', 0);
    await finished('own', 600, { tidbClusterId: '7' });

    const { backups } = await read({}, '7');

    expect(backups.map((backup) => backup.finished?.endTime)).toEqual([later(660), later(60)]);
  });

  it('includes both ends of a range, and the end of a backup that runs beyond it', async () => {
    for (const seconds of [0, 600, 1_200])
      await finished(`at${seconds}`, seconds, { endTime: later(seconds + 2 * DAY) });

    const { backups } = await read({ createdFrom: instant(0), createdTo: instant(600) });

    expect(ids(backups)).toEqual(['at600', 'at0']);
    expect(backups.map((backup) => backup.finished?.endTime)).toEqual([later(600 + 2 * DAY), later(2 * DAY)]);
  });

  it('has its own missed windows, newest first', async () => {
    const windows = [0, 1, 2].map((day) => ({ start: later(day * DAY), end: later(day * DAY + 60), reason: 'held' }));
    await tables.stores.strategies.keepMissed(clusterId, windows);
    await tables.stores.strategies.keepMissed(`${clusterId}0`, [{ start: CREATED, end: later(60), reason: 'other' }]);

    const { missedWindows, since } = await read({ createdFrom: instant(DAY) });

    expect(missedWindows).toEqual([windows[2], windows[1]]);
    expect(since).toBeUndefined();
  });

  it('says from when on it is complete', async () => {
    const windows = Array.from({ length: 101 }, (_, minute) => ({
      ...{ start: later(minute * MINUTE), end: later(minute * MINUTE + 60), reason: 'held' },
    }));
    await tables.stores.strategies.keepMissed(clusterId, windows);

    const { missedWindows, since } = await read();

    expect(missedWindows).toHaveLength(100);
    expect(since).toBe(later(MINUTE));
  });
});
