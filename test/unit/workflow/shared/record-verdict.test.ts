import { expect, it } from 'vitest';
import { recordDrillWithoutVerdict, recordRefuted } from '../../../../functions/workflow/shared/record-verdict.ts';
import { aFinishedBackup } from '../../../support/records.ts';

it('an error of a drill is evidence against the backup only if the drill has found nothing itself', async () => {
  const noted: object[] = [];
  const backups = {
    recordDrill: async (_id: string, note: object) => noted.push(note) > 0,
    recordDrillFailure: async (_id: string, note: object) => noted.push(note) > 0,
    get: async () => undefined,
    lookForCopyAgain: async () => {},
  };
  const input = { workFlowId: 'drill-1', backupId: 'backup-1' };
  const deps = { backups, clock: { now: () => 0 } };

  await recordDrillWithoutVerdict(input, { Error: 'DrillFailed', Cause: 'a table differs' }, deps);
  await recordDrillWithoutVerdict(input, { Error: 'TidbUnreachable', Cause: 'away' }, deps);

  const at = '1970-01-01T00:00:00.000Z';
  const failed = { workFlowId: 'drill-1', time: at };
  expect(noted).toEqual([
    {
      evidence: {
        ...{ ...failed, reason: 'DrillFailed: a table differs', failure: 'DrillFailed', result: 'failed' },
        ...{ tables: 0, rows: '0', mismatches: [], assertions: [] },
      },
      ...{ verdict: 'refuted', unlessRecorded: true, at },
    },
    { failure: { ...failed, reason: 'TidbUnreachable: away' }, at },
  ]);
});

it('a damaged copy is evidence against no backup, and every copy of the chain is looked for again', async () => {
  const noted: object[] = [];
  const looked: string[] = [];
  const chain = new Map([['incr', incremental('incr', 'full')]]);
  const backups = {
    recordDrill: async (_id: string, note: object) => noted.push(note) > 0,
    get: async (id: string) => chain.get(id),
    lookForCopyAgain: async (id: string) => void looked.push(id),
  };
  const input = { workFlowId: 'restore-1', backupId: 'incr' };
  const error = { Error: 'CopyNotRestorable', Cause: 'backupmeta is not there' };

  expect(await recordRefuted(input, error, { backups, clock: { now: () => 0 } })).toBe(false);

  expect([noted, looked]).toEqual([[], ['incr', 'full']]);
});

function incremental(backupId: string, baseId: string) {
  return aFinishedBackup({ backupId, backupType: 'incr', base: { backupId: baseId, backupTso: '1' } });
}
