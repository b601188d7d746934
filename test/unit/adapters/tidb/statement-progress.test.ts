import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { statementProgress } from '../../../../functions/adapters/tidb/statement-progress.ts';

const MARK = { kind: 'RESTORE', backupId: 'backup-2', attempt: 1 } as const;
const DESTINATION = 's3://backups/tidb/cluster-1/backup-2/attempt-1';
const ENDED = { Finish_time: '2026-03-01 10:00:00', State: 'Checksum', Progress: 100 };
const UNSET = '0000-00-00 00:00:00';

/** A row of SHOW RESTORES. Releases before 7.3 have no `Id`. */
function aRow(change: object): object {
  return {
    ...{ Destination: DESTINATION, State: 'Restore', Progress: 0, Queue_time: '2026-03-01 09:00:00' },
    ...{ Execution_time: UNSET, Finish_time: UNSET, Connection: '7', Message: null, ...change },
  };
}

function progress(rows: object[]) {
  return statementProgress(rows as RowDataPacket[], MARK, '7');
}

describe('the progress of a statement', () => {
  it.each([
    [{ State: 'Wait' }, { percent: 0, finished: false, waits: true }],
    [{ Progress: 99.99 }, { percent: 99, finished: false, waits: false }],
    [{ Progress: 'NaN' }, { percent: 0, finished: false, waits: false }],
    [
      { State: 'Checksum', Progress: 3 },
      { percent: 100, finished: false, waits: false },
    ],
    [
      { State: 'Checksum', Progress: 3, Finish_time: null },
      { percent: 100, finished: false, waits: false },
    ],
    [ENDED, { percent: 100, finished: true, waits: false }],
    [
      { ...ENDED, Message: '[executor:8125]Restore failed: no' },
      { percent: 100, finished: false, waits: false },
    ],
  ])('reads %o', (row, expected) => {
    expect(progress([aRow({ Id: '1', ...row })])).toEqual(expected);
  });

  it('ignores the 100 % that TiDB reports for every ended task', () => {
    expect(progress([aRow({ ...ENDED, State: 'Restore Canceled' })])).toEqual({
      percent: 0,
      finished: false,
      waits: false,
    });
  });

  it('belongs to its own destination, never to another statement of its connection', () => {
    const first = aRow({ Id: '1', ...ENDED, Destination: DESTINATION.replace('backup-2', 'backup-1') });
    const others = [
      aRow({ Id: '4', ...ENDED, Destination: `${DESTINATION}2` }),
      aRow({ Id: '5', ...ENDED, Destination: DESTINATION.replace('backup-2', 'x-backup-2') }),
      aRow({ Id: '6', ...ENDED, Destination: `${DESTINATION}/backup-1/attempt-1` }),
    ];

    expect(progress([first, ...others])).toBeUndefined();
    expect(progress([...others, aRow({ Id: '2', Progress: 40 }), first])).toMatchObject({
      percent: 40,
      finished: false,
    });
  });

  it.each(['', '/', '?region=x&access-key=xxxxxx'])('recognizes its destination followed by "%s"', (tail) => {
    expect(progress([aRow({ Id: '1', Progress: 40, Destination: `${DESTINATION}${tail}` })])).toHaveProperty(
      'percent',
      40,
    );
  });

  it('is that of the highest id, in any order of rows', () => {
    const rows = [
      aRow({ Id: '9', Progress: 9 }),
      aRow({ Id: '9007199254740993', Progress: 42 }),
      aRow({ Id: '10', ...ENDED }),
    ];

    for (const turn of [0, 1, 2]) {
      expect(progress([...rows.slice(turn), ...rows.slice(0, turn)])).toMatchObject({ percent: 42 });
    }
  });

  it('is that of the unfinished task without ids', () => {
    const rows = [aRow(ENDED), aRow({ Progress: 42 }), aRow({ ...ENDED, State: 'Restore Canceled' })];

    expect(progress(rows)).toMatchObject({ percent: 42, finished: false });
    expect(progress(rows.toReversed())).toMatchObject({ percent: 42, finished: false });
  });

  it('never belongs to an earlier restore of the same backup, once TiDB has forgotten its own', () => {
    expect(progress([aRow({ Id: '1', ...ENDED, Connection: '6' })])).toBeUndefined();
  });

  it('is seen even if a proxy has moved the session at the last moment', () => {
    expect(progress([aRow({ Id: '1', Progress: 42, Connection: '6' })])).toMatchObject({ percent: 42 });
  });
});
